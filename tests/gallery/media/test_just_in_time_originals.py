"""What a first request finds out about the original: that it is gone, or fine after all."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from gallery import ledger
from gallery.models import Image, MediaFile
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import uploaded
from tests.gallery.media.http import status_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def image(organization: Organization, upload: Upload, media_root: Path) -> Image:
    """Return an image whose renditions are lost."""
    image = uploaded(organization, upload())
    for file in MediaFile.objects.exclude(original=None):
        (media_root / file.key).unlink()
        file.delete()
    return image


def test_request__original_lost_from_the_storage__is_404(image: Image, media_root: Path) -> None:
    (media_root / image.original_key).unlink()

    assert status_of(Client().get(image.rendition("sm").url)) == 404


def test_request__after_failures__begins_to_count_anew(image: Image) -> None:
    for _ in range(ledger.MAX_ATTEMPTS - 1):
        ledger.fail_attempt(image.original_key, "over_budget", is_final=False)

    assert status_of(Client().get(image.rendition("sm").url)) == 200
    original = MediaFile.objects.get(key=image.original_key)
    assert (original.warming_attempts, original.warming_error) == (0, "")
