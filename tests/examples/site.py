"""The site and, of the same origin, the examples: as a web server beside it would serve them."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.static import serve

from settings.urls import urlpatterns as others

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PAGE = "<!doctype html><html lang=en><title>A page</title><input type=file multiple>"


@ensure_csrf_cookie
def example(request: HttpRequest, name: str) -> HttpResponseBase:
    """Answer with a file of the examples."""
    return serve(request, name, document_root=str(EXAMPLES))


@ensure_csrf_cookie
def page(_request: HttpRequest) -> HttpResponse:
    """Answer with a page that can choose files, and nothing else."""
    return HttpResponse(PAGE)


urlpatterns = [path("page/", page), path("examples/<path:name>", example), *others]
handler400 = "gallery.api.errors.handle_400"
handler403 = "gallery.api.errors.handle_403"
handler404 = "gallery.api.errors.handle_404"
handler500 = "gallery.api.errors.handle_500"
