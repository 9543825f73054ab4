"""Where files live, and the one URL that each of them has for ever: `/media/<key>`."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from botocore.config import Config
from botocore.exceptions import ClientError
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.storage.base import Storage
from storages.backends.s3 import S3Storage as DjangoS3Storage

from gallery.exceptions import StorageUnavailable

# Renditions and originals never change under their key, so whoever holds one may keep it.
IMMUTABLE = "public, max-age=31536000, immutable"
_INCOMING = ".incoming"


class MediaStorage(Protocol):
    """What the gallery asks of a storage beyond Django's own interface."""

    bucket_label: str | None

    def put(self, key: str, data: bytes, *, content_type: str) -> None: ...
    def read(self, key: str) -> bytes: ...
    def open(self, name: str, mode: str = "rb") -> File[bytes]: ...
    def open_part(self, key: str, *, first: int, length: int) -> File[Any]: ...
    def delete(self, name: str) -> None: ...
    def url(self, name: str | None) -> str: ...
    def discard_unfinished(self, *, older_than: timedelta) -> int: ...


def media_storage() -> MediaStorage:
    """Return the default storage, which the settings make one of ours."""
    return default_storage  # type: ignore[return-value]  # Django types it as any Storage


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn whatever a storage raises into `StorageUnavailable`, keeping the cause.

    A key that leads out of the storage is no outage: keys come from us, so that is a bug or an
    attack, and its `SuspiciousOperation` goes through.
    """
    try:
        yield
    except (StorageUnavailable, SuspiciousOperation):
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


class LocalStorage(StableUrlMixin, FileSystemStorage):
    """Files below `MEDIA_ROOT`."""

    bucket_label: str | None = None

    def put(self, key: str, data: bytes, *, content_type: str) -> None:
        """Write `data` under exactly `key`; readers see all of it or nothing.

        `content_type` is part of the interface: on disk the ledger knows it.
        """
        target = Path(self.path(key))
        incoming = Path(self.location) / _INCOMING
        incoming.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(dir=incoming)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(unfinished).chmod(self.file_permissions_mode or 0o640)
            Path(unfinished).replace(target)
            _sync(target.parent)
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise

    def read(self, key: str) -> bytes:
        """Return a whole file. Raises FileNotFoundError."""
        return Path(self.path(key)).read_bytes()

    def open_part(self, key: str, *, first: int, length: int) -> File[Any]:
        """Open a file at its byte `first`. Raises FileNotFoundError."""
        content: File[Any] = self.open(key, "rb")
        try:
            content.seek(first)
        except BaseException:
            content.close()
            raise
        return content

    def discard_unfinished(self, *, older_than: timedelta) -> int:
        """Delete what a killed `put` left behind; return how many files that were."""
        incoming = Path(self.location) / _INCOMING
        if not incoming.is_dir():
            return 0
        deadline = time.time() - older_than.total_seconds()
        discarded = 0
        for path in incoming.iterdir():
            # Each may be finished, or discarded by another sweep, at any moment.
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < deadline:
                    path.unlink()
                    discarded += 1
        return discarded


def _sync(folder: Path) -> None:
    """Make a rename survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class S3Storage(StableUrlMixin, DjangoS3Storage):
    """Files in an S3 bucket (or Spaces, or any other service with that interface)."""

    # The library's own defaults overwrite files of the same name and keep whole files in memory.
    file_overwrite = False

    def get_default_settings(self) -> dict[str, Any]:
        defaults: dict[str, Any] = super().get_default_settings()
        return {
            **defaults,
            "client_config": defaults["client_config"] or _client_config(defaults),
            "file_overwrite": False,
            "default_acl": None,
            "max_memory_size": 8 * 1024 * 1024,
        }

    @property
    def bucket_label(self) -> str | None:
        """The bucket's name, as recorded on each image."""
        name: str = self.bucket_name
        return name

    def put(self, key: str, data: bytes, *, content_type: str) -> None:
        """Write `data` under exactly `key` in one request, which S3 makes atomic."""
        self.bucket.Object(self._normalize_name(key)).put(
            Body=data, ContentType=content_type, CacheControl=IMMUTABLE
        )

    def read(self, key: str) -> bytes:
        """Return a whole file with one request: `open` asks first whether it is there.

        Raises FileNotFoundError.
        """
        data: bytes = self._body(key).read()
        return data

    def open_part(self, key: str, *, first: int, length: int) -> File[Any]:
        """Return some bytes of a file, to be read as they arrive, with one request.

        Raises FileNotFoundError.
        """
        return File(self._body(key, Range=f"bytes={first}-{first + length - 1}"), name=key)

    def _body(self, key: str, **parameters: str) -> Any:
        try:
            return self.bucket.Object(self._normalize_name(key)).get(**parameters)["Body"]
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
                raise FileNotFoundError(key) from error
            raise

    def discard_unfinished(self, *, older_than: timedelta) -> int:
        """Nothing to do: S3 shows no object before its upload is whole."""
        return 0


def _client_config(defaults: dict[str, Any]) -> Config:
    """Return how to talk to S3: without patience, for a request is waiting for the answer."""
    return Config(
        s3={"addressing_style": defaults["addressing_style"]},
        signature_version="s3v4",
        proxies=defaults["proxies"],
        connect_timeout=3,
        read_timeout=10,
        retries={"total_max_attempts": 3, "mode": "standard"},
    )
