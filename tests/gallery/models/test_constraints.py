"""What the database refuses, whoever writes."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from gallery.models import Image, MediaFile, PolymorphicImageRelation
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import uploaded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def image(organization: Organization, upload: Upload) -> Image:
    return uploaded(organization, upload())


def refused(sql: str, *values: Any) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    "change",
    [
        *("width = 0", "height = 0", "file_size = 0", "width = -1", "file = ''", "ppoi = '2x2'"),
        *("visibility = 'secret'", "status = 'done'", "organization_id = 0", "width = NULL"),
    ],
)
@pytest.mark.usefixtures("image")
def test_image__impossible_value__is_refused(change: str) -> None:
    assert refused(f"UPDATE gallery_image SET {change}")  # noqa: S608  (ours)


@pytest.mark.usefixtures("image")
def test_image__file_of_another_image__is_refused(
    organization: Organization, upload: Upload
) -> None:
    other = uploaded(organization, upload())

    assert refused("UPDATE gallery_image SET file = %s", other.original_key)


@pytest.mark.parametrize(
    "change",
    [
        *("state = 'gone'", "visibility = 'secret'", "width = 0", "height = 0", "size = 0"),
        *("state = 'stale'", "state = 'pending'", "delete_after = CURRENT_TIMESTAMP"),
        *("rendition = 'thumb' WHERE original_id IS NULL", "original_id = -1"),
        *("rendition = '' WHERE original_id IS NOT NULL", "original_id = NULL"),
    ],
)
@pytest.mark.usefixtures("image")
def test_media_file__impossible_value__is_refused(change: str) -> None:
    assert refused(f"UPDATE gallery_mediafile SET {change}")  # noqa: S608  (ours)


@pytest.mark.usefixtures("image")
def test_media_file__one_key_twice__is_refused() -> None:
    assert refused("UPDATE gallery_mediafile SET key = 'same'")


def test_media_file__original_with_renditions__cannot_be_deleted(image: Image) -> None:
    assert refused("DELETE FROM gallery_mediafile WHERE key = %s", image.original_key)
    assert MediaFile.objects.count() == 5


def attach(image: Image, number: int, **values: Any) -> PolymorphicImageRelation:
    return PolymorphicImageRelation.objects.create(
        organization=image.organization,
        image=image,
        content_type=ContentType.objects.get_for_model(Organization),
        object_id="1",
        order=number,
        **values,
    )


def test_relation__same_image_twice_in_one_gallery__is_refused(image: Image) -> None:
    attach(image, 0)
    with pytest.raises(IntegrityError):
        attach(image, 1)


def test_relation__second_cover__is_refused(
    image: Image, organization: Organization, upload: Upload
) -> None:
    attach(image, 0, is_cover=True)
    with pytest.raises(IntegrityError):
        attach(uploaded(organization, upload()), 1, is_cover=True)


@pytest.mark.parametrize("change", ["object_id = ''", "ppoi = '2x2'", '"order" = -1'])
def test_relation__impossible_value__is_refused(image: Image, change: str) -> None:
    attach(image, 0)
    assert refused(f"UPDATE gallery_polymorphicimagerelation SET {change}")  # noqa: S608  (ours)


def test_relation__one_place_twice__is_refused_at_commit_where_databases_can(
    image: Image, organization: Organization, upload: Upload
) -> None:
    other = uploaded(organization, upload())
    attach(image, 0)
    if not connection.features.supports_deferrable_unique_constraints:
        # SQLite cannot say it: there the gallery's lock alone keeps the order.
        assert attach(other, 0).order == 0
        return
    with pytest.raises(IntegrityError, match="relation_one_place"), transaction.atomic():
        attach(other, 0)


def test_relation__its_content_type__cannot_be_deleted_from_under_it(image: Image) -> None:
    relation = attach(image, 0)
    with pytest.raises(ProtectedError):
        relation.content_type.delete()


def test_relation__own_point_and_words__win_over_the_images(image: Image) -> None:
    image.title, image.alt_text, image.description = "title", "alt", "words"
    image.save()
    relation = attach(image, 0)
    assert (relation.title, relation.alt_text, relation.description) == ("title", "alt", "words")
    assert str(relation.focal_point) == "50x50"

    relation.custom_title, relation.custom_alt_text, relation.ppoi = "here", "this", (0.1, 0.2)
    relation.save()
    relation.refresh_from_db()
    assert (relation.title, relation.alt_text, relation.description) == ("here", "this", "words")
    assert str(relation.focal_point) == "10x20"
    assert image.focal_points_in_use() == {image.focal_point, relation.focal_point}
