"""Files on a disk of this machine."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from gallery.storage.base import StableUrlMixin, StoredFile
from gallery.storage.timing import timed

_UNFINISHED = ".incoming"


@timed
class LocalStorage(StableUrlMixin, FileSystemStorage):
    """Files below `MEDIA_ROOT`."""

    bucket_label: str | None = None
    direct_uploads: None = None
    has_acls = False

    def put(self, key: str, data: bytes, *, content_type: str, is_public: bool = False) -> None:
        """Write `data` under exactly `key`; readers see all of it or nothing.

        Type and visibility are part of the interface: on disk the ledger knows them.
        """
        self.receive(key, [data])

    def receive(self, key: str, chunks: Iterable[bytes]) -> None:
        """Write what arrives piece by piece; nothing is there before all of it is."""
        target = Path(self.path(key))
        unfinished_folder = Path(self.location) / _UNFINISHED
        unfinished_folder.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(dir=unfinished_folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in chunks:
                    file.write(chunk)
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

    def stat(self, key: str) -> StoredFile:
        """Return what the disk says about a file. Raises FileNotFoundError."""
        return _stored(key, Path(self.path(key)).stat())

    def walk(self, folder: str) -> Iterator[StoredFile]:
        """Yield every file below a folder like `images/`, however many, in any order."""
        folders: list[str] = []
        # A folder that is not there is empty, as on S3, where it is nothing but the keys in it; and
        # a file that is deleted while we look is not there.
        with suppress(FileNotFoundError), os.scandir(self.path(folder)) as entries:
            for entry in entries:
                key = f"{folder}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{key}/")
                elif entry.is_file(follow_symlinks=False):
                    with suppress(FileNotFoundError):
                        yield _stored(key, entry.stat())
        for each in folders:
            yield from self.walk(each)

    def set_acl(self, key: str, *, is_public: bool) -> None:
        """Do nothing: the disk answers nobody."""

    def public_url(self, key: str) -> str | None:
        """Return None: no other host has the files."""
        return None

    def unsigned_url(self, key: str) -> str | None:
        """Return None: the disk answers nobody."""
        return None

    def temporary_url(self, key: str, *, seconds: int, **headers: str) -> str | None:
        """Return None: the disk answers nobody."""
        return None

    def location_for(self, key: str, *, prefix: str) -> str:
        """Return where a web server in front finds a file.

        Args:
            key: the file's.
            prefix: the server's own path for `MEDIA_ROOT`; without one, the path on the disk.
        """
        return f"{prefix}{quote(key, safe='/~')}" if prefix else self.path(key)

    def discard_unfinished(self, *, older_than: timedelta) -> int:
        """Delete what a killed `put` left behind; return how many files that were."""
        folder = Path(self.location) / _UNFINISHED
        if not folder.is_dir():
            return 0
        deadline = time.time() - older_than.total_seconds()
        discarded = 0
        for path in folder.iterdir():
            # Each may be finished, or discarded by another sweep, at any moment.
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < deadline:
                    path.unlink()
                    discarded += 1
        return discarded


def _stored(key: str, found: os.stat_result) -> StoredFile:
    return StoredFile(key, found.st_size, datetime.fromtimestamp(found.st_mtime, tz=UTC))


def _sync(folder: Path) -> None:
    """Make a rename survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
