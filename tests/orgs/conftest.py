"""One organisation with somebody of every role."""

from dataclasses import dataclass

import pytest

from accounts.models import User
from orgs.models import Membership, Organization, Role
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory


@dataclass(frozen=True, slots=True)
class Team:
    """The organisation `acme`, its members by role, and people who have no business there."""

    organization: Organization
    users: dict[str, User | None]

    def membership(self, who: str) -> Membership:
        """Return the place of one of its members."""
        return Membership.objects.get(organization=self.organization, user=self.users[who])


@pytest.fixture
def team(request: pytest.FixtureRequest) -> Team:
    """Return `acme` with two owners and one of each other role."""
    request.getfixturevalue("db")
    acme = OrganizationFactory.create(name="Acme", slug="acme")
    users: dict[str, User | None] = {"anonymous": None}
    for who, role in {
        "owner": Role.OWNER,
        "other_owner": Role.OWNER,
        "admin": Role.ADMIN,
        "member": Role.MEMBER,
        "viewer": Role.VIEWER,
        "colleague": Role.VIEWER,
        "inactive": Role.OWNER,
    }.items():
        users[who] = UserFactory.create(email=f"{who}@example.com", is_active=who != "inactive")
        MembershipFactory.create(organization=acme, user=users[who], role=role)
    users["superuser"] = UserFactory.create(email="root@example.com", is_superuser=True)
    users["outsider"] = MembershipFactory.create(
        organization=OrganizationFactory.create(name="Globex", slug="globex"), role=Role.OWNER
    ).user
    removed = MembershipFactory.create(organization=acme, role=Role.OWNER)
    users["removed"] = removed.user
    removed.delete()
    return Team(organization=acme, users=users)
