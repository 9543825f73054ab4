"""Where accounts answer, below `/api/v1/`."""

from django.urls import path

from accounts.views import MeView, TokenPairView, TokenRefreshedView, TokenVerifiedView

urlpatterns = [
    path("token/pair/", TokenPairView.as_view(), name="token-pair"),
    path("token/refresh/", TokenRefreshedView.as_view(), name="token-refresh"),
    path("token/verify/", TokenVerifiedView.as_view(), name="token-verify"),
    path("me/", MeView.as_view(), name="me"),
]
