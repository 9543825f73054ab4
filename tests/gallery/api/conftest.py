"""An organisation's library to send requests to."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from gallery.models import Image
from gallery.services.uploads import upload_image
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.api.harness import AddImage, CommittingClient, library_of, watch_storage
from tests.testapp.models import Album

LIBRARY = "/api/v1/images/orgs/acme"


@pytest.fixture
def images_url(organization: Organization) -> str:
    """Return where the images of `organization` are."""
    return f"{LIBRARY}/images/"


@pytest.fixture
def bulk_url(organization: Organization) -> str:
    """Return where `organization` takes several images at once."""
    return f"{LIBRARY}/bulk-upload/"


@pytest.fixture
def add_image(
    organization: Organization,
    member: User,
    upload: Upload,
    django_capture_on_commit_callbacks: Any,
) -> AddImage:
    """Return a function that stores and warms a small picture of the member's."""

    def add(name: str = "picture.jpg", size: tuple[int, int] = (40, 30), **values: Any) -> Image:
        values = {"organization": organization, "creator": member, **values}
        with django_capture_on_commit_callbacks(execute=True):
            image = upload_image(upload=upload(name, size), **values)
        image.refresh_from_db()
        return image

    return add


@pytest.fixture
def image(add_image: AddImage) -> Image:
    """Return one image of the member's."""
    return add_image()


@pytest.fixture
def committing_client(member: User) -> CommittingClient:
    """Return a client of the member's for tests whose transaction never ends."""
    client = CommittingClient()
    client.force_authenticate(member)
    return client


@pytest.fixture
def album(organization: Organization) -> Album:
    """Return an album of `organization`."""
    return Album.objects.create(organization=organization)


@pytest.fixture
def album_url(album: Album) -> str:
    """Return where the gallery of the album is."""
    return f"{LIBRARY}/images/testapp/album/{album.pk}/"


@pytest.fixture
def library(organization: Organization, member: User) -> list[Image]:
    """Return four images of the member's, without files."""
    return library_of(organization, 4, creator=member)


@pytest.fixture
def ids(library: list[Image]) -> list[int]:
    """Return the ids of the library."""
    return [image.pk for image in library]


@pytest.fixture
def storage_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list that every call of the storage is written to."""
    return watch_storage(monkeypatch)
