"""Arrange a gallery: reorder, cover, and what is said about one image in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gallery.exceptions import NotAttached, OrderMismatch
from gallery.models import Image
from gallery.services import attachments
from orgs.models import Organization
from tests.gallery.api.harness import laid_out, library_of, relation_of
from tests.testapp.models import Album

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(album: Album, organization: Organization) -> list[Image]:
    """Return four images: the first three are in the album, in this order."""
    images = library_of(organization, 4)
    attachments.bulk_attach(obj=album, image_ids=[image.pk for image in images[:3]])
    return images


@pytest.fixture
def ids(images: list[Image]) -> list[int]:
    return [image.pk for image in images]


# --- reorder ----------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [[2, 1, 0], [1, 2, 0], [0, 2, 1], [0, 1, 2]])
def test_reorder__all_of_them__puts_them_in_this_order_and_keeps_the_cover(
    album: Album, ids: list[int], order: list[int]
) -> None:
    wanted = [ids[index] for index in order]

    relations = attachments.reorder(obj=album, image_ids=wanted)

    assert laid_out(album) == (wanted, ids[0])
    assert [(each.image_id, each.order) for each in relations] == [
        *zip(wanted, range(3), strict=True)
    ]


@pytest.mark.parametrize(
    "order",
    [[], [0], [2, 1], [2, 1, 0, 3], [2, 1, 1], [2, 1, 0, 0], [2, 1, 3], [0, 0, 0]],
)
def test_reorder__any_other_set__says_what_there_is_and_moves_nothing(
    album: Album, ids: list[int], order: list[int]
) -> None:
    with pytest.raises(OrderMismatch) as caught:
        attachments.reorder(obj=album, image_ids=[ids[index] for index in order])

    assert caught.value.context == {"image_ids": ids[:3]}
    assert laid_out(album) == (ids[:3], ids[0])


def test_reorder__nothing_in_an_empty_gallery__is_fine(organization: Organization) -> None:
    empty = Album.objects.create(organization=organization)

    assert attachments.reorder(obj=empty, image_ids=[]) == []


# --- the cover --------------------------------------------------------------------------------


def test_set_cover__twice_and_then_another__leaves_one_and_the_order(
    album: Album, ids: list[int]
) -> None:
    for index in (2, 2, 1, 0, 0):
        attachments.set_cover(obj=album, image_id=ids[index])
        assert laid_out(album) == (ids[:3], ids[index])


def test_unset_cover__twice_and_then_set__leaves_the_order(album: Album, ids: list[int]) -> None:
    for _ in range(2):
        attachments.unset_cover(obj=album)
        assert laid_out(album) == (ids[:3], None)
    attachments.set_cover(obj=album, image_id=ids[2])

    assert laid_out(album) == (ids[:3], ids[2])


def test_set_cover__what_is_not_attached__is_refused_and_the_cover_stays(
    album: Album, ids: list[int]
) -> None:
    for image_id in (ids[3], 999_999):
        with pytest.raises(NotAttached):
            attachments.set_cover(obj=album, image_id=image_id)

    assert laid_out(album) == (ids[:3], ids[0])


# --- one relation -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moved", "to", "order"),
    [
        (2, 0, [2, 0, 1]),
        (0, 1, [1, 0, 2]),
        (2, 1, [0, 2, 1]),
        (0, 2, [1, 2, 0]),
        (0, 3, [1, 2, 0]),
        (1, 2**31 - 1, [0, 2, 1]),
        (1, 1, [0, 1, 2]),
    ],
)
def test_update_relation__order__moves_it_and_the_others_make_room(
    album: Album, ids: list[int], moved: int, to: int, order: list[int]
) -> None:
    relation = attachments.update_relation(obj=album, image_id=ids[moved], order=to)

    assert laid_out(album) == ([ids[index] for index in order], ids[0])
    assert relation.order == order.index(moved)


@pytest.mark.parametrize(
    ("index", "is_cover", "cover"), [(1, True, 1), (0, True, 0), (0, False, None), (1, False, 0)]
)
def test_update_relation__is_cover__sets_it_or_gives_it_up(
    album: Album, ids: list[int], index: int, is_cover: bool, cover: int | None
) -> None:
    attachments.update_relation(obj=album, image_id=ids[index], is_cover=is_cover)

    assert laid_out(album) == (ids[:3], None if cover is None else ids[cover])


@pytest.mark.parametrize(("index", "is_cover"), [(1, True), (0, False)])
def test_update_relation__is_cover__is_returned_as_it_is_now(
    album: Album, ids: list[int], index: int, is_cover: bool
) -> None:
    relation = attachments.update_relation(obj=album, image_id=ids[index], is_cover=is_cover)

    assert relation.is_cover is is_cover


def test_update_relation__own_words__are_said_here_and_nowhere_else(
    album: Album, images: list[Image], organization: Organization
) -> None:
    image = images[0]
    Image.objects.filter(pk=image.pk).update(title="title", alt_text="alt", description="words")
    other = Album.objects.create(organization=organization)
    attachments.attach(obj=other, image=image)

    attachments.update_relation(
        obj=album, image_id=image.pk, custom_title="T", custom_alt_text="A", custom_description="D"
    )
    here, there = relation_of(album, image), relation_of(other, image)
    assert (here.title, here.alt_text, here.description) == ("T", "A", "D")
    assert (there.title, there.alt_text, there.description) == ("title", "alt", "words")

    attachments.update_relation(obj=album, image_id=image.pk, custom_title="")
    here = relation_of(album, image)
    assert (here.title, here.alt_text, here.description) == ("title", "A", "D")


def test_update_relation__everything_at_once__applies_everything(
    album: Album, images: list[Image], ids: list[int]
) -> None:
    attachments.update_relation(
        obj=album, image_id=ids[2], order=0, is_cover=True, custom_title="new"
    )

    assert laid_out(album) == ([ids[2], ids[0], ids[1]], ids[2])
    assert relation_of(album, images[2]).custom_title == "new"


def test_update_relation__nothing__changes_nothing(album: Album, ids: list[int]) -> None:
    relation = attachments.update_relation(obj=album, image_id=ids[1])

    assert (relation.image_id, relation.order) == (ids[1], 1)
    assert laid_out(album) == (ids[:3], ids[0])


def test_update_relation__what_is_not_attached__is_refused(album: Album, ids: list[int]) -> None:
    with pytest.raises(NotAttached):
        attachments.update_relation(obj=album, image_id=ids[3], order=0, is_cover=True)

    assert laid_out(album) == (ids[:3], ids[0])


class Refused(Exception):
    """What a precondition of these tests raises."""


@pytest.mark.parametrize(
    "verb",
    [
        lambda chosen: attachments.update_relation(**chosen, order=0, custom_title="new"),
        lambda chosen: attachments.detach(**chosen),
    ],
)
def test_precondition__refuses__nothing_changes(
    album: Album, images: list[Image], ids: list[int], verb: Callable[[dict[str, Any]], object]
) -> None:
    seen: list[Any] = []

    def refuse() -> None:
        seen.append(laid_out(album))
        raise Refused

    chosen: dict[str, Any] = {"obj": album, "image_id": ids[2], "precondition": refuse}

    with pytest.raises(Refused):
        verb(chosen)

    assert seen == [(ids[:3], ids[0])]
    assert laid_out(album) == (ids[:3], ids[0])
    assert relation_of(album, images[2]).custom_title == ""
