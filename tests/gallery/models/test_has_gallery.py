"""What having a gallery means: who has one, its order, its cover, and what a page of them costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.test.utils import isolate_apps

import gallery
from gallery import registry
from gallery.api.serializers.relations import RelationSerializer
from gallery.models import HasGallery, Image, ImageMixin, PolymorphicImageRelation
from gallery.models.gallery import Gallery
from gallery.services import attachments
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.api.harness import copies_of, laid_out, library_of, warmed, watch_storage
from tests.testapp.models import Album, AlbumProxy, Card, Note, Page

pytestmark = pytest.mark.django_db

MAKERS: dict[str, Callable[[Organization], Any]] = {
    "album": lambda organization: Album.objects.create(organization=organization),
    "proxy": lambda organization: AlbumProxy.objects.create(organization=organization),
    "page": lambda organization: Page.objects.create(slug="Über uns", album=an_album(organization)),
    "card": lambda organization: Card.objects.create(album=an_album(organization)),
    "organization": lambda organization: organization,
}


def an_album(organization: Organization) -> Album:
    return Album.objects.create(organization=organization)


@pytest.fixture
def ids(organization: Organization) -> list[int]:
    return [image.pk for image in library_of(organization, 3)]


@pytest.fixture
def scratch_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget after the test what it tried to register."""
    monkeypatch.setattr(registry, "_attachables", dict(registry._attachables))


# --- who has one ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MAKERS)
def test_gallery__of_every_registered_kind__is_in_order_with_a_cover(
    organization: Organization, ids: list[int], kind: str
) -> None:
    obj = MAKERS[kind](organization)
    attachments.bulk_attach(obj=obj, image_ids=ids)
    attachments.reorder(obj=obj, image_ids=ids[::-1])

    again = type(obj).objects.get(pk=obj.pk)
    assert [relation.image_id for relation in again.gallery.all()] == ids[::-1]
    assert again.gallery.first().content_object == Gallery.of(obj).lock()
    assert again.cover.image_id == ids[0]


def test_gallery__of_a_proxy__is_that_of_its_model(
    organization: Organization, ids: list[int]
) -> None:
    album = an_album(organization)
    proxy = AlbumProxy.objects.get(pk=album.pk)
    attachments.bulk_attach(obj=proxy, image_ids=ids[:2])
    attachments.bulk_attach(obj=album, image_ids=ids[2:])

    assert [relation.image_id for relation in proxy.gallery.all()] == ids
    assert [relation.image_id for relation in album.gallery.all()] == ids


def test_gallery__of_objects_with_the_same_key__is_of_each_its_own(
    organization: Organization, ids: list[int]
) -> None:
    album = an_album(organization)
    page = Page.objects.create(slug=str(album.pk), album=album)
    attachments.bulk_attach(obj=album, image_ids=ids[:1])
    attachments.bulk_attach(obj=page, image_ids=ids[1:])

    assert (laid_out(album), laid_out(page)) == ((ids[:1], ids[0]), (ids[1:], ids[1]))


def test_model__not_registered__has_no_gallery(organization: Organization) -> None:
    note = Note.objects.create(organization=organization)

    assert not hasattr(note, "gallery")
    assert not hasattr(note, "cover")
    assert registry.attachable_of(Note) is None
    assert registry.attachable_named("testapp", "note") is None


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [AlbumProxy, HasGallery, ImageMixin])
def test_register__a_model_without_a_table_of_its_own__is_refused(
    scratch_registry: None, model: type[models.Model]
) -> None:
    with pytest.raises(ImproperlyConfigured, match=model.__name__):
        gallery.register(model, organization="organization")


@pytest.mark.parametrize(
    ("model", "organization"),
    [(Page, "album"), (Album, "pk"), (Card, lambda card: card.album.organization)],
)
def test_register__the_same_model_otherwise__is_refused(
    scratch_registry: None, model: type[models.Model], organization: Any
) -> None:
    with pytest.raises(ImproperlyConfigured, match=model.__name__):
        gallery.register(model, organization=organization)


def test_register__once_more__changes_nothing(organization: Organization, ids: list[int]) -> None:
    page = MAKERS["page"](organization)
    attachments.bulk_attach(obj=page, image_ids=ids)

    gallery.register(Page, organization="album__organization")

    assert laid_out(page) == (ids, ids[0])
    page.delete()
    assert not PolymorphicImageRelation.objects.exists()


@isolate_apps("tests.testapp")
def test_register__after_a_proxy_was_declared__follows_its_deletions_too(
    scratch_registry: None, organization: Organization, ids: list[int]
) -> None:
    del registry._attachables["testapp.album"]

    class EarlyAlbum(Album):
        class Meta:
            app_label = "testapp"
            proxy = True

    gallery.register(Album, organization="organization")
    attachments.bulk_attach(obj=an_album(organization), image_ids=ids)

    EarlyAlbum.objects.all().delete()
    assert not PolymorphicImageRelation.objects.exists()


@isolate_apps("tests.testapp")
def test_register__a_field_called_gallery__is_refused(scratch_registry: None) -> None:
    class Exhibition(models.Model):  # noqa: DJ008  (never shown)
        gallery = models.CharField(max_length=40)
        organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "testapp"

    with pytest.raises(ImproperlyConfigured, match=r"Exhibition already has 'gallery'"):
        gallery.register(Exhibition, organization="organization")


@isolate_apps("tests.testapp")
def test_register__a_property_called_cover__is_refused(scratch_registry: None) -> None:
    class Book(models.Model):  # noqa: DJ008  (never shown)
        organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "testapp"

        @property
        def cover(self) -> str:
            return "leather"

    with pytest.raises(ImproperlyConfigured, match=r"Book already has 'cover'"):
        gallery.register(Book, organization="organization")
    assert Book().cover == "leather"


# --- the cover --------------------------------------------------------------------------------


@pytest.mark.parametrize("is_loaded", [False, True])
@pytest.mark.parametrize(
    ("chosen", "place"),
    [("third", 2), ("none of its own", 0), ("unset, then reordered", 1), ("empty", None)],
)
def test_cover__is_the_chosen_one_else_the_first_else_none(
    organization: Organization, ids: list[int], chosen: str, place: int | None, is_loaded: bool
) -> None:
    album = an_album(organization)
    if chosen != "empty":
        attachments.bulk_attach(obj=album, image_ids=ids)
        attachments.set_cover(obj=album, image_id=ids[2])
    if chosen in {"none of its own", "unset, then reordered"}:
        attachments.unset_cover(obj=album)
    if chosen == "unset, then reordered":
        attachments.reorder(obj=album, image_ids=[ids[1], ids[2], ids[0]])

    albums = Album.objects.with_gallery() if is_loaded else Album.objects.all()
    cover = albums.get(pk=album.pk).cover
    assert (cover and cover.image_id) == (None if place is None else ids[place])


def test_cover__of_an_unsaved_object__is_none(organization: Organization) -> None:
    assert Album(organization=organization).cover is None
    assert list(Album(organization=organization).gallery.all()) == []


def test_cover__changed_by_somebody_else__is_read_anew_unless_it_was_loaded(
    organization: Organization, ids: list[int]
) -> None:
    album = an_album(organization)
    attachments.bulk_attach(obj=album, image_ids=ids)
    loaded = Album.objects.with_gallery().get()
    attachments.set_cover(obj=album, image_id=ids[1])

    assert (album.cover and album.cover.image_id) == ids[1]
    assert (loaded.cover and loaded.cover.image_id) == ids[0]


# --- what a page of galleries costs -----------------------------------------------------------


def albums_with_three_images_each(image: Image, count: int) -> None:
    """Make so many albums; the first one's cover is `image`, which has renditions."""
    copies = Image.objects.bulk_create(copies_of(image, 3 * count - 1))
    rows = iter([image, *copies])
    for _ in range(count):
        gallery_ = Gallery.of(an_album(image.organization))
        PolymorphicImageRelation.objects.bulk_create(
            PolymorphicImageRelation(
                organization=image.organization,
                content_type_id=gallery_.content_type_id,
                object_id=gallery_.object_id,
                image=next(rows),
                order=place,
                is_cover=place == 0,
            )
            for place in range(3)
        )


def shown(albums: Any) -> list[Any]:
    """Read everything that a page of albums shows."""
    return [
        (RelationSerializer(album.gallery.all(), many=True).data, album.cover.image.file_name)
        for album in albums
    ]


@pytest.mark.parametrize("model", [Album, AlbumProxy])
@pytest.mark.parametrize("count", [1, 50])
def test_with_gallery__however_many_albums__is_three_queries_and_no_storage(
    organization: Organization,
    upload: Upload,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Any,
    count: int,
    model: Any,
) -> None:
    image = warmed(organization, upload(size=(40, 30)))
    albums_with_three_images_each(image, count)
    calls = watch_storage(monkeypatch)

    with django_assert_num_queries(3):  # albums, relations with images, renditions
        pages = shown(model.objects.with_gallery().order_by("pk"))

    assert calls == []
    assert len(pages) == count
    assert all(len(relations) == 3 for relations, _ in pages)
    first = pages[0][0][0]
    assert first["image"]["organization"] == "acme"
    assert first["variants"]["thumb"].endswith("_thumb.webp")
    assert len(first["image"]["renditions"]) == 4


def test_cover__without_loading__is_two_queries(
    organization: Organization, upload: Upload, django_assert_num_queries: Any
) -> None:
    image = warmed(organization, upload(size=(40, 30)))
    albums_with_three_images_each(image, 1)
    album = Album.objects.get()

    with django_assert_num_queries(2):  # relation with image, renditions
        data: Any = RelationSerializer(album.cover).data

    assert data["image"]["id"] == image.pk
    assert data["variants"]["thumb"].endswith("_thumb.webp")
