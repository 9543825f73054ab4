"""Listing, adding, changing and removing members over HTTP."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries

from orgs.models import Membership, Organization, Role
from tests.accounts.clients import client_of, field_codes_of, problem_of
from tests.factories import MembershipFactory, UserFactory
from tests.orgs.conftest import Team

MEMBERS = "/api/v1/orgs/acme/members/"

pytestmark = pytest.mark.django_db


def test_list__in_order_of_joining(team: Team) -> None:
    body = client_of(team.users["viewer"]).get(MEMBERS).json()
    first = team.membership("owner")

    assert body["count"] == 7
    assert body["results"][0] == {
        "id": first.pk,
        "user": {"id": first.user.pk, "email": "owner@example.com", "name": first.user.name},
        "role": "owner",
    }


@pytest.mark.parametrize("count", [1, 20])
def test_list__costs_the_same_for_any_number(
    django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    membership = MembershipFactory.create(organization__slug="acme")
    MembershipFactory.create_batch(count - 1, organization=membership.organization)
    client = client_of(membership.user)
    with django_assert_num_queries(4):  # the user, the organisation, the count, the page
        response = client.get(MEMBERS)

    assert len(response.json()["results"]) == count


def test_list__by_pages(team: Team) -> None:
    client = client_of(team.users["viewer"])
    body = client.get(MEMBERS, {"limit": 3, "offset": 3}).json()

    assert len(body["results"]) == 3
    assert body["next"] is not None


def test_add__by_email_in_any_case(team: Team) -> None:
    user = UserFactory.create(email="New.Person@example.com")
    body = {"email": "NEW.PERSON@EXAMPLE.COM", "role": "member"}
    response = client_of(team.users["admin"]).post(MEMBERS, body)

    assert response.status_code == 201
    membership = team.organization.memberships.get(user=user)
    assert response.json() == {
        "id": membership.pk,
        "user": {"id": user.pk, "email": "New.Person@example.com", "name": user.name},
        "role": "member",
    }


def test_add__somebody_who_is_a_member(team: Team) -> None:
    body = {"email": "viewer@example.com", "role": "admin"}
    response = client_of(team.users["admin"]).post(MEMBERS, body)

    assert response.status_code == 409
    assert problem_of(response)["code"] == "already_member"
    assert team.membership("viewer").role == "viewer"


def test_add__unknown_and_inactive_users_alike(team: Team) -> None:
    UserFactory.create(email="asleep@example.com", is_active=False)
    client = client_of(team.users["admin"])
    unknown = client.post(MEMBERS, {"email": "nobody@example.com", "role": "viewer"})
    inactive = client.post(MEMBERS, {"email": "asleep@example.com", "role": "viewer"})

    assert field_codes_of(unknown) == {"email": "unknown_user"}
    assert problem_of(unknown) == problem_of(inactive)


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({}, {"email": "required", "role": "required"}),
        ({"email": "nope", "role": "king"}, {"email": "invalid", "role": "invalid_choice"}),
        ({"email": "", "role": ""}, {"email": "blank", "role": "invalid_choice"}),
        ({"email": None, "role": None}, {"email": "null", "role": "null"}),
    ],
)
def test_add__refused(team: Team, body: dict[str, object], codes: dict[str, str]) -> None:
    assert field_codes_of(client_of(team.users["owner"]).post(MEMBERS, body)) == codes


def test_add__is_limited_by_user_when_a_rate_is_set(team: Team) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "members": "2/hour"}
    client = client_of(team.users["admin"])
    body = {"email": "nobody@example.com", "role": "viewer"}
    with override_settings(
        REST_FRAMEWORK={**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    ):
        codes = [client.post(MEMBERS, body).status_code for _ in range(3)]
        limited = client.post(MEMBERS, body)
        reading = client.get(MEMBERS)

    assert codes == [400, 400, 429]
    assert 0 < int(limited["Retry-After"]) <= timedelta(hours=1).total_seconds()
    assert reading.status_code == 200


def test_patch__gives_another_role(team: Team) -> None:
    membership = team.membership("viewer")
    url = f"{MEMBERS}{membership.pk}/"
    changes = {"role": "member", "id": 7, "user": {"id": 1}, "organization": "globex"}
    response = client_of(team.users["admin"]).patch(url, changes)

    assert response.json()["role"] == "member"
    assert response.json()["user"]["email"] == "viewer@example.com"
    membership.refresh_from_db()
    assert membership.organization == team.organization
    assert membership.role == "member"


def test_patch__with_nothing_changes_nothing(team: Team) -> None:
    membership = team.membership("viewer")
    response = client_of(team.users["admin"]).patch(f"{MEMBERS}{membership.pk}/", {})

    assert response.status_code == 200
    assert response.json()["role"] == "viewer"


def test_patch__an_admin_may_step_down_and_not_up_again(team: Team) -> None:
    url = f"{MEMBERS}{team.membership('admin').pk}/"
    client = client_of(team.users["admin"])

    assert client.patch(url, {"role": "member"}).status_code == 200
    assert client.patch(url, {"role": "admin"}).status_code == 403


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_member__of_another_organization_is_missing(team: Team, method: str) -> None:
    foreign = Membership.objects.get(organization__slug="globex")
    call = getattr(client_of(team.users["owner"]), method)
    body = {"role": "viewer"}
    responses = [call(f"{MEMBERS}{number}/", body) for number in (foreign.pk, 10**9, 2**63, 10**60)]

    assert [response.status_code for response in responses] == [404] * 4
    assert all(problem_of(response) == problem_of(responses[0]) for response in responses)
    foreign.refresh_from_db()
    assert foreign.role == "owner"


def test_removed_member__loses_sight_at_once(team: Team) -> None:
    viewer = client_of(team.users["viewer"])
    url = f"{MEMBERS}{team.membership('viewer').pk}/"

    assert viewer.get(MEMBERS).status_code == 200
    assert client_of(team.users["admin"]).delete(url).status_code == 204
    assert viewer.get(MEMBERS).status_code == 404
    assert Organization.objects.visible_to(team.users["viewer"]).count() == 0  # type: ignore[arg-type]


def test_role__is_ranked_by_the_own_organization_only(team: Team) -> None:
    MembershipFactory.create(
        organization__slug="initech", user=team.users["viewer"], role=Role.OWNER
    )
    response = client_of(team.users["viewer"]).patch("/api/v1/orgs/acme/", {"name": "Mine"})

    assert response.status_code == 403
