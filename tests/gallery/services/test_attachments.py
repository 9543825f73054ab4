"""Attach and detach: what is in a gallery, which organisation's images may be, and how many."""

from __future__ import annotations

from typing import Any

import pytest

from gallery.exceptions import GalleryFull, NotAttached, UnknownImages
from gallery.models import Image, PolymorphicImageRelation
from gallery.services import attachments
from orgs.models import Organization
from tests.gallery.api.harness import laid_out, relation_of
from tests.testapp.models import Album

pytestmark = pytest.mark.django_db


# --- attach -----------------------------------------------------------------------------------


def test_attach__the_first__is_the_cover_and_the_others_follow(
    album: Album, images: list[Image], organization: Organization
) -> None:
    relations = [attachments.attach(obj=album, image=image) for image in images[:3]]

    assert laid_out(album) == ([image.pk for image in images[:3]], images[0].pk)
    assert [(each.order, each.is_cover) for each in relations] == [
        *((0, True), (1, False), (2, False))
    ]
    assert {each.organization for each in relations} == {organization}
    assert {each.content_object for each in relations} == {album}


def test_attach__again__changes_nothing(album: Album, images: list[Image]) -> None:
    first = attachments.attach(obj=album, image=images[0], custom_title="mine", order=0)
    attachments.attach(obj=album, image=images[1], is_cover=True)

    again = attachments.attach(obj=album, image=images[0])

    assert again.pk == first.pk
    assert (again.custom_title, again.is_cover) == ("mine", False)
    assert laid_out(album) == ([images[0].pk, images[1].pk], images[1].pk)


def test_attach__with_a_placement__applies_it(album: Album, ids: list[int]) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids[:3])

    new = Image.objects.get(pk=ids[3])
    attachments.attach(obj=album, image=new, order=1, is_cover=True, custom_alt_text="here")

    assert laid_out(album) == ([ids[0], ids[3], ids[1], ids[2]], ids[3])
    assert relation_of(album, new).custom_alt_text == "here"


def test_attach__again_with_a_placement__applies_it(album: Album, images: list[Image]) -> None:
    attachments.bulk_attach(obj=album, image_ids=[images[0].pk, images[1].pk])

    attachments.attach(obj=album, image=images[1], order=0, is_cover=True, custom_title="new")

    assert laid_out(album) == ([images[1].pk, images[0].pk], images[1].pk)
    assert relation_of(album, images[1]).custom_title == "new"


def test_attach__after_the_cover_was_unset__makes_no_new_cover(
    album: Album, images: list[Image]
) -> None:
    attachments.attach(obj=album, image=images[0])
    attachments.unset_cover(obj=album)
    attachments.attach(obj=album, image=images[1])
    assert laid_out(album) == ([images[0].pk, images[1].pk], None)

    attachments.bulk_detach(obj=album, image_ids=[images[0].pk, images[1].pk])
    attachments.attach(obj=album, image=images[2])
    assert laid_out(album) == ([images[2].pk], images[2].pk)


def test_attach__after_rows_written_past_the_services__leaves_no_gaps(
    album: Album, images: list[Image]
) -> None:
    attachments.bulk_attach(obj=album, image_ids=[images[0].pk, images[1].pk])
    PolymorphicImageRelation.objects.filter(image=images[1]).update(order=7)

    attachments.attach(obj=album, image=images[2])

    assert laid_out(album) == ([image.pk for image in images[:3]], images[0].pk)


def test_bulk_attach__keeps_the_order_asked_for_and_what_is_there(
    album: Album, ids: list[int]
) -> None:
    attachments.bulk_attach(obj=album, image_ids=[ids[2], ids[0]])

    relations = attachments.bulk_attach(
        obj=album, image_ids=[ids[4], ids[0], ids[1], ids[4], ids[1]]
    )

    assert [each.image_id for each in relations] == [ids[4], ids[0], ids[1]]
    assert laid_out(album) == ([ids[2], ids[0], ids[4], ids[1]], ids[2])
    assert len({each.pk for each in relations}) == 3


def test_bulk_attach__nothing__is_nothing(album: Album) -> None:
    assert attachments.bulk_attach(obj=album, image_ids=[]) == []
    assert laid_out(album) == ([], None)


@pytest.mark.parametrize("attached", [[], [0, 1]])
def test_bulk_attach__with_foreign_and_missing_ids__names_them_and_attaches_none(
    album: Album, ids: list[int], foreign: Image, attached: list[int]
) -> None:
    attachments.bulk_attach(obj=album, image_ids=[ids[index] for index in attached])
    before = laid_out(album)

    with pytest.raises(UnknownImages) as caught:
        attachments.bulk_attach(obj=album, image_ids=[ids[2], 999_999, foreign.pk, ids[3]])

    assert caught.value.context == {"image_ids": [foreign.pk, 999_999]}
    assert laid_out(album) == before


def test_attach__foreign_and_deleted__are_one_error(
    album: Album, images: list[Image], foreign: Image
) -> None:
    gone = Image.objects.get(pk=images[0].pk)
    images[0].delete()

    for image in (foreign, gone):
        with pytest.raises(UnknownImages):
            attachments.attach(obj=album, image=image)
    assert laid_out(album) == ([], None)


# --- how many ---------------------------------------------------------------------------------


def test_attach__beyond_the_maximum__is_refused_and_changes_nothing(
    album: Album, ids: list[int], settings: Any
) -> None:
    settings.GALLERY = {"MAX_PER_OBJECT": 3}
    attachments.bulk_attach(obj=album, image_ids=ids[:2])

    with pytest.raises(GalleryFull) as caught:
        attachments.bulk_attach(obj=album, image_ids=ids[2:4])
    assert caught.value.context == {"limit": 3}
    assert laid_out(album) == (ids[:2], ids[0])

    attachments.bulk_attach(obj=album, image_ids=ids[:3])
    with pytest.raises(GalleryFull):
        attachments.attach(obj=album, image=Image.objects.get(pk=ids[3]))
    attachments.bulk_attach(obj=album, image_ids=ids[:3])  # all are there already: no error
    attachments.detach(obj=album, image_id=ids[0])
    attachments.attach(obj=album, image=Image.objects.get(pk=ids[3]))
    assert laid_out(album) == (ids[1:4], ids[1])


# --- detach -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("detached", "left", "cover"),
    [(0, [1, 2, 3], 1), (1, [0, 2, 3], 0), (3, [0, 1, 2], 0)],
)
def test_detach__closes_ranks_and_hands_the_cover_to_the_first_left(
    album: Album, ids: list[int], detached: int, left: list[int], cover: int
) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids[:4])

    attachments.detach(obj=album, image_id=ids[detached])

    assert laid_out(album) == ([ids[index] for index in left], ids[cover])
    assert Image.objects.count() == 5


def test_detach__a_cover_in_the_middle__hands_it_to_the_first(album: Album, ids: list[int]) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids[:3])
    attachments.set_cover(obj=album, image_id=ids[1])

    attachments.detach(obj=album, image_id=ids[1])

    assert laid_out(album) == ([ids[0], ids[2]], ids[0])


def test_detach__where_there_is_no_cover__makes_none(album: Album, ids: list[int]) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids[:3])
    attachments.unset_cover(obj=album)

    attachments.detach(obj=album, image_id=ids[0])

    assert laid_out(album) == (ids[1:3], None)


def test_detach__what_is_not_attached__is_refused(album: Album, ids: list[int]) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids[:2])

    for image_id in (ids[3], 999_999, 2**70):
        with pytest.raises(NotAttached):
            attachments.detach(obj=album, image_id=image_id)
    assert laid_out(album) == (ids[:2], ids[0])


def test_bulk_detach__takes_out_those_that_are_in(album: Album, ids: list[int]) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids[:4])

    attachments.bulk_detach(obj=album, image_ids=[ids[2], ids[0], ids[4], ids[0]])

    assert laid_out(album) == ([ids[1], ids[3]], ids[1])


def test_bulk_detach__with_foreign_and_missing_ids__names_them_and_detaches_none(
    album: Album, ids: list[int], foreign: Image
) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids[:3])

    with pytest.raises(UnknownImages) as caught:
        attachments.bulk_detach(obj=album, image_ids=[999_999, ids[0], foreign.pk])

    assert caught.value.context == {"image_ids": [foreign.pk, 999_999]}
    assert laid_out(album) == (ids[:3], ids[0])
