"""Albums, images that are made in no time, and an eye on what waits in vain."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from gallery.models import Image
from orgs.models import Organization
from tests.conftest import Upload
from tests.factories import OrganizationFactory
from tests.gallery.api.harness import copies_of, library_of
from tests.gallery.heart import uploaded
from tests.gallery.services.crowd import AddImages, deadlocks
from tests.gallery.services.shelves import Library
from tests.testapp.models import Album


@pytest.fixture
def no_deadlock(transactional_db: None, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Show that PostgreSQL had to end no wait, and that nothing failed after a commit."""
    before = deadlocks()
    yield
    assert deadlocks() == before
    assert [
        record for record in caplog.get_records("call") if record.levelno >= logging.ERROR
    ] == []


@pytest.fixture
def album(organization: Organization) -> Album:
    return Album.objects.create(organization=organization)


@pytest.fixture
def other(organization: Organization) -> Album:
    return Album.objects.create(organization=organization)


@pytest.fixture
def images(organization: Organization) -> list[Image]:
    """Return a library of five."""
    return library_of(organization, 5)


@pytest.fixture
def ids(images: list[Image]) -> list[int]:
    return [image.pk for image in images]


@pytest.fixture
def foreign(images: list[Image]) -> Image:
    """Return an image of another organisation."""
    [image] = copies_of(images[-1], 1, organization=OrganizationFactory.create())
    Image.objects.bulk_create([image])
    return image


@pytest.fixture
def add_images(organization: Organization, upload: Upload, media_root: Path) -> AddImages:
    """Return a function that makes so many images."""
    library = Library(uploaded(organization, upload("a.png", (8, 6))), media_root)
    return partial(library.add, organization=organization)
