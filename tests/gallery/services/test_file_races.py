"""Files and focal points that change while galleries do: nobody waits in turn, nothing is lost."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gallery import ledger, tasks
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Gallery, Image, PolymorphicImageRelation
from gallery.renditions.sets import set_for
from gallery.renditions.warmer import wanted_renditions
from gallery.services import attachments
from gallery.services.removal import delete_image
from gallery.services.uploads import replace_file
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.api.harness import laid_out
from tests.gallery.heart import SETS, age, assert_nothing_lost, keys, on_disk, uploaded
from tests.gallery.ledger.test_races import at_once, while_putting, without_renditions
from tests.gallery.services.crowd import (
    AddImages,
    Operator,
    assert_refused,
    fresh,
    many,
    meanwhile,
)
from tests.gallery.services.shelves import SMALL
from tests.testapp.models import Album

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_deadlock"),
    pytest.mark.timeout(600),
]


def test_replace_file__while_a_use_is_moved_and_cropped__both_are_done(
    album: Album, add_images: AddImages, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, image = add_images(2)
    attachments.bulk_attach(obj=album, image_ids=[other.pk, image.pk])
    crop = partial(attachments.update_relation, obj=album, image_id=image.pk)
    crop(focal_point=FocalPoint(1, 2))
    moved = partial(crop, order=0, is_cover=True, focal_point=FocalPoint(3, 4))
    begun = meanwhile(monkeypatch, Image, "forget_former_picture", moved)

    replace_file(image=fresh(image), upload=upload("b.png", (8, 6)))

    assert_refused([future.result(60) for future in begun])
    assert laid_out(album) == ([image.pk, other.pk], image.pk)
    assert fresh(image).focal_points_in_use() == {FocalPoint.CENTER, FocalPoint(3, 4)}


def test_save__of_a_new_file_while_another_image_is_deleted__both_are_done(
    organization: Organization,
    add_images: AddImages,
    upload: Upload,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    doomed, image = add_images(2)
    albums = [Album.objects.create(organization=organization) for _ in range(6)]
    for obj in albums:
        attachments.bulk_attach(obj=obj, image_ids=[doomed.pk, image.pk])
        attachments.update_relation(obj=obj, image_id=image.pk, focal_point=FocalPoint(1, 2))
    arrange, is_arranged = Gallery.arrange, threading.Event()

    def arrange_slowly(gallery: Gallery, in_order: Sequence[PolymorphicImageRelation]) -> None:
        arrange(gallery, in_order)
        if not is_arranged.is_set():
            is_arranged.set()
            time.sleep(0.5)

    def save() -> None:
        is_arranged.wait(30)
        image.save()

    monkeypatch.setattr(Gallery, "arrange", arrange_slowly)
    image.file = upload("b.png", (8, 6))

    assert_refused(at_once(partial(delete_image, image=doomed, force=True), save))

    assert [laid_out(obj) for obj in albums] == [([image.pk], image.pk)] * 6
    assert fresh(image).focal_points_in_use() == {FocalPoint.CENTER}


def test_warmers__two_at_once_while_the_file_is_replaced__leave_no_file_without_a_row(
    organization: Organization, upload: Upload, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, file = uploaded(organization, upload("a.png", (8, 6))), upload("b.png", (8, 6))
    without_renditions(media_root)
    warm = partial(tasks.warm, "gallery.image.file", image.pk)
    replace = partial(replace_file, image=fresh(image), upload=file)
    while_putting(monkeypatch, ".webp", replace)  # the second time
    while_putting(monkeypatch, ".webp", warm)

    warm()

    assert_nothing_lost(media_root)


def test_files_and_galleries__changed_by_many__nothing_is_lost(
    organization: Organization,
    album: Album,
    other: Album,
    upload: Upload,
    media_root: Path,
    settings: Any,
) -> None:
    setattr(settings, SETS, SMALL)
    file = upload("a.png", (8, 6))
    content = file.read()
    images = [uploaded(organization, file) for _ in range(6)]
    for obj in (album, other):
        attachments.bulk_attach(obj=obj, image_ids=[image.pk for image in images])
    operators = [Operator((album, other), images, content, seed) for seed in range(8)]

    results = at_once(*(partial(operator.work, many(40, 8)) for operator in operators))

    assert all(isinstance(result, Counter) for result in results), results
    laid_out(album)
    laid_out(other)
    assert_nothing_lost(media_root)
    expected = {image.original_key for image in Image.objects.all()}
    for image in Image.objects.all():
        expected |= set(wanted_renditions(image, set_for(image)))
        assert image.status == Image.Status.READY
    assert keys(state="live") == expected
    age()
    ledger.sweep()
    assert on_disk(media_root) == keys() == expected
