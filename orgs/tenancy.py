"""Who may see and write what: the only place where roles are compared."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from orgs.models import (
    MAX_SLUG_LENGTH,
    SLUG_PATTERN,
    Membership,
    Organization,
    Role,
    Viewer,
    is_acting_superuser,
)

Right = Literal["can_read", "can_write", "can_manage", "can_own"]
"""What an endpoint may ask for, by the name of the property of `Access` that grants it."""

_WRITERS = frozenset({Role.OWNER, Role.ADMIN, Role.MEMBER})
_MANAGERS = frozenset({Role.OWNER, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Access:
    """What one user may do in one organisation; `role` is None for a superuser from outside."""

    organization: Organization
    role: Role | None
    is_superuser: bool

    @property
    def can_read(self) -> bool:
        """Whether the organisation and its contents exist for this user at all."""
        return self.is_superuser or self.role is not None

    @property
    def can_write(self) -> bool:
        """Whether the user may add contents and change their own."""
        return self.is_superuser or self.role in _WRITERS

    @property
    def can_manage(self) -> bool:
        """Whether the user may change members and what others made."""
        return self.is_superuser or self.role in _MANAGERS

    @property
    def can_own(self) -> bool:
        """Whether the user may make, change and remove owners."""
        return self.is_superuser or self.role == Role.OWNER

    def can_remove(self, creator_id: object, *, user: Viewer) -> bool:
        """Tell whether `user`, whose access this is, may delete what somebody made.

        Their own as a writer, anybody's as a manager.
        """
        is_own = creator_id is not None and creator_id == user.pk
        return self.can_manage or (self.can_write and is_own)

    def can_manage_role(self, role: str) -> bool:
        """Tell whether the user may give this role to a member, or take it away."""
        return self.can_own if role == Role.OWNER else self.can_manage


def access_to(user: Viewer, slug: str) -> Access:
    """Return what `user` may do in the organisation named `slug`, with one query.

    Raises:
        Organization.DoesNotExist: there is none, or none that this user may know of.
    """
    # What cannot be a slug is not worth a query, and NUL would make PostgreSQL fail on one.
    if len(slug) > MAX_SLUG_LENGTH or not re.match(SLUG_PATTERN, slug):
        raise Organization.DoesNotExist
    organization = Organization.objects.visible_to(user).with_role_of(user).get(slug=slug)
    return Access(
        organization=organization,
        role=Role(organization.role) if organization.role else None,
        is_superuser=is_acting_superuser(user),
    )


def is_last_owner(membership: Membership) -> bool:
    """Tell whether the organisation would have no owner without this membership.

    True only for as long as the caller holds the lock on the organisation.
    """
    if membership.role != Role.OWNER:
        return False
    others = Membership.objects.filter(
        organization=membership.organization_id, role=Role.OWNER
    ).exclude(pk=membership.pk)
    return not others.exists()


def has_owner(roles: Iterable[str]) -> bool:
    """Tell whether somebody among `roles` owns the organisation."""
    return Role.OWNER in roles
