"""`ETag`, `If-Match` and `If-None-Match` on everything the API shows (RFC 9110, section 13)."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response

from gallery.api.problems import problem_response
from orgs.conditional import PreconditionFailed, etag_of, is_conditional

_READING = {"GET", "HEAD"}
_CHANGING = {"PATCH", "PUT"}
# To be asked for again every time, by those who may see it: permissions change.
_CACHING = "private, no-cache"


class ConditionalMiddleware:
    """Tag what the API answers, and say 304 where the client has it already.

    The view has run by then: whoever may not see a resource any more learns nothing of it. Changes
    check their conditions themselves, under their locks (`orgs.conditional`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer."""
        response = self.get_response(request)
        if not request.path_info.startswith("/api/") or not _is_representation(request, response):
            return response
        assert isinstance(response, HttpResponse)  # noqa: S101  (it has content)
        etag = etag_of(response.content)
        response.headers["ETag"] = etag
        response.headers.setdefault("Cache-Control", _CACHING)
        if request.method not in _READING or not is_conditional(request):
            return response
        conditional = get_conditional_response(request, etag=etag, response=response)
        if conditional is not None and conditional.status_code == HTTPStatus.PRECONDITION_FAILED:
            return problem_response(
                request,
                HTTPStatus.PRECONDITION_FAILED,
                code=PreconditionFailed.default_code,
                detail=PreconditionFailed.default_detail,
            )
        return conditional or response


def _is_representation(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Tell whether the body is what GET answers with, here or at the new resource."""
    if response.streaming or response.headers.get("Content-Type", "").startswith("text/html"):
        return False
    if response.status_code == HTTPStatus.CREATED:
        return "Location" in response.headers
    return response.status_code == HTTPStatus.OK and request.method in _READING | _CHANGING
