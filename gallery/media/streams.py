"""The bytes of a stored file on their way out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

from django.core.files.base import File

from gallery.media.ranges import ByteRange
from gallery.storage import media_storage, storage_errors

CHUNK = 64 * 1024


def read_part(key: str, part: ByteRange) -> bytes:
    """Return one range of a stored file.

    Raises:
        StorageUnavailable: the storage did not give all of it; the cause is FileNotFoundError when
            it has no such file.
    """
    with (
        storage_errors(),
        media_storage().open_part(key, first=part.first, length=part.length) as content,
    ):
        data: bytes = content.read(part.length)
        if len(data) < part.length:
            raise EOFError(f"{key} ends {part.length - len(data)} bytes early.")
    return data


class FilePart:
    """Iterate over one range of a stored file; close it, also when nobody began to read."""

    def __init__(self, content: File[Any], part: ByteRange) -> None:
        self._content = content
        self._part = part
        self._chunks = self._read()

    @classmethod
    def open(cls, key: str, part: ByteRange) -> Self:
        """Open the file at the range's first byte.

        Raises:
            StorageUnavailable: the storage did not give it; the cause is FileNotFoundError when it
                has no such file.
        """
        with storage_errors():
            content = media_storage().open_part(key, first=part.first, length=part.length)
        return cls(content, part)

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        """Let go of the file, however the reader left."""
        self._content.close()

    def _read(self) -> Iterator[bytes]:
        missing = self._part.length
        while missing > 0:
            with storage_errors():
                chunk: bytes = self._content.read(min(CHUNK, missing))
            if not chunk:
                # Ending quietly would let caches keep half a file for a year: break the connection.
                raise EOFError(f"{self._content.name} ends {missing} bytes early.")
            missing -= len(chunk)
            yield chunk
