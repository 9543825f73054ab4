"""Listing, creating, reading and renaming organisations over HTTP."""

import pytest
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries

from orgs.models import Membership, Organization, Role
from tests.accounts.clients import client_of, field_codes_of
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory

ORGS = "/api/v1/orgs/"

pytestmark = pytest.mark.django_db


def test_create__makes_the_creator_the_owner() -> None:
    user = UserFactory.create()
    response = client_of(user).post(ORGS, {"name": "Acme Ltd."})

    assert response.status_code == 201
    body = response.json()
    assert list(body) == ["id", "slug", "name", "role", "created_at"]
    assert (body["slug"], body["name"], body["role"]) == ("acme-ltd", "Acme Ltd.", "owner")
    assert body["created_at"].endswith("Z")
    membership = Membership.objects.get()
    assert (membership.user, membership.role) == (user, "owner")
    assert membership.organization_id == body["id"]


def test_create__with_a_slug() -> None:
    response = client_of(UserFactory.create()).post(ORGS, {"name": "東京", "slug": "tokyo_1"})

    assert response.status_code == 201
    assert response.json()["slug"] == "tokyo_1"


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"name": "Acme"}, {"slug": "unique"}),
        ({"name": "Other", "slug": "acme"}, {"slug": "unique"}),
        ({"name": "東京"}, {"slug": "required"}),
        ({"name": "Other", "slug": "Other"}, {"slug": "invalid"}),
        ({"name": "Other", "slug": "-other"}, {"slug": "invalid"}),
        ({"name": "Other", "slug": "oth\ner"}, {"slug": "invalid"}),
        ({"name": "Other", "slug": ""}, {"slug": "blank"}),
        ({"name": "Other", "slug": None}, {"slug": "null"}),
        ({"name": "Other", "slug": "a" * 65}, {"slug": "max_length"}),
        ({"name": "a" * 151}, {"name": "max_length"}),
        ({"name": "  "}, {"name": "blank"}),
        ({}, {"name": "required"}),
    ],
)
def test_create__refused(body: dict[str, object], codes: dict[str, str]) -> None:
    OrganizationFactory.create(slug="acme")
    response = client_of(UserFactory.create()).post(ORGS, body)

    assert field_codes_of(response) == codes
    assert Organization.objects.count() == 1


def test_create__with_a_long_name_cuts_the_slug() -> None:
    response = client_of(UserFactory.create()).post(ORGS, {"name": "a" * 63 + " bcd"})

    assert response.json()["slug"] == "a" * 63


def test_create__ignores_what_is_not_the_clients_to_say() -> None:
    body = {"name": "Acme", "id": 77, "role": "viewer", "created_at": "2000-01-01T00:00:00Z"}
    answer = client_of(UserFactory.create()).post(ORGS, body).json()

    assert answer["id"] != 77
    assert answer["role"] == "owner"
    assert not answer["created_at"].startswith("2000")


def test_list__shows_own_organizations_with_role() -> None:
    membership = MembershipFactory.create(organization__slug="b", role=Role.VIEWER)
    MembershipFactory.create(organization__slug="a", user=membership.user, role=Role.ADMIN)
    MembershipFactory.create(organization__slug="c")
    body = client_of(membership.user).get(ORGS).json()

    assert body["count"] == 2
    assert [(row["slug"], row["role"]) for row in body["results"]] == [
        ("a", "admin"),
        ("b", "viewer"),
    ]


def test_list__for_a_superuser_shows_all_with_null_for_no_role() -> None:
    OrganizationFactory.create(slug="a")
    body = client_of(UserFactory.create(is_superuser=True)).get(ORGS).json()

    assert [(row["slug"], row["role"]) for row in body["results"]] == [("a", None)]


@pytest.mark.parametrize("count", [1, 20])
def test_list__costs_the_same_for_any_number(
    django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    user = UserFactory.create()
    MembershipFactory.create_batch(count, user=user)
    client = client_of(user)
    with django_assert_num_queries(3):  # the user, the count, the page
        response = client.get(ORGS)

    assert len(response.json()["results"]) == count


def test_detail__costs_one_query_and_the_user(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    membership = MembershipFactory.create(organization__slug="acme", role=Role.MEMBER)
    client = client_of(membership.user)
    with django_assert_num_queries(2):
        response = client.get(f"{ORGS}acme/")

    assert response.json()["role"] == "member"


def test_patch__renames_and_leaves_everything_else() -> None:
    membership = MembershipFactory.create(organization__slug="acme", role=Role.ADMIN)
    client = client_of(membership.user)
    before = client.get(f"{ORGS}acme/").json()
    changes = {"name": "New", "slug": "new", "id": 9, "role": "owner", "created_at": None}
    response = client.patch(f"{ORGS}acme/", changes)

    assert response.status_code == 200
    assert response.json() == {**before, "name": "New"}
    assert client.get(f"{ORGS}acme/").json() == {**before, "name": "New"}


def test_patch__with_nothing_changes_nothing() -> None:
    membership = MembershipFactory.create(organization__slug="acme", role=Role.ADMIN)
    client = client_of(membership.user)
    before = client.get(f"{ORGS}acme/").json()

    assert client.patch(f"{ORGS}acme/", {}).json() == before


@pytest.mark.parametrize("method", ["put", "delete", "post"])
def test_detail__other_methods(method: str) -> None:
    membership = MembershipFactory.create(organization__slug="acme", role=Role.OWNER)
    response = getattr(client_of(membership.user), method)(f"{ORGS}acme/", {})

    assert response.status_code == 405


def test_migrations__say_what_the_models_say() -> None:
    call_command("makemigrations", "orgs", "accounts", check=True, dry_run=True, verbosity=0)
