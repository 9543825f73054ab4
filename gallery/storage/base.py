"""What the gallery asks of a storage, and the URL that every file in it has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.files.storage.base import Storage

from gallery.conf import Delivery, gallery_settings
from gallery.exceptions import GalleryError, StorageUnavailable

if TYPE_CHECKING:
    from gallery.storage.s3_uploads import DirectUploads

# Renditions and originals never change under their key, so whoever holds one may keep it.
IMMUTABLE = "public, max-age=31536000, immutable"

INCOMING = "incoming"
"""The folder of what clients send straight to the storage: unchecked, never served."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file that really is in the storage."""

    key: str
    size: int
    """Bytes."""
    modified: datetime


class MediaStorage(Protocol):
    """What the gallery asks of a storage beyond Django's own interface."""

    bucket_label: str | None
    direct_uploads: DirectUploads | None
    """How clients send files straight to it; None where they send them to this server."""
    has_acls: bool
    """Whether it knows by itself which files everybody may have, and has to be told."""

    def put(self, key: str, data: bytes, *, content_type: str, is_public: bool = False) -> None: ...
    def receive(self, key: str, chunks: Iterable[bytes]) -> None: ...
    def read(self, key: str) -> bytes: ...
    def open(self, name: str, mode: str = "rb") -> File[bytes]: ...
    def open_part(self, key: str, *, first: int, length: int) -> File[Any]: ...
    def stat(self, key: str) -> StoredFile: ...
    def walk(self, folder: str) -> Iterator[StoredFile]: ...
    def delete(self, name: str) -> None: ...
    def set_acl(self, key: str, *, is_public: bool) -> None: ...
    def url(self, name: str | None) -> str: ...
    def public_url(self, key: str) -> str | None: ...
    def unsigned_url(self, key: str) -> str | None: ...
    def temporary_url(self, key: str, *, seconds: int, **headers: str) -> str | None: ...
    def location_for(self, key: str, *, prefix: str) -> str: ...
    def discard_unfinished(self, *, older_than: timedelta) -> int: ...


def media_storage() -> MediaStorage:
    """Return the default storage, which the settings make one of ours."""
    return default_storage  # type: ignore[return-value]  # Django types it as any Storage


def media_url(key: str, *, is_public: bool) -> str:
    """Return where clients find a file that is made; asks nobody.

    That is its stable URL, unless a CDN delivers what everybody may see.
    """
    storage = media_storage()
    if is_public and gallery_settings().delivery == Delivery.public:
        return storage.public_url(key) or storage.url(key)
    return storage.url(key)


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn whatever a storage raises into `StorageUnavailable`, keeping the cause.

    A key that leads out of the storage is no outage: keys come from us, so that is a bug or an
    attack, and its `SuspiciousOperation` goes through.
    """
    try:
        yield
    except (GalleryError, SuspiciousOperation):
        raise
    except Exception as error:
        # Every backend has its own errors (OSError, botocore's, urllib3's): one family leaves here.
        raise StorageUnavailable from error


class StableUrlMixin(Storage):
    """Give every file the same URL for ever, whichever storage holds it.

    The URL names the key and nothing else: no host, no signature, no bucket. The media proxy
    behind it decides how the bytes travel.
    """

    def url(self, name: str | None) -> str:
        """Return `MEDIA_URL` plus the quoted key. Never asks the storage."""
        if not name:
            raise ValueError("A file without a name has no URL.")
        return f"{settings.MEDIA_URL}{quote(name, safe='/~')}"
