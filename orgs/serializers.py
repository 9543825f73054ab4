"""The JSON of organisations and members: what is read, and, apart from it, what may be written."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from rest_framework import serializers

from orgs.json_types import JSONTypesMixin
from orgs.models import (
    MAX_SLUG_LENGTH,
    SLUG_PATTERN,
    SLUG_RULE,
    Membership,
    Organization,
    Role,
)


class OrganizationSerializer(serializers.ModelSerializer[Organization]):
    """An organisation and the reader's own role in it."""

    role = serializers.ChoiceField(
        choices=Role.choices,
        read_only=True,
        allow_null=True,
        help_text="Yours; null for a superuser who is not a member.",
    )

    class Meta:
        model = Organization
        fields: ClassVar[list[str]] = ["id", "slug", "name", "role", "created_at"]
        read_only_fields = fields


class OrganizationCreateSerializer(JSONTypesMixin, serializers.ModelSerializer[Organization]):
    """A new organisation; its creator becomes the owner."""

    # Declared, so that DRF adds no look-up of its own: the database decides whether a slug is free,
    # at the only moment when that is certain.
    slug = serializers.RegexField(
        SLUG_PATTERN,
        max_length=MAX_SLUG_LENGTH,
        required=False,
        help_text="Derived from the name if left out. It never changes.",
        error_messages={"invalid": SLUG_RULE},
    )

    class Meta:
        model = Organization
        fields: ClassVar[list[str]] = ["name", "slug"]


class OrganizationUpdateSerializer(JSONTypesMixin, serializers.ModelSerializer[Organization]):
    """What may change about an organisation."""

    class Meta:
        model = Organization
        fields: ClassVar[list[str]] = ["name"]


class MemberUserSerializer(serializers.Serializer[AbstractBaseUser]):
    """As much of a user as fellow members see."""

    id = serializers.IntegerField(read_only=True)
    email = serializers.EmailField(read_only=True)
    name = serializers.CharField(read_only=True)


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """A member of an organisation."""

    user = MemberUserSerializer(read_only=True)

    class Meta:
        model = Membership
        fields: ClassVar[list[str]] = ["id", "user", "role"]
        read_only_fields = fields


class RoleField(serializers.ChoiceField):
    """A role by its name; the error does not repeat the input, which may not be valid Unicode."""

    def __init__(self) -> None:
        message = f"Choose one of {', '.join(Role.values)}."
        super().__init__(choices=Role.choices, error_messages={"invalid_choice": message})

    def to_internal_value(self, data: Any) -> Role:
        """Return the role named `data`."""
        return Role(super().to_internal_value(data))


class MemberCreateSerializer(JSONTypesMixin, serializers.Serializer[Membership]):
    """An existing user, by e-mail address, and the role to give them."""

    email = serializers.EmailField(max_length=254)
    role = RoleField()


class MemberUpdateSerializer(JSONTypesMixin, serializers.Serializer[Membership]):
    """What may change about a member."""

    role = RoleField()
