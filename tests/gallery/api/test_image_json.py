"""An image is written down in one place for speed; its fields describe the very same."""

from __future__ import annotations

import pytest

from gallery.api.serializers.images import ImageSerializer
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import uploaded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("status", ["ready", "failed"])
def test_image__is_written_as_its_fields_say(
    organization: Organization, upload: Upload, status: str
) -> None:
    uploaded(organization, upload(), title="<b>", focal_point=FocalPoint(7, 93))
    if status == "failed":
        Image.objects.update(status="failed", error="corrupt")
    image = Image.objects.with_renditions().get()
    serializer = ImageSerializer(image)

    by_fields = super(ImageSerializer, serializer).to_representation(image)

    written = dict(serializer.data)
    if status == "ready":
        assert by_fields.pop("error") == ""
    assert list(written) == list(by_fields)
    assert written == by_fields
