"""Every role at every endpoint: this table is the documentation of who may do what."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from orgs.models import Membership
from tests.factories import UserFactory
from tests.orgs.conftest import Team
from tests.accounts.clients import client_of, problem_of

Call = Callable[[APIClient, Team, str], Any]

ACME = "/api/v1/orgs/acme/"
MEMBERS = f"{ACME}members/"


def member_url(team: Team, who: str) -> str:
    return f"{MEMBERS}{team.membership(who).pk}/"


def add(client: APIClient, role: str) -> Any:
    return client.post(MEMBERS, {"email": UserFactory().email, "role": role})


def give(client: APIClient, team: Team, who: str, role: str) -> Any:
    return client.patch(member_url(team, who), {"role": role})


CALLS: dict[str, Call] = {
    "read": lambda client, team, actor: client.get(ACME),
    "rename": lambda client, team, actor: client.patch(ACME, {"name": "New"}),
    "list members": lambda client, team, actor: client.get(MEMBERS),
    "add a viewer": lambda client, team, actor: add(client, "viewer"),
    "add an admin": lambda client, team, actor: add(client, "admin"),
    "add an owner": lambda client, team, actor: add(client, "owner"),
    "make an admin": lambda client, team, actor: give(client, team, "colleague", "admin"),
    "make an owner": lambda client, team, actor: give(client, team, "colleague", "owner"),
    "demote an owner": lambda client, team, actor: give(client, team, "other_owner", "member"),
    "remove a viewer": lambda client, team, actor: client.delete(member_url(team, "colleague")),
    "remove an owner": lambda client, team, actor: client.delete(member_url(team, "other_owner")),
    "raise themself": lambda client, team, actor: give(client, team, actor, "owner"),
    "leave": lambda client, team, actor: client.delete(member_url(team, actor)),
}
INSIDERS = ("viewer", "member", "admin", "owner")
EXPECTED = {
    #                  viewer member admin owner
    "read": (200, 200, 200, 200),
    "rename": (403, 403, 200, 200),
    "list members": (200, 200, 200, 200),
    "add a viewer": (403, 403, 201, 201),
    "add an admin": (403, 403, 201, 201),
    "add an owner": (403, 403, 403, 201),
    "make an admin": (403, 403, 200, 200),
    "make an owner": (403, 403, 403, 200),
    "demote an owner": (403, 403, 403, 200),
    "remove a viewer": (403, 403, 204, 204),
    "remove an owner": (403, 403, 403, 204),
    "raise themself": (403, 403, 403, 200),
    "leave": (204, 204, 204, 204),
}
IMPERSONAL = [name for name in CALLS if name not in {"raise themself", "leave"}]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("actor", INSIDERS)
def test_role__at_each_endpoint(team: Team, actor: str, call: str) -> None:
    before = dict(Membership.objects.values_list("pk", "role"))
    response = CALLS[call](client_of(team.users[actor]), team, actor)

    assert response.status_code == EXPECTED[call][INSIDERS.index(actor)], response.content
    if response.status_code == 403:
        assert problem_of(response)["code"] == "permission_denied"
        assert dict(Membership.objects.values_list("pk", "role")) == before


@pytest.mark.parametrize("call", IMPERSONAL)
def test_superuser__may_do_what_an_owner_may(team: Team, call: str) -> None:
    response = CALLS[call](client_of(team.users["superuser"]), team, "superuser")

    assert response.status_code == EXPECTED[call][INSIDERS.index("owner")]


@pytest.mark.parametrize("call", IMPERSONAL)
@pytest.mark.parametrize("actor", ["outsider", "removed"])
def test_outsider__gets_the_body_of_a_missing_organization(
    team: Team, actor: str, call: str
) -> None:
    client = client_of(team.users[actor])
    foreign = CALLS[call](client, team, actor)
    missing = client.get("/api/v1/orgs/no-such-organisation/")

    assert foreign.status_code == missing.status_code == 404
    assert problem_of(foreign) == problem_of(missing)


@pytest.mark.parametrize("call", IMPERSONAL)
@pytest.mark.parametrize("actor", ["anonymous", "inactive"])
def test_nobody__is_asked_to_authenticate(team: Team, actor: str, call: str) -> None:
    response = CALLS[call](client_of(team.users[actor]), team, actor)

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("actor", ["anonymous", "inactive"])
def test_nobody__at_the_list_of_organizations(team: Team, actor: str, method: str) -> None:
    response = getattr(client_of(team.users[actor]), method)("/api/v1/orgs/")

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("actor", ["viewer", "member"])
def test_body_of_the_powerless__is_not_looked_at(team: Team, actor: str) -> None:
    client = client_of(team.users[actor])

    assert client.patch(ACME, {"name": ""}).status_code == 403
    assert client.post(MEMBERS, {}).status_code == 403
    assert client.patch(member_url(team, "colleague"), {"role": "king"}).status_code == 403
