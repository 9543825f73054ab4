"""Staff of one organisation, and images of two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from gallery.models import Image
from gallery.services.uploads import upload_image
from orgs.models import Organization, Role
from tests.conftest import Upload
from tests.factories import MembershipFactory, OrganizationFactory

AddImage = Callable[..., Image]


@pytest.fixture
def root(superuser: User) -> Client:
    """Return the superuser's browser."""
    client = Client()
    client.force_login(superuser)
    return client


@pytest.fixture
def globex(db: None) -> Organization:
    """Return an organisation that staff of acme should not hear of."""
    return OrganizationFactory.create(slug="globex", name="Globex")


@pytest.fixture
def staff(organization: Organization) -> Callable[[Role], Client]:
    """Return a function that logs in staff of acme, with every permission on images."""

    def browser(role: Role) -> Client:
        user = MembershipFactory.create(organization=organization, role=role).user
        user.is_staff = True
        user.save()
        of_images = Permission.objects.filter(content_type__app_label="gallery")
        user.user_permissions.set(of_images)
        client = Client()
        client.force_login(user)
        return client

    return browser


@pytest.fixture
def add_image(
    organization: Organization, upload: Upload, django_capture_on_commit_callbacks: Any
) -> AddImage:
    """Return a function that stores and warms a small picture."""

    def add(name: str = "picture.jpg", size: tuple[int, int] = (40, 30), **values: Any) -> Image:
        values = {"organization": organization, "creator": None, **values}
        with django_capture_on_commit_callbacks(execute=True):
            return upload_image(upload=upload(name, size), **values)

    return add
