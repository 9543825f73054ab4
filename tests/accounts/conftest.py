"""Somebody, and their client."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from tests.accounts.admin_pages import browser_of
from tests.factories import UserFactory
from tests.gallery.api.harness import CommittingClient


@pytest.fixture
def user() -> User:
    return UserFactory.create()


@pytest.fixture
def client(user: User) -> CommittingClient:
    client = CommittingClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def root(superuser: User) -> Client:
    return browser_of(superuser)


@pytest.fixture
def staff() -> User:
    """Return somebody with every permission on accounts, and no superuser."""
    user = UserFactory.create(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    return user
