"""The JSON of tokens, of the user's own account and of their reference images."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework_simplejwt.serializers import TokenRefreshSerializer, TokenVerifySerializer
from rest_framework_simplejwt.tokens import UntypedToken

from accounts.models import MAX_REFERENCE_IMAGES, ReferenceImage, User
from accounts.tokens import user_of
from gallery.api.fields import FocalPointSerializerField, UploadedFileField
from gallery.renditions.urls import variants
from orgs.json_types import JSONTypesMixin
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


class ReferenceImageSerializer(serializers.ModelSerializer[ReferenceImage]):
    """A reference image with its URLs, which need its user's credentials or a signature."""

    # A list needs `with_renditions()`, or it asks the database for each; the storage is not asked.
    image_url = serializers.SerializerMethodField()
    variants = serializers.SerializerMethodField()
    focal_point = FocalPointSerializerField()

    class Meta:
        model = ReferenceImage
        fields: ClassVar[list[str]] = [
            *("id", "name", "order", "image_url", "variants", "focal_point"),
            *("created_at", "updated_at"),
        ]
        read_only_fields = fields

    def get_image_url(self, image: ReferenceImage) -> str:
        """Of the original."""
        return variants(image).get("original", "")

    def get_variants(self, image: ReferenceImage) -> dict[str, str]:
        """`original`, `thumbnail`, `medium` and `large`; one not made yet has the original's."""
        return variants(image)


class ReferenceImageUpdateSerializer(JSONTypesMixin, serializers.ModelSerializer[ReferenceImage]):
    """What may be said about a reference image."""

    order = serializers.IntegerField(
        min_value=0,
        max_value=MAX_REFERENCE_IMAGES - 1,
        required=False,
        help_text="Its slot. The one in a taken slot gets the one that becomes free.",
    )
    focal_point = FocalPointSerializerField(required=False)

    class Meta:
        model = ReferenceImage
        fields: ClassVar[list[str]] = ["name", "order", "focal_point"]


class ReferenceImageUploadSerializer(JSONTypesMixin, serializers.ModelSerializer[ReferenceImage]):
    """A new reference image."""

    # Not DRF's ImageField: it would decode the file outside of the one door that is safe to.
    image = UploadedFileField()
    order = serializers.IntegerField(
        min_value=0,
        max_value=MAX_REFERENCE_IMAGES - 1,
        required=False,
        help_text="Its slot: the lowest free one if left out.",
    )

    class Meta:
        model = ReferenceImage
        fields: ClassVar[list[str]] = ["image", "name", "order"]
