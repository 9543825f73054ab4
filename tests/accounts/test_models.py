"""Users: one per e-mail address, whatever its case."""

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.models import User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def test_create_user__stores_the_address_with_its_domain_in_lower_case() -> None:
    user = User.objects.create_user("Jane.Doe@EXAMPLE.com", PASSWORD, name="Jane")

    assert user.email == "Jane.Doe@example.com"
    assert user.check_password(PASSWORD)
    assert (user.is_active, user.is_staff, user.is_superuser) == (True, False, False)
    assert (str(user), user.get_full_name(), user.get_short_name()) == (
        "Jane.Doe@example.com",
        "Jane",
        "Jane",
    )


def test_create_user__without_a_password_cannot_log_in() -> None:
    assert not User.objects.create_user("jane@example.com").has_usable_password()


def test_create_user__without_an_address() -> None:
    with pytest.raises(ValueError, match="e-mail"):
        User.objects.create_user("")


def test_createsuperuser__as_the_command_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", interactive=False, email="root@example.com", verbosity=0)

    user = User.objects.get()
    assert (user.is_staff, user.is_superuser) == (True, True)
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize("email", ["jane@example.com", "JANE@example.com", "Jane@Example.COM"])
def test_email__taken_in_any_case(email: str) -> None:
    UserFactory.create(email="jane@example.com")

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(email)
    with pytest.raises(ValidationError):
        User(email=email, password="x").full_clean()


@pytest.mark.parametrize("email", ["jane@example.com", "JANE@EXAMPLE.COM"])
def test_natural_key__in_any_case(email: str) -> None:
    user = UserFactory.create(email="Jane@example.com")

    assert User.objects.get_by_natural_key(email) == user
    assert authenticate(username=email, password=PASSWORD) == user


@pytest.mark.parametrize("email", ["", None, "j%@example.com", "jane@example.co"])
def test_natural_key__of_nobody(email: str | None) -> None:
    UserFactory.create(email="jane@example.com")

    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key(email)
