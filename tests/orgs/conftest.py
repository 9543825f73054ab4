"""One organisation with somebody of every role, and a database that two threads can race on."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

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
def team(db: None) -> Team:
    """Return `acme` with two owners and one of each other role."""
    acme = OrganizationFactory(name="Acme", slug="acme")
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
        users[who] = UserFactory(email=f"{who}@example.com", is_active=who != "inactive")
        MembershipFactory(organization=acme, user=users[who], role=role)
    users["superuser"] = UserFactory(email="root@example.com", is_superuser=True)
    users["outsider"] = MembershipFactory(
        organization=OrganizationFactory(name="Globex", slug="globex"), role=Role.OWNER
    ).user
    removed = MembershipFactory(organization=acme, role=Role.OWNER)
    users["removed"] = removed.user
    removed.delete()
    return Team(organization=acme, users=users)


@pytest.fixture
def racing_database(transactional_db: None, tmp_path: Path) -> Iterator[Any]:
    """Let threads started now open connections of their own to a database with real locks.

    PostgreSQL has them. SQLite's in-memory test database has not: its connections share one cache
    and fail instead of waiting. So it is copied to a file by the function this returns, to be
    called once the test has stored what it needs; the threads then open that file.
    """
    settings = connections.settings["default"]
    original_name = settings["NAME"]

    def open_to_threads() -> None:
        if connection.vendor == "sqlite":
            path = tmp_path / "race.sqlite3"
            with sqlite3.connect(path) as copy:
                connection.connection.backup(copy)
            settings["NAME"] = str(path)

    yield open_to_threads
    settings["NAME"] = original_name
