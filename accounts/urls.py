"""Where accounts answer, below `/api/v1/`."""

from django.urls import path

from accounts.views import (
    MeView,
    ReferenceImageListView,
    ReferenceImageUrlsView,
    ReferenceImageView,
    TokenPairView,
    TokenRefreshedView,
    TokenVerifiedView,
)

_ONE = "me/reference-images/<uuid:reference_image_id>/"

urlpatterns = [
    path("token/pair/", TokenPairView.as_view(), name="token-pair"),
    path("token/refresh/", TokenRefreshedView.as_view(), name="token-refresh"),
    path("token/verify/", TokenVerifiedView.as_view(), name="token-verify"),
    path("me/", MeView.as_view(), name="me"),
    path("me/reference-images/", ReferenceImageListView.as_view(), name="reference-image-list"),
    path(_ONE, ReferenceImageView.as_view(), name="reference-image-detail"),
    path(f"{_ONE}urls/", ReferenceImageUrlsView.as_view(), name="reference-image-urls"),
]
