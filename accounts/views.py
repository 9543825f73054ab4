"""The REST endpoints of tokens and of the user's own account."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, prefetch_related_objects
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView
from rest_framework_simplejwt.views import (
    TokenObtainPairView,
    TokenRefreshView,
    TokenVerifyView,
)

from accounts.serializers import MeSerializer, RefreshSerializer, VerifySerializer
from orgs.models import Membership

REFUSED = OpenApiResponse(description="The token, or the user it was made for, is not valid.")


class ThrottledTokenMixin(APIView):
    """Slow down guessing, by network address: these endpoints are open to anybody."""

    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "token"


class TokenPairView(ThrottledTokenMixin, TokenObtainPairView):
    """Log in."""

    @extend_schema(
        responses={
            200: TokenObtainPairView().get_serializer_class(),
            401: OpenApiResponse(description="Wrong, unknown or inactive: the answer is the same."),
        }
    )
    def post(self, request: Request) -> Response:
        """Take an e-mail address and a password, give an access and a refresh token."""
        return super().post(request)


class TokenRefreshedView(ThrottledTokenMixin, TokenRefreshView):
    """Stay logged in."""

    serializer_class = RefreshSerializer

    @extend_schema(responses={200: RefreshSerializer, 401: REFUSED})
    def post(self, request: Request) -> Response:
        """Take a refresh token, give a new access token."""
        return super().post(request)


class TokenVerifiedView(ThrottledTokenMixin, TokenVerifyView):
    """Ask about a token."""

    serializer_class = VerifySerializer

    @extend_schema(
        responses={200: OpenApiResponse(description="The API accepts this token."), 401: REFUSED}
    )
    def post(self, request: Request) -> Response:
        """Take a token of either kind, answer `{}` if the API would accept it."""
        return super().post(request)


class MeView(APIView):
    """The user's own account."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Read your account and your role in each organisation."""
        user = request.user
        if isinstance(user, AnonymousUser):
            raise NotAuthenticated
        memberships = Membership.objects.select_related("organization").order_by(
            "organization__slug"
        )
        prefetch_related_objects([user], Prefetch("memberships", queryset=memberships))
        return Response(MeSerializer(user).data)
