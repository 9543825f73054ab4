"""However an image or a relation is deleted, or a file replaced: every gallery is whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile, PolymorphicImageRelation
from gallery.services import attachments
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.api.harness import (
    committed,
    crop_here,
    laid_out,
    library_of,
    relation_of,
    status_of,
    stored_files,
    warmed,
)
from tests.gallery.heart import keys
from tests.testapp.models import Album, Page

pytestmark = pytest.mark.django_db

POINT = FocalPoint(30, 70)


@pytest.fixture
def album(organization: Organization) -> Album:
    return Album.objects.create(organization=organization)


@pytest.fixture
def other(organization: Organization) -> Album:
    return Album.objects.create(organization=organization)


@pytest.fixture
def images(organization: Organization) -> list[Image]:
    return library_of(organization, 4)


@pytest.fixture
def image(organization: Organization, upload: Upload) -> Image:
    return warmed(organization, upload(size=(40, 30)))


def crop_on_point(obj: Any, image: Image) -> str:
    """Attach `image` to `obj`, crop it on `POINT` there, and return the key of that crop."""
    crop_here(obj, image, POINT)
    [key] = keys(key__endswith="_thumb-30x70.webp", state="live")
    return key


# --- the image --------------------------------------------------------------------------------

DELETE_FIRST_AND_THIRD: dict[str, Callable[[list[Image]], object]] = {
    "instances": lambda images: [images[0].delete(), images[2].delete()],
    "queryset": lambda images: Image.objects.filter(pk__in=[images[0].pk, images[2].pk]).delete(),
    "sorted queryset": lambda images: (
        Image.objects.filter(pk__in=[images[2].pk, images[0].pk]).order_by("-title").delete()
    ),
    "of the organisation": lambda images: (
        images[0].organization.images.exclude(pk__in=[images[1].pk, images[3].pk]).delete()
    ),
    "by the galleries": lambda images: Image.objects.filter(
        relations__object_id="marked", relations__image__in=[images[0], images[2]]
    ).delete(),
}


@pytest.mark.parametrize("how", DELETE_FIRST_AND_THIRD)
def test_image__deleted__mends_every_gallery_it_was_in(
    album: Album, other: Album, images: list[Image], how: str
) -> None:
    first, second, third, fourth = [image.pk for image in images]
    marked = Page.objects.create(slug="marked", album=album)
    attachments.bulk_attach(obj=album, image_ids=[first, second, third, fourth])
    attachments.bulk_attach(obj=other, image_ids=[third, fourth, first, second])
    attachments.set_cover(obj=other, image_id=second)
    attachments.bulk_attach(obj=marked, image_ids=[first, third])

    with committed():
        DELETE_FIRST_AND_THIRD[how](images)

    assert laid_out(album) == ([second, fourth], second)
    assert laid_out(other) == ([fourth, second], second)
    assert laid_out(marked) == ([], None)
    assert set(Image.objects.values_list("pk", flat=True)) == {second, fourth}


def test_image__deleted__says_what_went_as_django_does(album: Album, image: Image) -> None:
    attachments.attach(obj=album, image=image)

    assert Image.objects.filter(pk=image.pk).delete() == (
        2,
        {"gallery.PolymorphicImageRelation": 1, "gallery.Image": 1},
    )


def test_image__deleted_where_there_was_no_cover__leaves_none(
    album: Album, images: list[Image]
) -> None:
    ids = [image.pk for image in images]
    attachments.bulk_attach(obj=album, image_ids=ids)
    attachments.unset_cover(obj=album)

    images[1].delete()

    assert laid_out(album) == ([ids[0], ids[2], ids[3]], None)


def test_image__deleted_with_crops_of_several_galleries__leaves_no_file(
    album: Album, other: Album, image: Image, media_root: Path
) -> None:
    crop_on_point(album, image)
    with committed():
        attachments.attach(obj=other, image=image, focal_point=FocalPoint(1, 2))
    assert len(stored_files(media_root)) == 7

    with committed():
        image.delete()

    assert (stored_files(media_root), keys()) == ([], set())


# --- the relation -----------------------------------------------------------------------------

DETACH_FIRST_AND_THIRD: dict[str, Callable[[Any, list[PolymorphicImageRelation]], object]] = {
    "instances": lambda _, rows: [rows[0].delete(), rows[2].delete()],
    "queryset": lambda _, rows: PolymorphicImageRelation.objects.filter(
        pk__in=[rows[0].pk, rows[2].pk]
    ).delete(),
    "of the object": lambda obj, rows: obj.gallery.filter(
        image__in=[rows[0].image, rows[2].image]
    ).delete(),
    "removed": lambda obj, rows: obj.gallery.remove(rows[0], rows[2]),
    "set": lambda obj, rows: obj.gallery.set([rows[1], rows[3]]),
    "of the images": lambda _, rows: [
        row.image.relations.filter(pk=row.pk).delete() for row in (rows[2], rows[0])
    ],
}


@pytest.mark.parametrize("how", DETACH_FIRST_AND_THIRD)
def test_relation__deleted__closes_the_ranks_and_hands_the_cover_on(
    album: Album, other: Album, images: list[Image], how: str
) -> None:
    ids = [image.pk for image in images]
    rows = attachments.bulk_attach(obj=album, image_ids=ids)
    attachments.bulk_attach(obj=other, image_ids=ids)

    DETACH_FIRST_AND_THIRD[how](album, rows)

    assert laid_out(album) == ([ids[1], ids[3]], ids[1])
    assert laid_out(other) == (ids, ids[0])
    assert Image.objects.count() == 4


@pytest.mark.parametrize("how", ["clear", "delete"])
def test_relations__all_deleted__leave_an_empty_gallery(
    album: Album, images: list[Image], how: str
) -> None:
    attachments.bulk_attach(obj=album, image_ids=[image.pk for image in images])
    everything: Any = album.gallery if how == "clear" else album.gallery.all()

    getattr(everything, how)()

    assert laid_out(album) == ([], None)
    assert album.cover is None


def test_relation__deleted__says_so_as_django_does(album: Album, images: list[Image]) -> None:
    relation, *_ = attachments.bulk_attach(obj=album, image_ids=[image.pk for image in images])

    assert relation.delete() == (1, {"gallery.PolymorphicImageRelation": 1})
    assert album.gallery.all().delete() == (3, {"gallery.PolymorphicImageRelation": 3})


def test_relation__deleted__retires_the_crop_only_it_had(
    album: Album, other: Album, image: Image, client: Client
) -> None:
    crop = crop_on_point(album, image)
    crop_on_point(other, image)

    with committed():
        relation_of(album, image).delete()
    assert MediaFile.objects.get(key=crop).state == "live"
    with committed():
        PolymorphicImageRelation.objects.all().delete()

    assert MediaFile.objects.get(key=crop).state == "stale"
    assert status_of(client, f"/media/{crop}") == 200


# --- the file ---------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [None, ["file"]])
def test_file__replaced_by_plain_orm__resets_the_focal_points_of_its_uses(
    album: Album, other: Album, image: Image, upload: Upload, fields: list[str] | None
) -> None:
    old_crop = crop_on_point(album, image)
    with committed():
        attachments.attach(obj=other, image=image, custom_title="stays", focal_point=POINT)

    with committed():
        image.file = upload("other.png", (40, 30))
        image.save(update_fields=fields)

    assert set(image.relations.values_list("ppoi", flat=True)) == {None}
    assert relation_of(other, image).custom_title == "stays"
    live = {key.rsplit("_", 1)[-1] for key in keys(state="live", rendition="thumb")}
    assert live == {"thumb.webp"}
    assert MediaFile.objects.get(key=old_crop).state == "stale"
