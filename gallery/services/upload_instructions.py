"""How to send a file straight to the storage: as a form, in parts, or as it is to this server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.utils import timezone

from gallery.conf import gallery_settings
from gallery.exceptions import StorageUnavailable
from gallery.models import DirectUpload
from gallery.storage import DirectUploads, media_storage, storage_errors


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a file, to be put by itself."""

    number: int
    """From 1."""
    first: int
    """Its first byte in the file, from 0."""
    size: int
    has_arrived: bool
    url: str


@dataclass(frozen=True, slots=True)
class Instructions:
    """How to send the file: as a form, in parts, or as it is to this server."""

    method: str
    url: str | None = None
    """None for this server, whose paths the API knows; and for a file in parts."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Of the form, all before the file."""
    headers: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()


def instructions_for(*, upload: DirectUpload) -> Instructions:
    """Return how to send the file, or what is missing of one in parts.

    Raises:
        StorageUnavailable: the storage did not say what has arrived.
    """
    direct = media_storage().direct_uploads
    if direct is None:
        return Instructions("PUT", headers={"Content-Type": upload.content_type})
    seconds = min(gallery_settings().signed_seconds, _seconds_left(upload))
    if upload.parts_name:
        return Instructions("PUT", parts=tuple(parts_of(direct, upload, seconds)))
    form = direct.form(
        upload.key, size=upload.file_size, content_type=upload.content_type, seconds=seconds
    )
    return Instructions("POST", url=form.url, fields=form.fields)


def _seconds_left(upload: DirectUpload) -> int:
    return max(1, int((upload.expires_at - timezone.now()).total_seconds()))


def parts_of(direct: DirectUploads, upload: DirectUpload, seconds: int) -> Iterator[Part]:
    """Yield the parts of a file, with URLs that answer for so long; none once they were joined.

    Raises:
        StorageUnavailable: the storage did not say what has arrived.
    """
    arrived = _arrived_parts(direct, upload)
    if arrived is None:
        return  # they are one file by now
    length = gallery_settings().direct_upload_part_bytes
    for number, first in enumerate(range(0, upload.file_size, length), start=1):
        size = min(length, upload.file_size - first)
        url = direct.part_url(
            upload.key, upload.parts_name, number=number, size=size, seconds=seconds
        )
        yield Part(number, first, size, arrived.get(number) == size, url)


def _arrived_parts(direct: DirectUploads, upload: DirectUpload) -> dict[int, int] | None:
    """Return the sizes of the parts by number, None when they were joined."""
    try:
        with storage_errors():
            return direct.arrived_parts(upload.key, upload.parts_name)
    except StorageUnavailable as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        raise
