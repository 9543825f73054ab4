"""What the tests of models, ledger, renditions and services share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.utils import timezone

from gallery.models import Image, MediaFile
from gallery.services.uploads import upload_image
from gallery.storage import LocalStorage
from orgs.models import Organization

State = MediaFile.State
SETS = "VERSATILEIMAGEFIELD_RENDITION_KEY_SETS"


def uploaded(organization: Organization, file: File[Any], **values: Any) -> Image:
    """Upload `file` as a person without an account would."""
    return upload_image(organization=organization, creator=None, upload=file, **values)


def on_disk(media_root: Path) -> set[str]:
    """Return the keys of all files there are, unfinished ones included."""
    return {
        path.relative_to(media_root).as_posix() for path in media_root.rglob("*") if path.is_file()
    }


def keys(**filters: Any) -> set[str]:
    """Return the keys of ledger rows."""
    return set(MediaFile.objects.filter(**filters).values_list("key", flat=True))


def assert_nothing_lost(media_root: Path) -> None:
    """Show that rows and files agree, and that every image has its original."""
    files = on_disk(media_root)
    assert keys(state=State.LIVE) <= files
    assert files <= keys()
    assert set(Image.objects.values_list("file", flat=True)) == keys(
        state=State.LIVE, original=None, source="gallery.image.file"
    )


def age(**filters: Any) -> None:
    """Let the time of ledger rows that are not live run out."""
    past = timezone.now() - timedelta(seconds=1)
    rows = MediaFile.objects.filter(**filters).exclude(state=State.LIVE)
    rows.update(delete_after=past, retry_after=None)


class StorageBroken(Exception):
    """What the storage in these tests raises."""


@contextmanager
def watched_storage(
    *,
    fail_at: int | None = None,
    after: bool = False,
    names: tuple[str, ...] = ("put", "read", "open", "delete"),
) -> Iterator[list[str]]:
    """List the calls of the storage; let one of them fail, before or after it took effect."""
    calls: list[str] = []
    storage = LocalStorage
    originals: dict[str, Callable[..., Any]] = {name: getattr(storage, name) for name in names}

    def wrap(name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            calls.append(name)
            fails = len(calls) == fail_at
            if fails and not after:
                raise StorageBroken
            result = originals[name](*args, **kwargs)
            if fails:
                if hasattr(result, "close"):
                    result.close()
                raise StorageBroken
            return result

        return call

    for name in names:
        setattr(storage, name, wrap(name))
    try:
        yield calls
    finally:
        for name, original in originals.items():
            setattr(storage, name, original)


def row(key: str, **values: Any) -> MediaFile:
    """Return an unsaved row of an original that nobody put."""
    facts = {"content_type": "image/jpeg", "width": 1, "height": 1, "size": 1, "sha256": "0"}
    return MediaFile(**{"key": key, "source": "gallery.image.file", **facts, **values})
