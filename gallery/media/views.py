"""`GET /media/<key>`: one ledger row decides type, size, ETag and who may see; then bytes flow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.files.base import File
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date_safe, quote_etag
from django.views.decorators.http import require_safe

from gallery.exceptions import StorageUnavailable
from gallery.media.ranges import ByteRange, UnsatisfiableRange, parse_range
from gallery.models import MediaFile
from gallery.storage import IMMUTABLE, media_storage, storage_errors
from gallery.validators import is_possible_key

CHUNK = 64 * 1024
RETRY_AFTER_SECONDS = 30

# Whatever the bytes are, a browser that opens them directly runs nothing and frames nothing.
SAFETY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    # Images are embedded by other sites: that is what they are for.
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@require_safe
def serve_media(request: HttpRequest, key: str) -> HttpResponseBase:
    """Stream one stored file with everything a browser needs to keep it for a year.

    Raises:
        Http404: no live file has this key, or the visitor may not see it.
    """
    file = _find(key)
    etag = quote_etag(file.sha256)
    modified = int(file.created_at.timestamp())
    response = get_conditional_response(request, etag=etag, last_modified=modified)
    if response is None:
        response = _respond(request, file, etag, modified)
    response.headers["ETag"] = etag
    response.headers["Last-Modified"] = http_date(modified)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = IMMUTABLE
    if response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
    for name, value in SAFETY_HEADERS.items():
        response.headers[name] = value
    return response


def _find(key: str) -> MediaFile:
    """Return the file by its exact key: paths are never normalised, so none can escape."""
    if not is_possible_key(key):
        raise Http404
    file = MediaFile.objects.servable().filter(key=key).first()
    if file is None or file.visibility != MediaFile.Visibility.PUBLIC:
        raise Http404
    return file


def _respond(
    request: HttpRequest, file: MediaFile, etag: str, modified: int
) -> HttpResponseBase:
    try:
        wanted = _wanted_range(request, file, etag, modified)
    except UnsatisfiableRange:
        headers = {"Content-Range": f"bytes */{file.size}"}
        return HttpResponse(status=416, content_type="text/plain", headers=headers)
    part = wanted or ByteRange(0, file.size - 1)
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse(content_type=file.content_type)
    else:
        response = _stream(file, part)
    if response.status_code != 200:
        return response
    response.headers["Content-Length"] = str(part.length)
    if wanted:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {part.first}-{part.last}/{file.size}"
    return response


def _wanted_range(
    request: HttpRequest, file: MediaFile, etag: str, modified: int
) -> ByteRange | None:
    """Return the range to answer with; a range of another version of the file means the whole."""
    header = request.headers.get("Range", "")
    condition = request.headers.get("If-Range", "")
    # A date can name a version only to the second, so it must be exactly ours.
    if condition and condition != etag and parse_http_date_safe(condition) != modified:
        return None
    return parse_range(header, size=file.size) if header else None


def _stream(file: MediaFile, part: ByteRange) -> HttpResponseBase:
    storage = media_storage()
    try:
        with storage_errors():
            content = storage.open(file.key, "rb")
            content.seek(part.first)
    except StorageUnavailable as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise Http404 from error
        return HttpResponse(
            "The file storage does not answer.\n",
            status=503,
            content_type="text/plain",
            headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
        )
    return StreamingHttpResponse(_chunks(content, part.length), content_type=file.content_type)


def _chunks(content: File[Any], length: int) -> Iterator[bytes]:
    """Yield `length` bytes and close the file, however the reader leaves."""
    with content:
        while length > 0 and (chunk := content.read(min(CHUNK, length))):
            length -= len(chunk)
            yield chunk

