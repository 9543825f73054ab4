"""From whatever goes wrong under `/api/` to a problem with the right status and a stable code."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import Error, ErrorResponse
from redis.exceptions import RedisError
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from gallery.api.problems import ProblemRenderer, problem, problem_response
from gallery.exceptions import (
    Corrupt,
    DecodersBusy,
    GalleryError,
    GalleryFull,
    ImageInUse,
    KeyInUse,
    KeyReused,
    NotAttachable,
    NotAttached,
    OriginalGone,
    OverBudget,
    ShareNotFound,
    StorageUnavailable,
    TooLarge,
    UnknownImages,
    UnsupportedFormat,
    UploadIncomplete,
    UploadNotFound,
)
from gallery.models import Image

logger = logging.getLogger(__name__)
SERVER_ERROR_CODE = "server_error"

_STATUS_BY_ERROR: dict[type[GalleryError], HTTPStatus] = {
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedFormat: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Corrupt: HTTPStatus.UNPROCESSABLE_ENTITY,
    OverBudget: HTTPStatus.UNPROCESSABLE_ENTITY,
    DecodersBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    ImageInUse: HTTPStatus.CONFLICT,
    GalleryFull: HTTPStatus.CONFLICT,
    UnknownImages: HTTPStatus.FORBIDDEN,
    KeyInUse: HTTPStatus.CONFLICT,
    KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    OriginalGone: HTTPStatus.CONFLICT,
    UploadIncomplete: HTTPStatus.CONFLICT,
    StorageUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

_RETRY_AFTER_SECONDS: dict[type[GalleryError], int] = {
    StorageUnavailable: 30,
    DecodersBusy: 10,
    KeyInUse: 1,
}


class GalleryAPIException(exceptions.APIException):
    """A `GalleryError` on its way out."""

    def __init__(self, error: GalleryError) -> None:
        super().__init__(error.message, code=error.code)
        self.status_code = _STATUS_BY_ERROR.get(type(error), HTTPStatus.BAD_REQUEST)
        self.error = error
        self.wait = _RETRY_AFTER_SECONDS.get(type(error))


class DatabaseUnavailable(exceptions.APIException):
    """The database is down, or others held its locks for too long; nothing was changed."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_code = "database_unavailable"
    default_detail = "The database does not answer. Try again later."
    wait = 5


class CacheUnavailable(DatabaseUnavailable):
    """The cache is down, and with it nobody counts who asks how often."""

    default_code = "cache_unavailable"
    default_detail = "The cache does not answer. Try again later."


class RequestTooLarge(exceptions.APIException):
    """The body has more bytes than this server reads."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = TooLarge.code
    default_detail = "The request is larger than this server reads."


class BadForm(exceptions.APIException):
    """Django refused the form of the request before anybody saw its values."""

    status_code = HTTPStatus.BAD_REQUEST
    default_code = "bad_request"
    default_detail = "The request is malformed."


class TooManyFiles(BadForm):
    """Django stopped reading at the first file too many."""

    default_code = "too_many_files"
    default_detail = "The request has too many files."


class TooManyFields(BadForm):
    """Django stopped reading at the first field too many."""

    default_code = "too_many_fields"
    default_detail = "The form has too many fields."


_UNAVAILABLE: dict[type[Exception], type[DatabaseUnavailable]] = {
    OperationalError: DatabaseUnavailable,
    RedisError: CacheUnavailable,
}
# An image may have been deleted between the view's look-up and the service's lock.
_NOT_FOUND = (NotAttached, NotAttachable, ShareNotFound, UploadNotFound, Image.DoesNotExist)

# Never Django's own words, which name settings. Subclasses stand before their bases.
_REFUSED_BY_DJANGO: list[tuple[type[Exception], type[exceptions.APIException]]] = [
    (RequestDataTooBig, RequestTooLarge),
    (TooManyFilesSent, TooManyFiles),
    (TooManyFieldsSent, TooManyFields),
    (SuspiciousOperation, BadForm),
    (UnreadablePostError, BadForm),
]


def _refused_by_django(error: Exception) -> type[exceptions.APIException] | None:
    """Return what to answer when Django did not like the request, or None if that is not it."""
    return next((ours for theirs, ours in _REFUSED_BY_DJANGO if isinstance(error, theirs)), None)


class ProblemFormatter(ExceptionFormatter):
    """Write what the library collected as a problem."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, object]:
        """Return the body; invalid input lists each error with its field."""
        request = self.context["request"]
        first = error_response.errors[0] if error_response.errors else None
        more: dict[str, object] = {}
        code, detail = (first.code, first.detail) if first else (SERVER_ERROR_CODE, "")
        if isinstance(self.exc, exceptions.ValidationError):
            code, detail = "invalid_input", "The request has invalid values."
            more["errors"] = [_error(error) for error in error_response.errors]
        if isinstance(self.exc, GalleryAPIException):
            more |= self.exc.error.context
        return problem(
            status=self.exc.status_code,
            code=code,
            detail=detail,
            instance=request.path if request is not None else "",
            **more,
        )


def _error(error: Error) -> dict[str, str | None]:
    return {"field": error.attr, "code": error.code, "message": error.detail}


class ProblemHandler(ExceptionHandler):
    """Translate our errors and Django's to DRF's before the library formats them."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """Map everything a client can cause to a client error."""
        if isinstance(exc, _NOT_FOUND):
            return exceptions.NotFound()
        if isinstance(exc, GalleryError):
            return GalleryAPIException(exc)
        if refusal := _refused_by_django(exc):
            return refusal()
        for error, unavailable in _UNAVAILABLE.items():
            if isinstance(exc, error):
                logger.error(unavailable.default_code, exc_info=exc)
                return unavailable()
        converted: Exception = super().convert_known_exceptions(exc)
        return converted

    def convert_unhandled_exceptions(self, exc: Exception) -> exceptions.APIException:
        """Say nothing about an error of ours: the stack trace is in the log."""
        if isinstance(exc, exceptions.APIException):
            return exc
        detail = f"{HTTPStatus.INTERNAL_SERVER_ERROR.description}."
        return exceptions.APIException(detail, code=SERVER_ERROR_CODE)

    def get_response(self, exc: exceptions.APIException, data: dict[str, Any]) -> Response:
        """Answer in JSON, also to a browser that was shown the browsable API a moment ago."""
        request = self.context["request"]
        if isinstance(request, Request):
            renderer = ProblemRenderer()
            request.accepted_renderer = renderer
            request.accepted_media_type = renderer.media_type
        response: Response = super().get_response(exc, data)
        return response


def exception_handler(exc: Exception, context: Any) -> Response | None:
    """Answer any exception in an API view; unexpected ones are logged and say nothing."""
    response: Response | None = ProblemHandler(exc, context).run()
    return response


# --- Errors before and outside of DRF views ---------------------------------------------------


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


@csrf_exempt  # or a POST without a token would be answered by Django's HTML page about tokens
def not_found(request: HttpRequest) -> HttpResponse:
    """Answer a path under `/api/` that is none of ours, like an object that does not exist."""
    return problem_response(
        request,
        HTTPStatus.NOT_FOUND,
        code=exceptions.NotFound.default_code,
        detail=str(exceptions.NotFound.default_detail),
    )


def handle_400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django itself refused."""
    if not _is_api(request):
        return defaults.bad_request(request, exception)
    refusal = _refused_by_django(exception) or BadForm
    return problem_response(
        request,
        HTTPStatus(refusal.status_code),
        code=refusal.default_code,
        detail=str(refusal.default_detail),
    )


def handle_403(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what a middleware forbade."""
    if not _is_api(request):
        return defaults.permission_denied(request, exception)
    return problem_response(
        request, HTTPStatus.FORBIDDEN, code=exceptions.PermissionDenied.default_code
    )


def handle_404(request: HttpRequest, exception: Http404) -> HttpResponse:
    """Answer an unknown path; media never get HTML either."""
    if _is_api(request):
        return not_found(request)
    if request.path_info.startswith("/media/"):
        return HttpResponse("Not found.\n", status=HTTPStatus.NOT_FOUND, content_type="text/plain")
    return defaults.page_not_found(request, exception)


def handle_500(request: HttpRequest) -> HttpResponse:
    """Answer an error outside of DRF views without a word about it."""
    if not _is_api(request):
        return defaults.server_error(request)
    return problem_response(request, HTTPStatus.INTERNAL_SERVER_ERROR, code=SERVER_ERROR_CODE)
