"""Refuse a request for another host in the form of what it asked for, never in HTML."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from gallery.api.problems import problem_response

CODE = "unknown_host"


class KnownHostMiddleware:
    """Look at the host of API and media requests before anything else does.

    Left to Django, the refusal is a page of HTML, with DEBUG one that shows settings.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Go on, or answer 400."""
        is_api = request.path_info.startswith("/api/")
        if not is_api and not request.path_info.startswith("/media"):
            return self.get_response(request)
        try:
            request.get_host()
        except DisallowedHost:
            if is_api:
                return problem_response(request, HTTPStatus.BAD_REQUEST, code=CODE)
            return HttpResponse("Bad Request.\n", status=400, content_type="text/plain")
        return self.get_response(request)
