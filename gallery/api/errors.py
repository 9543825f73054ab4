"""Every error under `/api/` as RFC 9457 `application/problem+json` with a stable code."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import Error, ErrorResponse
from rest_framework import exceptions
from rest_framework.response import Response

from gallery.exceptions import (
    Corrupt,
    GalleryError,
    ImageInUse,
    StorageUnavailable,
    TooLarge,
    UnsupportedFormat,
)

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 30

_STATUS_BY_ERROR: dict[type[GalleryError], HTTPStatus] = {
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedFormat: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Corrupt: HTTPStatus.UNPROCESSABLE_ENTITY,
    ImageInUse: HTTPStatus.CONFLICT,
    StorageUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


class GalleryAPIException(exceptions.APIException):
    """A `GalleryError` on its way out."""

    def __init__(self, error: GalleryError) -> None:
        super().__init__(error.message, code=error.code)
        self.status_code = _STATUS_BY_ERROR.get(type(error), HTTPStatus.BAD_REQUEST)
        self.error = error
        self.wait = RETRY_AFTER_SECONDS if isinstance(error, StorageUnavailable) else None


class RequestTooLarge(exceptions.APIException):
    """The body has more bytes than this server reads."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = TooLarge.code
    default_detail = TooLarge.default_message


def problem(
    *, status: int, code: str, detail: str, instance: str, **more: object
) -> dict[str, object]:
    """Return the body of a problem response."""
    return {
        "type": f"urn:gallery:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "instance": instance,
        "code": code,
        **more,
    }


class ProblemFormatter(ExceptionFormatter):
    """Write what the library collected as a problem."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, object]:
        """Return the body; invalid input lists each error with its field."""
        request = self.context["request"]
        first = error_response.errors[0] if error_response.errors else None
        more: dict[str, object] = {}
        code, detail = (first.code, first.detail) if first else ("error", "")
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
        if isinstance(exc, GalleryError):
            return GalleryAPIException(exc)
        if isinstance(exc, RequestDataTooBig):
            return RequestTooLarge()
        if isinstance(exc, SuspiciousOperation):
            return exceptions.ParseError()
        return super().convert_known_exceptions(exc)

    def get_response(self, exc: exceptions.APIException, data: dict[str, Any]) -> Response:
        """Answer with the media type of problems."""
        response = super().get_response(exc, data)
        response.content_type = CONTENT_TYPE
        return response


def exception_handler(exc: Exception, context: Any) -> Response | None:
    """Answer any exception in an API view; unexpected ones are logged and say nothing."""
    return ProblemHandler(exc, context).run()


# --- Errors before and outside of DRF views ---------------------------------------------------


def _respond(request: HttpRequest, status: HTTPStatus, code: str) -> HttpResponse:
    body = problem(status=status, code=code, detail=status.description, instance=request.path)
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def not_found(request: HttpRequest) -> HttpResponse:
    """Answer a path under `/api/` that is none of ours, like an object that does not exist."""
    body = problem(
        status=HTTPStatus.NOT_FOUND,
        code=exceptions.NotFound.default_code,
        detail=str(exceptions.NotFound.default_detail),
        instance=request.path,
    )
    return JsonResponse(body, status=HTTPStatus.NOT_FOUND, content_type=CONTENT_TYPE)


def handle_400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django itself refused."""
    if not _is_api(request):
        return defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return _respond(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TooLarge.code)
    return _respond(request, HTTPStatus.BAD_REQUEST, "bad_request")


def handle_403(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what a middleware forbade."""
    if not _is_api(request):
        return defaults.permission_denied(request, exception)
    return _respond(request, HTTPStatus.FORBIDDEN, "permission_denied")


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
    return _respond(request, HTTPStatus.INTERNAL_SERVER_ERROR, "error")
