"""The JSON of tokens and of the user's own account."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework_simplejwt.serializers import TokenRefreshSerializer, TokenVerifySerializer
from rest_framework_simplejwt.tokens import UntypedToken

from accounts.models import User
from accounts.tokens import user_of
from orgs.models import Membership


class RefreshSerializer(TokenRefreshSerializer):
    """A new access token for a refresh token whose user is still welcome."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        """Look at the user first: the library would fail on a deleted one."""
        user_of(self.token_class(attrs["refresh"]))
        tokens: dict[str, str] = super().validate(attrs)
        return tokens


class VerifySerializer(TokenVerifySerializer):
    """Whether the API would accept a token right now."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Look at the user too: a valid signature says nothing about them."""
        answer: dict[str, Any] = super().validate(attrs)
        user_of(UntypedToken(attrs["token"]))
        return answer


class OwnOrganizationSerializer(serializers.ModelSerializer[Membership]):
    """An organisation as its member sees it in their account."""

    slug = serializers.CharField(source="organization.slug", read_only=True)
    name = serializers.CharField(source="organization.name", read_only=True)

    class Meta:
        model = Membership
        fields: ClassVar[list[str]] = ["slug", "name", "role"]
        read_only_fields = fields


class MeSerializer(serializers.ModelSerializer[User]):
    """The user's own account."""

    organizations = OwnOrganizationSerializer(source="memberships", many=True, read_only=True)

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["id", "email", "name", "organizations"]
        read_only_fields = fields
