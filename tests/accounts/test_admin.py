"""The admin of users: e-mail addresses, and no way up for staff."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from tests.factories import PASSWORD, UserFactory

URL = "/admin/accounts/user/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser_client() -> Client:
    client = Client()
    client.force_login(UserFactory.create(is_superuser=True, is_staff=True))
    return client


@pytest.fixture
def staff_client() -> Client:
    user = UserFactory.create(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client = Client()
    client.force_login(user)
    return client


def new_user(email: str) -> dict[str, Any]:
    return {
        "email": email,
        "name": "Jane",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }


def test_superuser__adds_a_user_who_can_log_in(superuser_client: Client) -> None:
    assert superuser_client.get(f"{URL}add/").status_code == 200
    response = superuser_client.post(f"{URL}add/", new_user("Jane@EXAMPLE.com"))
    user = User.objects.get_by_natural_key("jane@example.com")

    assert response.status_code == 302
    assert user.email == "Jane@example.com"
    assert user.check_password(PASSWORD)
    assert superuser_client.get(f"{URL}{user.pk}/change/").status_code == 200
    assert "Jane@example.com" in superuser_client.get(URL, {"q": "jane"}).content.decode()


@pytest.mark.parametrize("email", ["jane@example.com", "JANE@example.com"])
def test_email__taken_in_any_case_is_a_form_error(superuser_client: Client, email: str) -> None:
    UserFactory.create(email="jane@example.com")
    response = superuser_client.post(f"{URL}add/", new_user(email))

    assert response.status_code == 200
    assert "already exists" in response.content.decode()


def test_superuser__gives_rights(superuser_client: Client) -> None:
    user = UserFactory.create()
    form = {
        "email": user.email,
        "name": "New",
        "is_active": "on",
        "is_staff": "on",
        "reference_images-TOTAL_FORMS": 0,
        "reference_images-INITIAL_FORMS": 0,
    }
    response = superuser_client.post(f"{URL}{user.pk}/change/", form)
    user.refresh_from_db()

    assert response.status_code == 302
    assert (user.name, user.is_staff) == ("New", True)


def test_staff__cannot_give_rights(staff_client: Client) -> None:
    user = UserFactory.create()
    form = {
        "email": user.email,
        "name": "New",
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
        "user_permissions": [Permission.objects.values_list("pk", flat=True)[0]],
    }
    response = staff_client.post(f"{URL}{user.pk}/change/", form)
    user.refresh_from_db()

    assert response.status_code == 302
    assert user.name == "New"
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert not user.user_permissions.exists()


def test_staff__cannot_take_over_a_superuser(staff_client: Client) -> None:
    root = UserFactory.create(is_superuser=True)
    old_password = root.password
    form = {"email": root.email, "name": "Mine"}
    passwords = {"password1": "mine, all mine", "password2": "mine, all mine"}

    assert staff_client.post(f"{URL}{root.pk}/change/", form).status_code == 403
    assert staff_client.post(f"{URL}{root.pk}/password/", passwords).status_code == 403
    assert staff_client.post(f"{URL}{root.pk}/delete/", {"post": "yes"}).status_code == 403
    root.refresh_from_db()
    assert root.name != "Mine"
    assert root.password == old_password


def test_staff__cannot_delete_a_superuser_by_action(staff_client: Client) -> None:
    root = UserFactory.create(is_superuser=True)
    action = {"action": "delete_selected", "_selected_action": [root.pk], "post": "yes"}
    staff_client.post(URL, action)

    assert User.objects.filter(pk=root.pk).exists()
