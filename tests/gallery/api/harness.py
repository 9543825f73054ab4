"""Put images into a library, watch the storage, and send forms byte by byte."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model
from PIL import Image as PillowImage

from gallery.models import Image, MediaFile, PolymorphicImageRelation
from gallery.storage import LocalStorage

AddImage = Callable[..., Image]
BOUNDARY = "frontier"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"

# Whatever Django or the gallery could ask of a storage; `url` is arithmetic and not among them.
STORAGE_METHODS = (
    *("open", "save", "put", "delete", "exists", "listdir", "size", "path"),
    *("get_accessed_time", "get_created_time", "get_modified_time"),
    *("get_available_name", "get_alternative_name", "get_valid_name", "discard_unfinished"),
)


def watch_storage(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list that every call of the storage from now on is written to."""
    calls: list[str] = []

    def watched(name: str) -> Callable[..., Any]:
        original = getattr(LocalStorage, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            calls.append(name)
            return original(*args, **kwargs)

        return call

    for name in STORAGE_METHODS:
        monkeypatch.setattr(LocalStorage, name, watched(name))
    return calls


def stored_files(media_root: Path) -> list[str]:
    """Return every file below the media folder, by its key."""
    found = (path for path in media_root.rglob("*") if path.is_file())
    return sorted(str(path.relative_to(media_root)) for path in found)


def assert_nothing_stored(media_root: Path) -> None:
    """Show that no row and no file came of it."""
    assert not Image.objects.exists()
    assert not MediaFile.objects.exists()
    assert stored_files(media_root) == []


def picture_at(media_root: Path, url: str) -> PillowImage.Image:
    """Open the file behind a media URL."""
    picture = PillowImage.open(BytesIO((media_root / url.removeprefix("/media/")).read_bytes()))
    picture.load()
    return picture


def attach(image: Image, owner: Model, **values: Any) -> PolymorphicImageRelation:
    """Give `image` a place in the gallery of some object."""
    relation = PolymorphicImageRelation(
        organization=image.organization, image=image, object_id=str(owner.pk), **values
    )
    relation.content_object = owner
    relation.save()
    return relation


def copies_of(image: Image, count: int, **values: Any) -> list[Image]:
    """Return rows like `image`, to be bulk created: for lists, where no file is looked at."""
    fields = {f.attname: getattr(image, f.attname) for f in Image._meta.concrete_fields}
    fields |= {"id": None, "ppoi": image.ppoi, **values}
    copies = []
    for number in range(count):
        copy = Image(**{**fields, "file": None})
        copy.__dict__["file"] = f"images/copy-{number}-{image.pk}.jpg"
        copies.append(copy)
    return copies


def part(name: str, content: bytes, *, file_name: bytes | None = None) -> bytes:
    """Return one part of a form, with the file name exactly as given."""
    head = b'Content-Disposition: form-data; name="' + name.encode() + b'"'
    if file_name is not None:
        head += b'; filename="' + file_name + b'"\r\nContent-Type: application/octet-stream'
    return b"--" + BOUNDARY.encode() + b"\r\n" + head + b"\r\n\r\n" + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    """Return the body of a form made of `parts`."""
    return b"".join(parts) + b"--" + BOUNDARY.encode() + b"--\r\n"


def status_of(client: Any, url: str) -> int:
    """Read a media URL to its end, as a client would, and return the status."""
    response = client.get(url)
    if response.streaming:
        b"".join(response.streaming_content)
    status: int = response.status_code
    return status
