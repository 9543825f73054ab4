"""Stored files to ask the media proxy for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.http import http_date

from accounts.models import User
from gallery.models import Image, MediaFile
from gallery.services.uploads import upload_image
from gallery.storage import media_storage
from orgs.models import Organization
from tests.conftest import Upload


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored file, its URL and its bytes."""

    file: MediaFile
    content: bytes

    @property
    def url(self) -> str:
        return media_storage().url(self.file.key)

    @property
    def etag(self) -> str:
        return f'"{self.file.sha256}"'

    @property
    def modified(self) -> str:
        return http_date(int(self.file.created_at.timestamp()))


@pytest.fixture
def image(
    organization: Organization,
    member: User,
    upload: Upload,
    django_capture_on_commit_callbacks: Any,
) -> Image:
    """Return a warmed public image."""
    with django_capture_on_commit_callbacks(execute=True):
        return upload_image(organization=organization, creator=member, upload=upload())


@pytest.fixture
def original(image: Image, media_root: Path) -> Stored:
    """Return what was uploaded."""
    file = MediaFile.objects.get(key=image.original_key)
    return Stored(file, (media_root / file.key).read_bytes())


@pytest.fixture
def thumb(image: Image, media_root: Path) -> Stored:
    """Return what was made of it."""
    file = MediaFile.objects.get(original__key=image.original_key, rendition="thumb")
    return Stored(file, (media_root / file.key).read_bytes())


@pytest.fixture
def large(original: Stored, media_root: Path) -> Stored:
    """Return a file that is too large to be sent at once."""
    content = bytes(range(256)) * 4000
    (media_root / original.file.key).write_bytes(content)
    MediaFile.objects.filter(pk=original.file.pk).update(size=len(content))
    return Stored(original.file, content)


@pytest.fixture
def visitor() -> Client:
    """Return somebody without credentials, held to CSRF as in production."""
    return Client(enforce_csrf_checks=True)
