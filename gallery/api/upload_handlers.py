"""Stop reading an upload when it is larger than allowed, not after it has filled the disk."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from gallery.conf import gallery_settings


class BoundedUploadHandler(FileUploadHandler):
    """Count the bytes of each file and pass them on to the handlers that keep them.

    Django bounds the form fields of a request, never its files.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Start counting."""
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002
        """Count and pass on.

        Raises:
            RequestDataTooBig: the file has more bytes than `max_upload_bytes`.
        """
        self.received += len(raw_data)
        limit = gallery_settings().max_upload_bytes
        if self.received > limit:
            raise RequestDataTooBig(f"A file is larger than {limit} bytes.")
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile | None:  # noqa: ARG002
        """Leave the file to the handlers after this one."""
        return None
