"""`GET /media/<key>`: one ledger row decides type, size, ETag and who may see; then bytes flow."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date_safe, quote_etag
from django.views.decorators.csrf import csrf_exempt

from gallery.exceptions import DecodersBusy, ImageRejected, OriginalGone, StorageUnavailable
from gallery.media.ranges import ByteRange, UnsatisfiableRange, parse_range
from gallery.media.streams import FilePart
from gallery.models import MediaFile
from gallery.renditions.just_in_time import known_rendition, make_when_asked
from gallery.storage import IMMUTABLE, media_storage
from gallery.validators import is_possible_key

RETRY_AFTER_SECONDS = 30
METHODS = ("GET", "HEAD")
_LATER = {"Retry-After": str(RETRY_AFTER_SECONDS)}

# Whatever the bytes are, a browser that opens them directly runs nothing and frames nothing.
SAFETY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    # Images are embedded by other sites: that is what they are for.
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@dataclass(frozen=True, slots=True)
class _Version:
    """What tells one state of a file from another, in HTTP's terms."""

    etag: str
    modified: int
    """In seconds since 1970."""

    @property
    def headers(self) -> dict[str, str]:
        return {"ETag": self.etag, "Last-Modified": http_date(self.modified)}


@csrf_exempt  # nothing is changed here, and Django would answer a POST with a page of HTML
def serve_media(request: HttpRequest, key: str) -> HttpResponseBase:
    """Stream one stored file with everything a browser needs to keep it for a year."""
    if request.method not in METHODS:
        allow = {"Allow": ", ".join(METHODS)}
        return _refusal(HTTPStatus.METHOD_NOT_ALLOWED, headers=allow)
    file = _find(key)
    if file is None:
        return _missing(request, key)
    return _answer(request, file)


def _missing(request: HttpRequest, key: str) -> HttpResponseBase:
    """Answer for a file that is not there: a rendition that is asked for is made, all else is not.

    One that cannot be made is the original, until further notice.
    """
    known = known_rendition(key) if is_possible_key(key) else None
    if known is None or not _is_public(known.original):
        return _refusal(HTTPStatus.NOT_FOUND)
    if known.is_given_up:
        return _instead(known.original)
    try:
        file = make_when_asked(known)
        return _answer(request, file) if _is_public(file) else _refusal(HTTPStatus.NOT_FOUND)
    except OriginalGone:
        return _refusal(HTTPStatus.NOT_FOUND)
    except ImageRejected:
        return _instead(known.original)
    except (DecodersBusy, StorageUnavailable) as error:
        return _outage(error)


def _is_public(file: MediaFile) -> bool:
    return file.visibility == MediaFile.Visibility.PUBLIC


def _outage(error: DecodersBusy | StorageUnavailable) -> HttpResponse:
    if isinstance(error.__cause__, FileNotFoundError):
        return _refusal(HTTPStatus.NOT_FOUND)
    return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, headers=_LATER)


def _instead(original: MediaFile) -> HttpResponse:
    location = {"Location": media_storage().url(original.key)}
    return _refusal(HTTPStatus.FOUND, headers=location)


def _answer(request: HttpRequest, file: MediaFile) -> HttpResponseBase:
    version = _Version(quote_etag(file.sha256), int(file.created_at.timestamp()))
    response: HttpResponseBase | None = get_conditional_response(
        request, etag=version.etag, last_modified=version.modified
    )
    if response is None:
        response = _content(request, file, version)
    elif response.status_code == HTTPStatus.PRECONDITION_FAILED:
        response = _refusal(HTTPStatus.PRECONDITION_FAILED)
    if response.status_code < HTTPStatus.BAD_REQUEST:
        caching = {"Cache-Control": IMMUTABLE, "Accept-Ranges": "bytes"}
        for name, value in {**version.headers, **caching, **SAFETY_HEADERS}.items():
            response.headers[name] = value
    return response


def _find(key: str) -> MediaFile | None:
    """Return the file by its exact key: paths are never normalised, so none can escape."""
    if not is_possible_key(key):
        return None
    public = MediaFile.objects.servable().filter(visibility=MediaFile.Visibility.PUBLIC)
    return public.filter(key=key).first()


def _content(request: HttpRequest, file: MediaFile, version: _Version) -> HttpResponseBase:
    """Answer with the whole file, the part asked for, or why not."""
    try:
        wanted = _wanted_range(request, file, version)
    except UnsatisfiableRange:
        size = {"Content-Range": f"bytes */{file.size}"}
        return _refusal(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=size)
    part = wanted or ByteRange(0, file.size - 1)
    headers = {"Content-Type": file.content_type, "Content-Length": str(part.length)}
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    try:
        chunks = FilePart.open(file.key, part)
    except StorageUnavailable as error:
        return _outage(error)
    if wanted is None:
        return StreamingHttpResponse(chunks, headers=headers)
    headers["Content-Range"] = f"bytes {part.first}-{part.last}/{file.size}"
    return StreamingHttpResponse(chunks, status=HTTPStatus.PARTIAL_CONTENT, headers=headers)


def _wanted_range(request: HttpRequest, file: MediaFile, version: _Version) -> ByteRange | None:
    """Return the range to answer with; a range of another version of the file means the whole.

    HEAD ignores ranges, as the RFC asks: they are defined for GET only.
    """
    header = request.headers.get("Range", "")
    condition = request.headers.get("If-Range", "")
    if not header or request.method == "HEAD":
        return None
    # A date can name a version only to the second, so it must be exactly ours.
    is_same_date = parse_http_date_safe(condition) == version.modified
    if condition and condition != version.etag and not is_same_date:
        return None
    return parse_range(header, size=file.size)


def _refusal(status: HTTPStatus, *, headers: dict[str, str] | None = None) -> HttpResponse:
    """Answer in plain text that nobody keeps; raising would show Django's HTML with DEBUG."""
    always = {"Cache-Control": "no-store", **SAFETY_HEADERS}
    return HttpResponse(
        f"{status.phrase}.\n",
        status=status,
        content_type="text/plain",
        headers={**always, **(headers or {})},
    )
