"""Answer every API path with and without its trailing slash, for every method."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase


class OptionalSlashMiddleware:
    """Read `/api/…` paths as if they ended with a slash, which the URL patterns do.

    No redirect: that would lose the body of a POST and cost every other client a round trip.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Complete the path before it is resolved."""
        path = request.path_info
        if not path.endswith("/") and f"{path}/".startswith("/api/"):
            request.path_info = f"{path}/"
        return self.get_response(request)
