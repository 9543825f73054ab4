"""What the page of a gallery does with mistakes, with forged fields, and with what others did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from gallery.models import Image, PolymorphicImageRelation
from gallery.services import attachments
from orgs.models import Organization, Role
from tests.gallery.admin.conftest import AddImage
from tests.gallery.admin.forms import GalleryFields, post
from tests.gallery.admin.pages import Page as Read
from tests.gallery.api.harness import laid_out, relation_of
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


@pytest.fixture
def editor(staff: Callable[[Role], Client]) -> Client:
    """Return the browser of an owner of acme, who may change all models of the test's app."""
    client = staff(Role.OWNER)
    permissions: Any = Permission.objects.filter(content_type__app_label="testapp")
    for permission in permissions:
        permission.user_set.add(client.session["_auth_user_id"])
    return client


def refused(client: Client, fields: GalleryFields) -> Read:
    """Save the page; return it as it comes back with errors."""
    return Read(client.post(fields.url, fields.data))


def shown(page: Read) -> list[str]:
    """Return the ids of the images on the cards, in order."""
    return [found for each in page.all("li") if (found := each.get("data-image"))]


def test_two_covers__are_an_error_that_both_cards_show(
    root: Client, album: Album, images: list[Image], arranged: GalleryFields
) -> None:
    arranged.say(0, is_cover="")
    arranged.say(1, is_cover="on")
    arranged.say(2, is_cover="on")

    assert refused(root, arranged).text.count("Choose one cover.") == 2
    assert laid_out(album)[1] == images[0].pk


def test_error__keeps_the_order_that_the_editor_gave(
    root: Client, images: list[Image], arranged: GalleryFields, add_image: AddImage
) -> None:
    new = add_image("new.jpg")
    for number, place in enumerate((3, 2, 0)):
        arranged.say(number, order=place)
    arranged.add(image_id=new.pk, order=1)
    arranged.say(0, custom_title="t" * 256)
    page = refused(root, arranged)

    assert shown(page) == [str(image.pk) for image in (images[2], new, images[1], images[0])]


def test_image_that_somebody_took_out__is_one_error_and_can_be_given_up(
    root: Client, album: Album, images: list[Image], arranged: GalleryFields
) -> None:
    attachments.detach(obj=album, image_id=images[0].pk)
    page = refused(root, arranged)
    assert page.text.count("Somebody took this image out of the gallery.") == 1
    assert "another organisation" not in page.text
    arranged.say(0, DELETE="on")
    post(root, arranged)

    assert laid_out(album) == ([images[1].pk, images[2].pk], images[1].pk)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gallery-3-image_id", "9" * 30),
        ("gallery-3-image_id", "9" * 5000),
        ("gallery-0-id", "0"),
        ("gallery-0-id", "9" * 5000),
        ("gallery-0-order", "9" * 30),
        ("gallery-0-custom_title", "a\0b"),
        ("gallery-0-focal_point", "0.3\0x0.7"),
        ("gallery-TOTAL_FORMS", "9" * 30),
        ("gallery-INITIAL_FORMS", "none"),
    ],
)
def test_forged__value_is_an_error_and_changes_nothing(
    root: Client,
    album: Album,
    images: list[Image],
    arranged: GalleryFields,
    name: str,
    value: str,
) -> None:
    before = list(PolymorphicImageRelation.objects.order_by("pk").values_list())
    arranged.add(image_id=images[0].pk)
    arranged.say(0, DELETE="")
    arranged.data[name] = value
    refused(root, arranged)

    assert list(PolymorphicImageRelation.objects.order_by("pk").values_list()) == before


def test_forged__former_place_counts_for_none(
    root: Client, album: Album, images: list[Image], arranged: GalleryFields
) -> None:
    arranged.data["initial-gallery-0-order"] = "9" * 5000
    arranged.say(0, order=2)
    arranged.say(2, order=0)
    post(root, arranged)

    assert laid_out(album)[0] == [images[2].pk, images[1].pk, images[0].pk]


def test_forged__ids_of_another_organisation_touch_nothing_there(
    editor: Client,
    globex: Organization,
    album: Album,
    arranged: GalleryFields,
    add_image: AddImage,
) -> None:
    theirs = Album.objects.create(organization=globex, name="Secret")
    image = add_image("theirs.jpg", organization=globex)
    relation = attachments.attach(obj=theirs, image=image)
    before = laid_out(album)
    for card in ({"id": relation.pk, "custom_title": "mine"}, {"id": relation.pk, "DELETE": "on"}):
        fields = GalleryFields(album)
        fields.say(0, **card)
        editor.post(fields.url, fields.data)
    fields = GalleryFields(album)
    fields.add(image_id=image.pk)

    assert "no such image in the library" in refused(editor, fields).text
    assert laid_out(album) == before
    assert laid_out(theirs) == ([image.pk], image.pk)
    assert relation_of(theirs, image).custom_title == ""


@pytest.mark.parametrize(("model", "key"), [(Page, {"slug": "forged"}), (Card, {})])
def test_staff__are_offered_no_way_into_another_organisation(
    editor: Client, globex: Organization, album: Album, model: Any, key: dict[str, str]
) -> None:
    theirs = Album.objects.create(organization=globex, name="Secret")
    fields = GalleryFields(model(album=theirs, **key))
    page = Read(editor.get(fields.url))

    assert "Harbour" in page.text
    assert "Secret" not in page.text
    assert "Select a valid choice" in refused(editor, fields).text
    assert not model.objects.exists()


def test_ids__are_written_without_separators(
    root: Client, album: Album, add_image: AddImage, settings: Any
) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    image = add_image()
    Image.objects.filter(pk=image.pk).update(id=12345)
    attachments.attach(obj=album, image=Image.objects.get())

    assert shown(Read(root.get(GalleryFields(album).url))) == ["12345"]


@pytest.mark.parametrize("is_installed", [True, False])
def test_suggestions__are_offered_where_there_can_be_any(
    root: Client, arranged: GalleryFields, monkeypatch: pytest.MonkeyPatch, is_installed: bool
) -> None:
    monkeypatch.setattr("gallery.admin.gallery_page.is_installed", lambda: is_installed)
    pickers = Read(root.get(arranged.url)).all("focal-point-picker")
    offers = [each for each in pickers if each.get("data-suggest-url")]

    assert len(offers) == (3 if is_installed else 0)
