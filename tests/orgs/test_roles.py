"""Every role at every endpoint: this table is the documentation of who may do what."""

from typing import Any

import pytest

from orgs.models import Membership
from tests.accounts.clients import client_of, problem_of
from tests.factories import UserFactory
from tests.orgs.conftest import Team

ACME = "/api/v1/orgs/acme/"
MEMBERS = f"{ACME}members/"

# What is done: the method, where (a word in braces is the membership of that person), the body.
CALLS: dict[str, tuple[str, str, dict[str, str]]] = {
    "read": ("get", ACME, {}),
    "rename": ("patch", ACME, {"name": "New"}),
    "list members": ("get", MEMBERS, {}),
    "add a viewer": ("post", MEMBERS, {"email": "new@example.com", "role": "viewer"}),
    "add an admin": ("post", MEMBERS, {"email": "new@example.com", "role": "admin"}),
    "add an owner": ("post", MEMBERS, {"email": "new@example.com", "role": "owner"}),
    "make an admin": ("patch", MEMBERS + "{colleague}/", {"role": "admin"}),
    "make an owner": ("patch", MEMBERS + "{colleague}/", {"role": "owner"}),
    "demote an owner": ("patch", MEMBERS + "{other_owner}/", {"role": "member"}),
    "remove a viewer": ("delete", MEMBERS + "{colleague}/", {}),
    "remove an owner": ("delete", MEMBERS + "{other_owner}/", {}),
    "raise themself": ("patch", MEMBERS + "{actor}/", {"role": "owner"}),
    "leave": ("delete", MEMBERS + "{actor}/", {}),
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


def carry_out(call: str, team: Team, actor: str) -> Any:
    """Send the request as the actor."""
    method, url, body = CALLS[call]
    UserFactory.create(email="new@example.com")
    places: dict[str, int] = {}
    for membership in team.organization.memberships.select_related("user"):
        who = membership.user.email.partition("@")[0]
        places |= {who: membership.pk} | ({"actor": membership.pk} if who == actor else {})
    return getattr(client_of(team.users[actor]), method)(url.format(**places), body)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("actor", INSIDERS)
def test_role__at_each_endpoint(team: Team, actor: str, call: str) -> None:
    before = dict(Membership.objects.values_list("pk", "role"))
    response = carry_out(call, team, actor)

    assert response.status_code == EXPECTED[call][INSIDERS.index(actor)], response.content
    if response.status_code == 403:
        assert problem_of(response)["code"] == "permission_denied"
        assert dict(Membership.objects.values_list("pk", "role")) == before


@pytest.mark.parametrize("call", IMPERSONAL)
def test_superuser__may_do_what_an_owner_may(team: Team, call: str) -> None:
    response = carry_out(call, team, "superuser")

    assert response.status_code == EXPECTED[call][INSIDERS.index("owner")]


@pytest.mark.parametrize("call", IMPERSONAL)
@pytest.mark.parametrize("actor", ["outsider", "removed"])
def test_outsider__gets_the_body_of_a_missing_organization(
    team: Team, actor: str, call: str
) -> None:
    foreign = carry_out(call, team, actor)
    missing = client_of(team.users[actor]).get("/api/v1/orgs/no-such-organisation/")

    assert foreign.status_code == missing.status_code == 404
    assert problem_of(foreign) == problem_of(missing)


@pytest.mark.parametrize("call", IMPERSONAL)
@pytest.mark.parametrize("actor", ["anonymous", "inactive"])
def test_nobody__is_asked_to_authenticate(team: Team, actor: str, call: str) -> None:
    response = carry_out(call, team, actor)

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
    url = f"{MEMBERS}{team.membership('colleague').pk}/"
    assert client.patch(url, {"role": "king"}).status_code == 403
