"""Where everything answers: the API under `/api/v1/`, media under `/media/`, the admin."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from catalog.pages import HomePage, ProductPage
from gallery.api.errors import not_found
from gallery.media.views import serve_media

api_v1: list[URLPattern | URLResolver] = [
    path("", include("accounts.urls")),
    path("", include("orgs.urls")),
    path("", include("gallery.api.urls")),
    path("", include("catalog.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "docs/",
        # A page, of which DRF cannot tell the OPTIONS.
        SpectacularSwaggerSplitView.as_view(url_name="schema", http_method_names=["get", "head"]),
        name="api-docs",
    ),
]

urlpatterns = [
    path("", HomePage.as_view(), name="home"),
    path("products/<slug:slug>/", ProductPage.as_view(), name="product-page"),
    path("admin/", admin.site.urls),
    path("login/", include("rest_framework.urls")),
    path("api/v1/", include(api_v1)),
    # Whatever else is under /api/ is a JSON 404, also with DEBUG, where Django would show HTML.
    re_path(r"^api/", not_found),
    path("media/<path:key>", serve_media, name="media-serve"),
    # Keys that no pattern takes (none, or with a line break) get the same plain 404 as any other.
    re_path(r"^media(?:/|$)", serve_media, {"key": ""}),
]

handler400 = "gallery.api.errors.handle_400"
handler403 = "gallery.api.errors.handle_403"
handler404 = "gallery.api.errors.handle_404"
handler500 = "gallery.api.errors.handle_500"
