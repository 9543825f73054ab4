"""The user's own account."""

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from orgs.models import Role
from tests.accounts.clients import client_of, problem_of
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory

ME = "/api/v1/me/"

pytestmark = pytest.mark.django_db


def test_me__with_the_role_in_each_organization() -> None:
    user = UserFactory.create(email="jane@example.com", name="Jane")
    globex = OrganizationFactory.create(slug="globex", name="Globex")
    acme = OrganizationFactory.create(slug="acme", name="Acme")
    MembershipFactory.create(user=user, organization=globex, role=Role.VIEWER)
    MembershipFactory.create(user=user, organization=acme, role=Role.OWNER)
    MembershipFactory.create()

    assert client_of(user).get(ME).json() == {
        "id": user.pk,
        "email": "jane@example.com",
        "name": "Jane",
        "organizations": [
            {"slug": "acme", "name": "Acme", "role": "owner"},
            {"slug": "globex", "name": "Globex", "role": "viewer"},
        ],
    }


def test_me__of_a_superuser_without_memberships() -> None:
    OrganizationFactory.create()

    assert client_of(UserFactory.create(is_superuser=True)).get(ME).json()["organizations"] == []


@pytest.mark.parametrize("count", [0, 1, 20])
def test_me__costs_the_same_for_any_number_of_organizations(
    django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    user = UserFactory.create()
    MembershipFactory.create_batch(count, user=user)
    client = client_of(user)
    with django_assert_num_queries(2):  # the user, the memberships
        response = client.get(ME)

    assert len(response.json()["organizations"]) == count


@pytest.mark.parametrize("path", [ME, ME.rstrip("/")])
def test_me__without_credentials(path: str) -> None:
    response = APIClient().get(path)

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer ")
    assert problem_of(response)["code"] == "not_authenticated"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_me__cannot_be_written(method: str) -> None:
    response = getattr(client_of(UserFactory.create()), method)(ME, {"is_superuser": True})

    assert response.status_code == 405
    assert problem_of(response)["code"] == "method_not_allowed"
