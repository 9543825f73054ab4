"""Organisations, the tenants that own everything, and the roles of their members."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.constraints import BaseConstraint

Viewer = AbstractBaseUser | AnonymousUser
"""Whoever asks: any user model, or nobody."""

MAX_SLUG_LENGTH = 64
SLUG_PATTERN = r"^[a-z0-9][a-z0-9_-]*\Z"
"""Lower case only, so that a URL names at most one organisation; the database checks it too."""
SLUG_RULE = (
    "Use lower-case letters, digits, hyphens and underscores, starting with a letter or digit."
)


def is_acting_superuser(user: Viewer) -> bool:
    """Tell whether `user` is active and stands above all roles."""
    return isinstance(user, PermissionsMixin) and user.is_superuser and user.is_active


class Role(models.TextChoices):
    """What a member may do; `orgs.tenancy.Access` says what that is."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


class OrganizationQuerySet(models.QuerySet["Organization"]):
    """Organisations, by who asks."""

    def visible_to(self, user: Viewer) -> Self:
        """Return those `user` is a member of; all for a superuser, none for the inactive."""
        if not user.is_active:
            return self.none()
        if is_acting_superuser(user):
            return self.all()
        # Exists and not a join: whatever the caller counts or joins next stays untouched.
        own = Membership.objects.filter(organization=OuterRef("pk"), user=user.pk)
        return self.filter(Exists(own))

    def with_role_of(self, user: Viewer) -> Self:
        """Annotate each organisation with `role`, that of `user` in it, or None."""
        own = Membership.objects.filter(organization=OuterRef("pk"), user=user.pk)
        return self.annotate(role=Subquery(own.values("role")))


class Organization(models.Model):
    """A tenant: images, products and members belong to exactly one."""

    name = models.CharField(max_length=150)
    slug = models.CharField(
        max_length=MAX_SLUG_LENGTH,
        unique=True,
        validators=[RegexValidator(SLUG_PATTERN, SLUG_RULE)],
        help_text="Names the organisation in URLs. Clients store it, so it should never change.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    role: str | None
    """That of the user asked for, on rows read `with_role_of(user)` only."""

    class Meta:
        verbose_name = "organisation"
        ordering: ClassVar[list[str]] = ["slug"]
        constraints: ClassVar[list[BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(slug__regex=SLUG_PATTERN),
                name="organization_slug_is_lower_case",
                violation_error_message=SLUG_RULE,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's place in an organisation."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=16, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organization", "user"],
                name="membership_once_per_organization",
                violation_error_message="This user is already a member.",
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="membership_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"
