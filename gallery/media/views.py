"""`GET /media/<key>`: one ledger row decides type, size, ETag and who may see; then bytes flow."""

from __future__ import annotations

import logging
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import parse_http_date_safe
from django.views.decorators.csrf import csrf_exempt

from gallery.exceptions import DecodersBusy, ImageRejected, OriginalGone, StorageUnavailable
from gallery.media.access import is_allowed, original_url
from gallery.media.delivery import deliver
from gallery.media.headers import SAFETY, Version, lasting
from gallery.media.ranges import ByteRange, UnsatisfiableRange, parse_range
from gallery.models import MediaFile
from gallery.renditions.just_in_time import KnownRendition, known_rendition, make_when_asked
from gallery.validators import is_possible_key

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 30
METHODS = ("GET", "HEAD")
_LATER = {"Retry-After": str(RETRY_AFTER_SECONDS)}


@csrf_exempt  # nothing is changed here, and Django would answer a POST with a page of HTML
def serve_media(request: HttpRequest, key: str) -> HttpResponseBase:
    """Answer with one stored file and everything a browser needs to keep it.

    Nothing is said about a file, not even that it has not changed, to those who may not see it.
    """
    if request.method not in METHODS:
        allow = {"Allow": ", ".join(METHODS)}
        return _refusal(HTTPStatus.METHOD_NOT_ALLOWED, headers=allow)
    try:
        return _respond(request, key)
    except (OperationalError, InterfaceError):
        logger.exception("database_unavailable")
        return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, headers=_LATER)


def _respond(request: HttpRequest, key: str) -> HttpResponseBase:
    # By its exact key: paths are never normalised, so none can escape.
    is_possible = is_possible_key(key)
    file = MediaFile.objects.servable_one(key) if is_possible else None
    if file is not None:
        return _answer(request, file)
    known = known_rendition(key) if is_possible else None
    if known is None or not is_allowed(request, known.original, key=key):
        return _refusal(HTTPStatus.NOT_FOUND)
    return _make(request, known)


def _make(request: HttpRequest, known: KnownRendition) -> HttpResponseBase:
    """Answer with a rendition that is not there yet: it is made.

    One that cannot be made is the original, until further notice.
    """
    if known.is_given_up:
        return _instead(request, known)
    try:
        return _answer(request, make_when_asked(known))
    except OriginalGone:
        return _refusal(HTTPStatus.NOT_FOUND)
    except ImageRejected:
        return _instead(request, known)
    except (DecodersBusy, StorageUnavailable) as error:
        return _outage(error)


def _instead(request: HttpRequest, known: KnownRendition) -> HttpResponse:
    location = {"Location": original_url(request, known.original, instead_of=known.key)}
    return _refusal(HTTPStatus.FOUND, headers=location)


def _answer(request: HttpRequest, file: MediaFile) -> HttpResponseBase:
    if not is_allowed(request, file, key=file.key):
        return _refusal(HTTPStatus.NOT_FOUND)
    version = Version.of(file)
    response: HttpResponseBase | None = get_conditional_response(
        request, etag=version.etag, last_modified=version.modified
    )
    if response is None:
        response = _content(request, file, version)
    elif response.status_code == HTTPStatus.PRECONDITION_FAILED:
        response = _refusal(HTTPStatus.PRECONDITION_FAILED)
    if response.status_code < HTTPStatus.BAD_REQUEST:
        for name, value in lasting(request, file).items():
            response.headers.setdefault(name, value)
    return response


def _content(request: HttpRequest, file: MediaFile, version: Version) -> HttpResponseBase:
    """Answer with the whole file, the part asked for, or why not."""
    try:
        return deliver(request, file, _wanted_range(request, file, version))
    except UnsatisfiableRange:
        size = {"Content-Range": f"bytes */{file.size}"}
        return _refusal(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=size)
    except StorageUnavailable as error:
        return _outage(error)


def _wanted_range(request: HttpRequest, file: MediaFile, version: Version) -> ByteRange | None:
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


def _outage(error: DecodersBusy | StorageUnavailable) -> HttpResponse:
    if isinstance(error.__cause__, FileNotFoundError):
        return _refusal(HTTPStatus.NOT_FOUND)
    return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, headers=_LATER)


def _refusal(status: HTTPStatus, *, headers: dict[str, str] | None = None) -> HttpResponse:
    """Answer in plain text that nobody keeps; raising would show Django's HTML with DEBUG."""
    # With one Vary for all, or it would tell a private file from one that is not there.
    always = {"Cache-Control": "no-store", "Vary": "Authorization, Cookie", **SAFETY}
    return HttpResponse(
        f"{status.phrase}.\n",
        status=status,
        content_type="text/plain",
        headers={**always, **(headers or {})},
    )
