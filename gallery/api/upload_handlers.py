"""Stop reading an upload when it is larger than allowed, not after it has filled the disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from gallery.conf import gallery_settings


class BoundedUploadHandler(FileUploadHandler):
    """Count the bytes of each file and pass them on to the handlers that keep them.

    Django bounds the form fields of a request, never its files.
    """

    received = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],  # noqa: N803  (Django's name)
        content_length: int,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Believe a length that is too much before the first byte of the body is read.

        Raises:
            RequestDataTooBig: no acceptable files and fields together are that long.
        """
        if content_length > self.max_body_bytes():
            raise RequestDataTooBig

    def max_body_bytes(self) -> int:
        """Return how long a body with one file may be."""
        return gallery_settings().max_upload_bytes + _form_bytes()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Start counting."""
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Count and pass on.

        Raises:
            RequestDataTooBig: the file has more bytes than `max_upload_bytes`.
        """
        self.received += len(raw_data)
        if self.received > gallery_settings().max_upload_bytes:
            self._discard()
            raise RequestDataTooBig
        return raw_data

    def _discard(self) -> None:
        """Have the other handlers give up the file they have begun, as after a lost connection."""
        if self.request is not None:
            for handler in self.request.upload_handlers:
                handler.upload_interrupted()

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        """Leave the file to the handlers after this one."""
        return None


class BulkUploadHandler(BoundedUploadHandler):
    """Keep no more of a file than proves it too large: in bulk each file stands alone."""

    def max_body_bytes(self) -> int:
        """Return how long a body with as many files as allowed may be."""
        limits = gallery_settings()
        return limits.max_bulk_files * limits.max_upload_bytes + _form_bytes()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Pass on up to the chunk that exceeds the limit and drop what follows."""
        is_decided = self.received > gallery_settings().max_upload_bytes
        self.received += len(raw_data)
        return None if is_decided else raw_data


def expect_bulk(request: HttpRequest) -> None:
    """Count the files of `request` by the rules of bulk uploads. Call before anything reads it."""
    request.upload_handlers = [
        BulkUploadHandler(request) if isinstance(handler, BoundedUploadHandler) else handler
        for handler in request.upload_handlers
    ]


def _form_bytes() -> int:
    """Return what fields and separators may add: Django bounds them by the same number."""
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
