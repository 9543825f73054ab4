"""Many at once on the same galleries: nobody waits in turn, and what is left is in order."""

from __future__ import annotations

import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from gallery.exceptions import GalleryFull, ImageInUse, ObjectGone, UnknownImages
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Gallery, Image, PolymorphicImageRelation
from gallery.models import gallery as gallery_module
from gallery.services import attachments
from gallery.services.locked_gallery import locked_gallery
from gallery.services.removal import delete_image
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.api.harness import laid_out
from tests.gallery.heart import keys, on_disk
from tests.gallery.ledger.test_races import at_once
from tests.gallery.services.crowd import (
    AddImages,
    Editor,
    assert_refused,
    fresh,
    many,
    meanwhile,
)
from tests.testapp.models import Album, Page

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_deadlock"),
    pytest.mark.timeout(600),
]
CONTRACT = {200, 201, 204, 400, 404, 409}


def test_clients__many_on_one_gallery__each_gets_an_answer_and_it_stays_in_order(
    album: Album, member: User, add_images: AddImages
) -> None:
    images, rounds = add_images(5), many(100, 12)
    editors = [Editor(member, album, images, seed) for seed in range(many(50, 8))]

    results = at_once(*(partial(editor.work, rounds) for editor in editors))

    assert all(isinstance(result, Counter) for result in results), results
    answers: Counter[tuple[str, int]] = sum(results, Counter())
    assert {status for _, status in answers} <= CONTRACT, answers
    assert answers.total() == len(editors) * rounds
    laid_out(album)


def test_attach__while_the_image_is_deleted__it_is_there_and_attached_or_neither(
    album: Album, other: Album, add_images: AddImages
) -> None:
    attachments.bulk_attach(obj=album, image_ids=[image.pk for image in add_images(2)])
    for number in range(many(25, 6)):
        image, first, last = add_images(3)
        attachments.attach(obj=album, image=first, is_cover=True, order=0)
        results = at_once(
            partial(delete_image, image=fresh(image), force=number % 3 == 0),
            partial(attachments.attach, obj=album, image=image, order=0, is_cover=True),
            partial(attachments.attach, obj=other, image=image, focal_point=FocalPoint(1, 2)),
            partial(attachments.bulk_attach, obj=album, image_ids=[last.pk, image.pk]),
            partial(delete_image, image=fresh(first), force=True),
        )

        assert_refused(results, ImageInUse, UnknownImages)
        here, there = laid_out(album)[0], laid_out(other)[0]
        is_left = Image.objects.filter(pk=image.pk).exists()
        assert isinstance(results[0], ImageInUse) == is_left
        assert (image.pk in here) == (image.pk in there) == is_left
        assert isinstance(results[3], UnknownImages) != (last.pk in here)
        attachments.bulk_detach(obj=album, image_ids=[last.pk])


def test_attach__while_the_object_is_deleted__leaves_no_relation(
    organization: Organization, add_images: AddImages
) -> None:
    for _ in range(many(25, 6)):
        album = Album.objects.create(organization=organization)
        images = add_images(4)
        attachments.attach(obj=album, image=images[0], focal_point=FocalPoint(1, 2))
        results = at_once(
            Album.objects.get(pk=album.pk).delete,
            partial(attachments.attach, obj=album, image=images[1], is_cover=True, order=0),
            partial(attachments.bulk_attach, obj=album, image_ids=[image.pk for image in images]),
            partial(delete_image, image=fresh(images[0]), force=True),
            partial(delete_image, image=fresh(images[3]), force=True),
        )

        assert_refused(results, ObjectGone, UnknownImages)
        assert not PolymorphicImageRelation.objects.exists()
        assert set(Image.objects.in_bulk([image.pk for image in images])) == {
            image.pk for image in images[1:3]
        }


def test_object__deleted_with_those_that_hang_on_it__while_their_images_are_deleted(
    organization: Organization, add_images: AddImages
) -> None:
    for _ in range(many(20, 5)):
        album = Album.objects.create(organization=organization)
        pages = [Page.objects.create(slug=f"{album.pk}-{n}", album=album) for n in range(2)]
        images = add_images(2)
        for obj in (album, *pages):
            attachments.bulk_attach(obj=obj, image_ids=[image.pk for image in images])
        results = at_once(
            Album.objects.get(pk=album.pk).delete,
            *(partial(delete_image, image=fresh(image), force=True) for image in images),
            *(partial(attachments.attach, obj=page, image=images[0]) for page in pages),
        )

        assert_refused(results, ObjectGone, UnknownImages)
        assert not PolymorphicImageRelation.objects.exists()


def test_delete_image__attached_to_one_more_while_others_wait__lets_them_pass(
    album: Album, other: Album, add_images: AddImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_a_while() -> None:
        with locked_gallery(album):
            time.sleep(1.5)  # until PostgreSQL looks for a deadlock

    [image] = add_images(1)
    attachments.attach(obj=album, image=image)
    attach = partial(attachments.attach, obj=other, image=image)
    unset = partial(attachments.unset_cover, obj=album)
    # It has looked up one gallery when there are two; it has locked that one when somebody wants
    # it; and it has let go of it, to begin again, when one more takes it.
    begun = meanwhile(monkeypatch, Gallery, "lock", attach)
    more = meanwhile(monkeypatch, gallery_module, "galleries_of", None, unset, take_a_while)

    delete_image(image=image, force=True)

    assert_refused([future.result(60) for future in [*begun, *more]], UnknownImages)
    assert laid_out(album) == laid_out(other) == ([], None)


def test_list__while_images_are_deleted__shows_the_others(
    album: Album, member: User, add_images: AddImages
) -> None:
    images = add_images(many(15, 12))
    attachments.bulk_attach(obj=album, image_ids=[image.pk for image in images])
    reader = Editor(member, album, images, 0)
    is_done = threading.Event()

    def read() -> set[int]:
        statuses = set()
        while not is_done.is_set():
            statuses.add(reader.client.get(reader.url).status_code)
        return statuses

    def delete() -> None:
        try:
            for image in images:
                delete_image(image=image, force=True)
        finally:
            is_done.set()

    assert at_once(read, read, delete) == [{200}, {200}, None]


def test_attach__by_many_the_same_image__is_done_once(album: Album, add_images: AddImages) -> None:
    [image] = add_images(1)

    results = at_once(*[partial(attachments.attach, obj=album, image=image)] * 50)

    assert {result.pk for result in results} == {PolymorphicImageRelation.objects.get().pk}


def test_set_cover__by_many__there_is_one(album: Album, add_images: AddImages) -> None:
    ids = [image.pk for image in add_images(10)]
    attachments.bulk_attach(obj=album, image_ids=ids)
    for _ in range(many(5, 1)):
        results = at_once(*(partial(attachments.set_cover, obj=album, image_id=n) for n in ids * 5))

        assert results == [None] * 50
        in_order, cover = laid_out(album)
        assert in_order == ids
        assert cover in ids


def test_attach_and_upload__by_many_with_one_place_left__one_gets_it(
    album: Album, add_images: AddImages, upload: Upload, media_root: Path, settings: Any
) -> None:
    settings.GALLERY = {"MAX_PER_OBJECT": 3}
    attach, store = attachments.attach, attachments.upload_and_attach
    for _ in range(many(4, 1)):
        attachments.bulk_attach(obj=album, image_ids=[image.pk for image in add_images(2)])
        results = at_once(
            *(
                partial(store, obj=album, creator=None, upload=upload("a.png", (8, 6)))
                for _ in range(15)
            ),
            *(partial(attach, obj=album, image=image) for image in add_images(15)),
        )

        [done] = [result for result in results if not isinstance(result, GalleryFull)]
        assert isinstance(done, PolymorphicImageRelation), results
        in_order, _ = laid_out(album)
        assert in_order[2:] == [done.image_id]
        assert on_disk(media_root) == keys() == keys(state="live")
        attachments.bulk_detach(obj=album, image_ids=in_order)
