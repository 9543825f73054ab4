"""The gallery of an object in the admin, as plain fields: what is shown, and what saving does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, PolymorphicImageRelation
from gallery.services import attachments
from orgs.models import Organization, Role
from tests.conftest import Upload
from tests.gallery.admin.conftest import AddImage
from tests.gallery.admin.forms import GalleryFields, post
from tests.gallery.admin.pages import Page as Read
from tests.gallery.api.harness import laid_out, relation_of, watch_storage
from tests.testapp.models import Album, Card, Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def album(organization: Organization) -> Album:
    return Album.objects.create(organization=organization, name="Harbour")


@pytest.fixture
def images(add_image: AddImage) -> list[Image]:
    return [add_image(f"{name}.jpg", title=name) for name in ("a", "b", "c")]


@pytest.fixture
def arranged(album: Album, images: list[Image]) -> GalleryFields:
    """Return the fields of a page on which all three images are in the album."""
    attachments.bulk_attach(obj=album, image_ids=[image.pk for image in images])
    return GalleryFields(album)


def rows() -> list[Any]:
    """Return all that is in the table."""
    relations: Any = PolymorphicImageRelation.objects.all()
    return list(relations.values())


def test_page__shows_every_image_in_order(
    root: Client, album: Album, images: list[Image], arranged: GalleryFields
) -> None:
    attachments.reorder(obj=album, image_ids=[image.pk for image in reversed(images)])
    page = Read(root.get(arranged.url))

    page.assert_safe()
    cards = [each for each in page.all("li") if "gallery-card" in (each.get("class") or "")]
    shown = [each["data-image"] for each in cards if each.get("data-image")]
    assert shown == [str(image.pk) for image in reversed(images)]
    sources = [each.get("src") for each in page.all("img")]
    assert {image.rendition("thumb").url for image in images} <= set(sources)


@pytest.mark.parametrize("count", [1, 30])
def test_page__of_any_number__costs_the_same_and_asks_no_storage(
    root: Client, album: Album, add_image: AddImage, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    image = add_image()
    attachments.attach(obj=album, image=image)
    _attach_copies(album, image, count - 1)
    root.get(f"/admin/testapp/album/{album.pk}/change/")  # whatever is cached is cached
    calls = watch_storage(monkeypatch)
    with CaptureQueriesContext(connection) as queries:
        page = Read(root.get(f"/admin/testapp/album/{album.pk}/change/"))

    assert page.text.count("Edit") >= count
    assert calls == []
    assert len(queries) <= 14, "\n".join(query["sql"][:150] for query in queries)


def test_save__of_an_untouched_page__changes_nothing(
    root: Client, album: Album, arranged: GalleryFields
) -> None:
    before = rows()
    post(root, arranged)

    assert rows() == before


def test_save__applies_words_point_order_and_cover_together(
    root: Client, album: Album, images: list[Image], arranged: GalleryFields
) -> None:
    first, second, third = images
    arranged.say(0, order=2, is_cover="")
    arranged.say(1, order=1, is_cover="on", custom_alt_text="Boats", custom_decorative="false")
    arranged.say(2, order=0, focal_point="0.3x0.7", custom_title="T", custom_description="D")
    post(root, arranged)

    assert laid_out(album) == ([third.pk, second.pk, first.pk], second.pk)
    assert relation_of(album, second).custom_alt_text == "Boats"
    assert relation_of(album, second).custom_decorative is False
    cropped = relation_of(album, third)
    assert (cropped.custom_title, cropped.custom_description) == ("T", "D")
    assert cropped.own_focal_point == FocalPoint(30, 70)


def test_save__an_empty_point_is_the_images_own_again(
    root: Client, album: Album, images: list[Image], arranged: GalleryFields
) -> None:
    attachments.update_relation(obj=album, image_id=images[0].pk, focal_point=FocalPoint(1, 2))
    fields = GalleryFields(album)
    assert fields.data["gallery-0-focal_point"] == "0.01x0.02"
    fields.say(0, focal_point="")
    post(root, fields)

    assert relation_of(album, images[0]).own_focal_point is None


def test_save__takes_removed_images_out_and_leaves_them_in_the_library(
    root: Client, album: Album, images: list[Image], arranged: GalleryFields
) -> None:
    arranged.say(0, DELETE="on")
    post(root, arranged)

    assert laid_out(album) == ([images[1].pk, images[2].pk], images[1].pk)
    assert Image.objects.count() == 3


def test_save__brings_images_of_the_library_and_files(
    root: Client, album: Album, images: list[Image], upload: Upload
) -> None:
    fields = GalleryFields(album)
    fields.add(image_id=images[2].pk, order=0, custom_alt_text="Third")
    fields.add(upload=upload("new.jpg", (40, 30)), order=1, focal_point="0.1x0.2", is_cover="on")
    post(root, fields)

    new = Image.objects.get(file_name="new.jpg")
    assert laid_out(album) == ([images[2].pk, new.pk], new.pk)
    assert relation_of(album, images[2]).custom_alt_text == "Third"
    assert relation_of(album, new).own_focal_point == FocalPoint(10, 20)
    assert new.organization == album.organization
    assert new.creator is not None


def test_save__of_a_new_object__fills_its_gallery(
    root: Client, organization: Organization, images: list[Image]
) -> None:
    fields = GalleryFields(Album(organization=organization), name="New")
    fields.add(image_id=images[1].pk)
    fields.add(image_id=images[0].pk)
    post(root, fields)

    album = Album.objects.get(name="New")
    assert laid_out(album) == ([images[1].pk, images[0].pk], images[1].pk)


def test_save__leaves_what_others_did_meanwhile(
    root: Client, album: Album, images: list[Image], arranged: GalleryFields, add_image: AddImage
) -> None:
    late = add_image("late.jpg")
    attachments.attach(obj=album, image=late)
    attachments.update_relation(obj=album, image_id=images[1].pk, custom_title="theirs")
    attachments.set_cover(obj=album, image_id=images[2].pk)
    arranged.say(0, custom_title="mine", order=1)
    arranged.say(1, order=0)
    post(root, arranged)

    order = [images[1].pk, images[0].pk, images[2].pk, late.pk]
    assert laid_out(album) == (order, images[2].pk)
    assert relation_of(album, images[0]).custom_title == "mine"
    assert relation_of(album, images[1]).custom_title == "theirs"


def test_save__by_path_and_by_function__works_for_any_key(
    root: Client, album: Album, images: list[Image]
) -> None:
    page = Page.objects.create(slug="über uns", album=album)
    card = Card.objects.create(album=album)
    for obj in (page, card):
        fields = GalleryFields(obj)
        fields.add(image_id=images[0].pk)
        post(root, fields)
        assert laid_out(obj) == ([images[0].pk], images[0].pk)


def test_viewer__looks_and_changes_nothing(
    staff: Callable[[Role], Client], album: Album, images: list[Image], arranged: GalleryFields
) -> None:
    client = staff(Role.VIEWER)
    _permit_albums(client)
    page = Read(client.get(arranged.url))

    assert page.text.count("Edit") == 0
    assert [each for each in page.all("li") if each.get("data-image") == str(images[0].pk)]
    arranged.say(0, custom_title="mine")
    assert client.post(arranged.url, arranged.data).status_code == 403
    assert relation_of(album, images[0]).custom_title == ""


def test_staff__never_see_what_is_anothers(
    staff: Callable[[Role], Client], globex: Organization, album: Album
) -> None:
    theirs = Album.objects.create(organization=globex, name="Secret")
    page = Page.objects.create(slug="secret", album=theirs)
    card = Card.objects.create(album=theirs)
    client = staff(Role.OWNER)
    _permit_albums(client)

    for obj in (theirs, page, card):
        url = f"/admin/testapp/{obj._meta.model_name}/"
        assert str(obj) not in Read(client.get(url)).text
        assert client.get(f"{url}{obj.pk}/change/").status_code == 302
    assert "Secret" not in Read(client.get("/admin/testapp/album/add/")).text
    assert "Globex" not in Read(client.get("/admin/testapp/album/add/")).text


def _permit_albums(client: Client) -> None:
    user = client.session["_auth_user_id"]
    of_albums: Any = Permission.objects.filter(content_type__app_label="testapp")
    for permission in of_albums:
        permission.user_set.add(user)


def _attach_copies(album: Album, image: Image, count: int) -> None:
    """Attach as many rows of the library as are wanted, without as many files."""
    for number in range(count):
        copy = Image.objects.get(pk=image.pk)
        copy.pk, copy.upload_id = None, None
        copy.__dict__["file"] = f"images/copy-{number}.jpg"
        [row] = super(type(Image.objects.all()), Image.objects.all()).bulk_create([copy])
        attachments.attach(obj=album, image=row)


def test_refused__file_is_an_error_on_its_card(
    root: Client, album: Album, images: list[Image], arranged: GalleryFields
) -> None:
    arranged.add(upload=SimpleUploadedFile("a.jpg", b"no picture"))
    arranged.say(0, custom_title="kept")
    page = Read(root.post(arranged.url, arranged.data))

    assert "not an image of an accepted format" in page.text
    [card] = [each for each in page.all("li") if "has-errors" in (each.get("class") or "")]
    assert card["data-prefix"] == "gallery-3"
    assert relation_of(album, images[0]).custom_title == ""
