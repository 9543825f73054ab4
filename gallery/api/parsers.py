"""Request bodies other than files: read no more of them than Django would."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import FormParser, JSONParser


def read_bounded(stream: IO[bytes]) -> BytesIO:
    """Return the body, which is at most `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes.

    Django applies that limit to `request.body` and DRF reads past it, from the stream.

    Raises:
        RequestDataTooBig: there is more; it was not read.
    """
    limit: int | None = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if limit is None:
        return BytesIO(stream.read())
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise RequestDataTooBig
    return BytesIO(body)


class BoundedJSONParser(JSONParser):
    """JSON of a bounded size and depth."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the value.

        Raises:
            ParseError: not JSON, or nested so deeply that reading it would exhaust the stack.
            RequestDataTooBig: longer than a form may be.
        """
        try:
            return super().parse(read_bounded(stream), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error


class BoundedFormParser(FormParser):
    """A URL-encoded form of a bounded size."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the fields.

        Raises:
            RequestDataTooBig: longer than a form may be.
            TooManyFieldsSent: more fields than a form may have.
        """
        return super().parse(read_bounded(stream), media_type, parser_context)
