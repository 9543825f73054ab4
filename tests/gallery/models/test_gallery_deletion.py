"""However an object is deleted: its relations go with it, its images and their files stay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.test.utils import isolate_apps

from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile, PolymorphicImageRelation
from gallery.services import attachments
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.api.harness import (
    committed,
    copies_of,
    crop_here,
    laid_out,
    status_of,
    stored_files,
    warmed,
)
from tests.gallery.heart import keys
from tests.testapp.models import Album, AlbumProxy, Card, Page

pytestmark = pytest.mark.django_db

POINT = FocalPoint(30, 70)
Act = Callable[[Any], object]


@pytest.fixture
def album(organization: Organization) -> Album:
    return Album.objects.create(organization=organization)


@pytest.fixture
def other(organization: Organization) -> Album:
    return Album.objects.create(organization=organization)


@pytest.fixture
def image(organization: Organization, upload: Upload) -> Image:
    return warmed(organization, upload(size=(40, 30)))


@pytest.fixture
def images(image: Image) -> list[Image]:
    return [image, *Image.objects.bulk_create(copies_of(image, 3))]


def crop_on_point(obj: Any, image: Image) -> str:
    """Attach `image` to `obj`, crop it on `POINT` there, and return the key of that crop."""
    crop_here(obj, image, POINT)
    [key] = keys(key__endswith="_thumb-30x70.webp", state="live")
    return key


# --- the object -------------------------------------------------------------------------------

DELETE_AN_ALBUM: dict[str, Act] = {
    "instance": lambda album: album.delete(),
    "queryset": lambda album: Album.objects.filter(pk=album.pk).delete(),
    "several at once": lambda _: Album.objects.filter(name="doomed").delete(),
    "proxy": lambda album: AlbumProxy.objects.get(pk=album.pk).delete(),
    "proxies": lambda album: AlbumProxy.objects.filter(pk=album.pk).delete(),
}
DELETE_WHAT_DEPENDS: dict[str, Act] = {
    "instance": lambda dependent: dependent.delete(),
    "cascade": lambda dependent: dependent.album.delete(),
    "cascade of a queryset": lambda _: Album.objects.filter(name="doomed").delete(),
    "cascade of a proxy": lambda dependent: AlbumProxy.objects.get(pk=dependent.album_id).delete(),
}


@pytest.mark.parametrize("how", DELETE_AN_ALBUM)
def test_album__deleted__takes_its_relations_and_leaves_images_and_files(
    album: Album, other: Album, images: list[Image], media_root: Path, how: str
) -> None:
    Album.objects.filter(pk=album.pk).update(name="doomed")
    ids = [image.pk for image in images]
    attachments.bulk_attach(obj=album, image_ids=ids)
    attachments.bulk_attach(obj=other, image_ids=ids[:2])
    files = stored_files(media_root)

    with committed():
        DELETE_AN_ALBUM[how](album)

    assert Album.objects.get() == other
    assert PolymorphicImageRelation.objects.count() == 2
    assert laid_out(other) == (ids[:2], ids[0])
    assert set(Image.objects.values_list("pk", flat=True)) == set(ids)
    assert stored_files(media_root) == files
    assert len(keys(state="live")) == 5


@pytest.mark.parametrize("model", [Page, Card])
@pytest.mark.parametrize("how", DELETE_WHAT_DEPENDS)
def test_dependent__deleted__takes_its_relations_and_leaves_images(
    organization: Organization, other: Album, images: list[Image], model: Any, how: str
) -> None:
    doomed = Album.objects.create(organization=organization, name="doomed")
    dependent = model(album=doomed)
    dependent.pk = "about" if model is Page else dependent.pk
    dependent.save()
    ids = [image.pk for image in images]
    attachments.bulk_attach(obj=dependent, image_ids=ids)
    attachments.bulk_attach(obj=other, image_ids=ids)

    DELETE_WHAT_DEPENDS[how](dependent)

    assert not model.objects.exists()
    assert PolymorphicImageRelation.objects.count() == 4
    assert laid_out(other) == (ids, ids[0])
    assert Image.objects.count() == 4


@pytest.mark.parametrize("how", ["instance", "cascade"])
def test_object__deleted__retires_the_crop_only_its_gallery_had(
    album: Album, image: Image, media_root: Path, client: Client, how: str
) -> None:
    page = Page.objects.create(slug="about", album=album)
    crop = crop_on_point(page, image)

    with committed():
        DELETE_WHAT_DEPENDS[how](page)

    retired = MediaFile.objects.get(key=crop)
    assert (retired.state, retired.delete_after is None) == ("stale", False)
    assert len(keys(state="live")) == 5
    assert crop in stored_files(media_root)
    assert status_of(client, f"/media/{crop}") == 200


def test_object__deleted__leaves_the_crop_that_another_gallery_has(
    album: Album, other: Album, image: Image
) -> None:
    crop = crop_on_point(album, image)
    assert crop_on_point(other, image) == crop

    with committed():
        album.delete()

    assert MediaFile.objects.get(key=crop).state == "live"


def test_objects__of_several_galleries_deleted_at_once__leave_no_relation(
    album: Album, other: Album, images: list[Image]
) -> None:
    for obj in (album, other, Card.objects.create(album=album)):
        attachments.bulk_attach(obj=obj, image_ids=[image.pk for image in images])

    Album.objects.all().delete()

    assert not PolymorphicImageRelation.objects.exists()
    assert Image.objects.count() == 4


@isolate_apps("tests.testapp")
def test_object__deleted_by_a_proxy_declared_later__takes_its_relations(
    album: Album, image: Image
) -> None:
    class LatePage(Page):
        class Meta:
            app_label = "testapp"
            proxy = True

    class LaterPage(LatePage):
        class Meta:
            app_label = "testapp"
            proxy = True

    for model in (LatePage, LaterPage):
        page = Page.objects.create(slug="about", album=album)
        attachments.attach(obj=page, image=image)
        model.objects.all().delete()
        assert not PolymorphicImageRelation.objects.exists()
