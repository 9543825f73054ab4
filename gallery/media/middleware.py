"""Answer for what everybody may see before anybody asks who asks."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from gallery.media.headers import is_private
from gallery.media.views import METHODS, answer, find


class PublicMediaMiddleware:
    """Let public files skip sessions, log-ins, CSRF and whatever else pages need.

    Everything else below `MEDIA_URL` is the view's: private files, and those that are to be made.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with a public file, or go on."""
        path = request.path_info
        if not path.startswith(settings.MEDIA_URL) or request.method not in METHODS:
            return self.get_response(request)
        key = path[len(settings.MEDIA_URL) :]
        file = find(key)
        if file is None or is_private(file):
            request.media_file = file  # type: ignore[attr-defined]  # the view need not look again
            return self.get_response(request)
        return answer(request, file)
