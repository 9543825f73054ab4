"""What every verb says of objects without a gallery, deleted ones, and those that changed hands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils.functional import SimpleLazyObject

from gallery.exceptions import NotAttachable, ObjectGone, OrderMismatch, UnknownImages
from gallery.models import Image, PolymorphicImageRelation
from gallery.services import attachments
from orgs.models import Organization
from tests.factories import OrganizationFactory
from tests.gallery.api.harness import laid_out
from tests.gallery.heart import watched_storage
from tests.testapp.models import Album, Card, Note, Page

pytestmark = pytest.mark.django_db


VERBS: dict[str, Callable[[Any, Image], object]] = {
    "attach": lambda obj, image: attachments.attach(obj=obj, image=image),
    "bulk_attach": lambda obj, image: attachments.bulk_attach(obj=obj, image_ids=[image.pk]),
    "detach": lambda obj, image: attachments.detach(obj=obj, image_id=image.pk),
    "bulk_detach": lambda obj, image: attachments.bulk_detach(obj=obj, image_ids=[image.pk]),
    "reorder": lambda obj, image: attachments.reorder(obj=obj, image_ids=[image.pk]),
    "set_cover": lambda obj, image: attachments.set_cover(obj=obj, image_id=image.pk),
    "unset_cover": lambda obj, _: attachments.unset_cover(obj=obj),
    "update_relation": lambda obj, image: attachments.update_relation(obj=obj, image_id=image.pk),
    "upload_and_attach": lambda obj, image: attachments.upload_and_attach(
        obj=obj, creator=None, upload=image.file
    ),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb__object_without_a_gallery__is_refused(
    organization: Organization, images: list[Image], verb: str
) -> None:
    note = Note.objects.create(organization=organization)
    nobodys = Card.objects.create(album=None)

    for obj in (note, nobodys):
        with pytest.raises(NotAttachable), watched_storage() as calls:
            VERBS[verb](obj, images[0])
        assert calls == []
    assert not PolymorphicImageRelation.objects.exists()


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb__object_deleted_meanwhile__says_so(
    album: Album, organization: Organization, images: list[Image], verb: str
) -> None:
    attachments.attach(obj=album, image=images[0])
    Album.objects.filter(pk=album.pk).delete()

    for obj in (album, Album(organization=organization)):
        with pytest.raises(ObjectGone):
            VERBS[verb](obj, images[0])
    assert not PolymorphicImageRelation.objects.exists()
    assert Image.objects.count() == 5


@pytest.mark.parametrize("model", [Album, Page, Card])
def test_next_change__object_of_another_organization_by_now__leaves_the_old_images_behind(
    album: Album, ids: list[int], foreign: Image, model: Any
) -> None:
    obj = album if model is Album else model(album=album)
    obj.pk = "about" if model is Page else obj.pk
    obj.save()
    attachments.bulk_attach(obj=obj, image_ids=ids)
    Album.objects.update(organization=foreign.organization)

    attachments.attach(obj=obj, image=foreign)

    assert laid_out(obj) == ([foreign.pk], foreign.pk)
    with pytest.raises(UnknownImages):
        attachments.bulk_attach(obj=obj, image_ids=ids[:1])
    assert laid_out(obj) == ([foreign.pk], foreign.pk)
    assert Image.objects.count() == 6


def test_refused_change__object_of_another_organization_by_now__changes_nothing(
    album: Album, ids: list[int], foreign: Image
) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids)
    Album.objects.update(organization=foreign.organization)

    with pytest.raises(OrderMismatch) as caught:
        attachments.reorder(obj=album, image_ids=ids[::-1])

    assert caught.value.context == {"image_ids": []}  # those of others are not named
    assert laid_out(album) == (ids, ids[0])


def test_verbs__of_another_organisation_than_expected__change_nothing(
    album: Album, images: list[Image], ids: list[int]
) -> None:
    """Between the look-up and the lock the object may change hands."""
    attachments.bulk_attach(obj=album, image_ids=ids[:2])
    was, now = album.organization, OrganizationFactory.create()
    Album.objects.update(organization=now)
    verbs: list[Callable[[], object]] = [
        lambda: attachments.attach(obj=album, image=images[2], organization=was),
        lambda: attachments.bulk_attach(obj=album, image_ids=ids, organization=was),
        lambda: attachments.bulk_detach(obj=album, image_ids=ids, organization=was),
        lambda: attachments.detach(obj=album, image_id=ids[0], organization=was),
        lambda: attachments.reorder(obj=album, image_ids=ids[1::-1], organization=was),
        lambda: attachments.set_cover(obj=album, image_id=ids[1], organization=was),
        lambda: attachments.unset_cover(obj=album, organization=was),
        lambda: attachments.update_relation(obj=album, image_id=ids[0], order=1, organization=was),
        lambda: attachments.upload_and_attach(
            obj=album, creator=None, upload=images[0].file, organization=was
        ),
    ]
    before = list(PolymorphicImageRelation.objects.order_by("pk").values())
    for verb in verbs:
        with watched_storage() as calls, pytest.raises(NotAttachable):
            verb()
        assert calls == []
    assert list(PolymorphicImageRelation.objects.order_by("pk").values()) == before


def test_leave_images_behind__detaches_what_is_not_the_object_owners(
    album: Album, ids: list[int]
) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids)
    attachments.leave_images_behind(obj=album)
    assert album.gallery.count() == 5

    Album.objects.update(organization=OrganizationFactory.create())
    attachments.leave_images_behind(obj=album)
    assert not album.gallery.exists()
    assert Image.objects.count() == 5


def test_verbs__of_a_lazy_object__are_those_of_the_object(album: Album, ids: list[int]) -> None:
    lazy: Any = SimpleLazyObject(lambda: album)
    attachments.bulk_attach(obj=lazy, image_ids=ids)

    assert album.gallery.count() == 5
