"""Whoever warms while they go through a queryset row by row keeps their cursor."""

from __future__ import annotations

from pathlib import Path

import pytest

from gallery.models import Image, MediaFile
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import uploaded

pytestmark = pytest.mark.django_db(transaction=True)


def test_create_image_sizes__while_iterating__goes_on_to_the_last(
    organization: Organization, upload: Upload, media_root: Path
) -> None:
    for _ in range(4):
        uploaded(organization, upload())
    for file in MediaFile.objects.exclude(original=None):
        (media_root / file.key).unlink()
        file.delete()

    made = [image.create_image_sizes() for image in Image.objects.iterator(chunk_size=1)]

    assert made == [4, 4, 4, 4]
