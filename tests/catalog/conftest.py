"""Products to send requests about."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import File
from rest_framework.test import APIClient

from accounts.models import User
from catalog.models import Product
from gallery.models import PolymorphicImageRelation
from gallery.services import attachments
from orgs.models import Organization
from tests.catalog.requests import url_of
from tests.factories import ProductFactory
from tests.gallery.api.harness import CommittingClient, committed, watch_storage


@pytest.fixture
def product(organization: Organization) -> Product:
    """Return a product of `organization`."""
    return ProductFactory.create(organization=organization, name="Teapot", slug="teapot")


@pytest.fixture
def url(product: Product) -> str:
    """Return where the product answers."""
    return url_of(product)


@pytest.fixture
def client(member: User) -> CommittingClient:
    """Return a client of a member's."""
    client = CommittingClient()
    client.force_authenticate(member)
    return client


@pytest.fixture
def anybody() -> APIClient:
    """Return a client without credentials."""
    return APIClient()


@pytest.fixture
def storage_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list that every call of the storage is written to."""
    return watch_storage(monkeypatch)


@pytest.fixture
def attached(member: User) -> Any:
    """Return a function that uploads a picture to a product."""

    def attach(product: Product, file: File[Any], **values: Any) -> PolymorphicImageRelation:
        with committed():
            return attachments.upload_and_attach(obj=product, creator=member, upload=file, **values)

    return attach
