"""What every test stands on: a media folder of its own, clients, and pictures drawn on the spot."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as PillowImage
from rest_framework.test import APIClient

from accounts.models import User
from orgs.models import Membership, Organization, Role
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory

Upload = Callable[..., SimpleUploadedFile]


@pytest.fixture(autouse=True)
def media_root(settings: Any, tmp_path: Path) -> Path:
    """Give the test a media folder of its own and an empty cache."""
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()
    return tmp_path / "media"


@pytest.fixture
def upload() -> Upload:
    """Return a function that draws a picture of four colours and wraps it as an upload.

    Red top left, green top right, blue bottom left, white bottom right.
    """

    def draw(
        name: str = "picture.jpg", size: tuple[int, int] = (400, 300), **options: Any
    ) -> SimpleUploadedFile:
        width, height = size
        picture = PillowImage.new("RGB", size, "red")
        picture.paste("lime", (width // 2, 0, width, height // 2))
        picture.paste("blue", (0, height // 2, width // 2, height))
        picture.paste("white", (width // 2, height // 2, width, height))
        buffer = BytesIO()
        image_format = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "avif": "AVIF"}
        picture.save(buffer, image_format[name.rsplit(".", 1)[-1].lower()], **options)
        return SimpleUploadedFile(name, buffer.getvalue())

    return draw


@pytest.fixture
def organization(db: None) -> Organization:
    """Return the organisation most tests happen in."""
    return OrganizationFactory.create(slug="acme", name="Acme")


@pytest.fixture
def member(organization: Organization) -> User:
    """Return a user who may write in `organization`."""
    return MembershipFactory.create(organization=organization, role=Role.MEMBER).user


@pytest.fixture
def owner(organization: Organization) -> User:
    """Return a user who owns `organization`."""
    return MembershipFactory.create(organization=organization, role=Role.OWNER).user


@pytest.fixture
def viewer(organization: Organization) -> User:
    """Return a user who may only read in `organization`."""
    return MembershipFactory.create(organization=organization, role=Role.VIEWER).user


@pytest.fixture
def outsider(db: None) -> User:
    """Return the owner of another organisation."""
    membership: Membership = MembershipFactory.create(role=Role.OWNER)
    return membership.user


@pytest.fixture
def superuser(db: None) -> User:
    """Return a user above all organisations."""
    return UserFactory.create(is_staff=True, is_superuser=True)


@pytest.fixture
def as_user() -> Callable[[User], APIClient]:
    """Return a function that makes a client logged in as a user."""

    def client_for(user: User) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client

    return client_for


@pytest.fixture
def member_client(as_user: Callable[[User], APIClient], member: User) -> APIClient:
    """Return a client logged in as a member of `organization`."""
    return as_user(member)
