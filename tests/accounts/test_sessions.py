"""Logging in with a form, and what a session may do in the API."""

import pytest
from django.test import Client

from orgs.models import Role
from tests.accounts.clients import problem_of
from tests.factories import PASSWORD, MembershipFactory, UserFactory

LOGIN = "/login/login/"
ORG = "/api/v1/orgs/acme/"

pytestmark = pytest.mark.django_db


def log_in(client: Client, email: str, password: str = PASSWORD) -> int:
    """Send the log-in form with its CSRF token and return the status."""
    assert client.get(LOGIN).status_code == 200
    token = client.cookies["csrftoken"].value
    form = {"username": email, "password": password, "csrfmiddlewaretoken": token}
    return client.post(LOGIN, form).status_code


def test_session__needs_the_csrf_token_to_write() -> None:
    owner = MembershipFactory.create(organization__slug="acme", role=Role.OWNER).user
    client = Client(enforce_csrf_checks=True)

    assert log_in(client, owner.email.upper()) == 302
    assert client.get(ORG).json()["role"] == "owner"
    forged = client.patch(ORG, {"name": "Forged"}, content_type="application/json")
    assert forged.status_code == 403
    assert problem_of(forged)["code"] == "permission_denied"
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    honest = client.patch(ORG, {"name": "New"}, content_type="application/json", headers=headers)
    assert honest.json()["name"] == "New"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_session__cannot_be_used_by_a_form_of_another_site(content_type: str) -> None:
    owner = MembershipFactory.create(organization__slug="acme", role=Role.OWNER).user
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    forms = [("/api/v1/orgs/", "name=Forged"), (f"{ORG}members/", "email=a@b.c&role=owner")]

    for url, form in forms:
        assert client.post(url, form, content_type=content_type).status_code == 403


@pytest.mark.parametrize("password", ["wrong", "", "\x00"])
def test_log_in__with_a_wrong_password(password: str) -> None:
    user = UserFactory.create()

    assert log_in(Client(enforce_csrf_checks=True), user.email, password) == 200  # the form again


def test_log_in__of_an_inactive_user() -> None:
    assert (
        log_in(Client(enforce_csrf_checks=True), UserFactory.create(is_active=False).email) == 200
    )


def test_session__of_a_user_who_was_deactivated() -> None:
    user = UserFactory.create()
    client = Client()
    client.force_login(user)
    user.is_active = False
    user.save()

    assert client.get("/api/v1/me/").status_code == 401
