"""Put images into a library, watch the storage, and send forms byte by byte."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import File
from django.db.models import Model
from django.test import TestCase
from PIL import Image as PillowImage
from rest_framework.test import APIClient

from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile, PolymorphicImageRelation
from gallery.services import attachments
from gallery.storage import LocalStorage
from orgs.models import Organization
from tests.gallery.heart import uploaded

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


def committed() -> AbstractContextManager[Any]:
    """Do at the end of the block what follows a commit, in a test whose transaction never ends."""
    return TestCase.captureOnCommitCallbacks(execute=True)


class CommittingClient(APIClient):
    """A client for such tests: what follows a commit has happened when it answers."""

    def request(self, **kwargs: Any) -> Any:
        with committed():
            return super().request(**kwargs)


def warmed(organization: Organization, file: File[Any], **values: Any) -> Image:
    """Upload `file` in such a test and make its renditions."""
    with committed():
        image = uploaded(organization, file, **values)
    image.refresh_from_db()
    return image


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
    kept = [field for field in Image._meta.concrete_fields if field.name not in values]
    fields = {field.attname: getattr(image, field.attname) for field in kept}
    fields |= {"id": None, "ppoi": image.ppoi, **values}
    copies = []
    for number in range(count):
        copy = Image(**{**fields, "file": None})
        copy.__dict__["file"] = f"images/copy-{number}-{image.pk}.jpg"
        copies.append(copy)
    return copies


def library_of(organization: Organization, count: int, **values: Any) -> list[Image]:
    """Return so many images that are rows and nothing else."""
    facts = {"width": 40, "height": 30, "file_size": 7, "content_type": "image/jpeg"}
    image = Image(organization=organization, file_name="picture.jpg", **facts, **values)
    return Image.objects.bulk_create(copies_of(image, count))


def laid_out(obj: Model) -> tuple[list[int], int | None]:
    """Return the images of an object in order, and its cover; show that places have no gaps."""
    places = PolymorphicImageRelation.objects.for_object(obj).order_by("order")
    rows = list(places.values_list("image", "order", "is_cover"))
    assert [order for _, order, _ in rows] == list(range(len(rows)))
    covers = [image for image, _, is_cover in rows if is_cover]
    assert len(covers) <= 1
    return [image for image, _, _ in rows], covers[0] if covers else None


def relation_of(obj: Model, image: Image) -> PolymorphicImageRelation:
    """Return the place of `image` in the gallery of an object, as it is stored."""
    return PolymorphicImageRelation.objects.for_object(obj).select_related("image").get(image=image)


def crop_here(obj: Model, image: Image, point: FocalPoint | None) -> None:
    """Crop `image` on `point` in the gallery of an object, which it is attached to if need be."""
    with committed():
        attachments.attach(obj=obj, image=image, focal_point=point)


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
