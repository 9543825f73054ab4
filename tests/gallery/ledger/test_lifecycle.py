"""From announcement to the last byte: what each step of a file's life leaves."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from PIL import Image as PillowImage

from gallery import ledger
from gallery.exceptions import OriginalGone, StorageUnavailable
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile
from gallery.services.editing import update_image
from gallery.services.removal import delete_image
from gallery.services.uploads import replace_file
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import (
    State,
    age,
    assert_nothing_lost,
    keys,
    on_disk,
    row,
    uploaded,
    watched_storage,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_announce__inside_a_transaction__is_refused() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        ledger.announce([row("a.jpg")])

    assert keys() == set()


def test_announce__rows_of_every_state__only_live_ones_stay(image: Image) -> None:
    original = MediaFile.objects.get(original=None)
    stale = MediaFile.objects.get(rendition="sm")
    MediaFile.objects.filter(pk=stale.pk).update(state="stale", delete_after=timezone.now())
    again = [
        row(stale.key, original=original, rendition="sm"),
        row(image.original_key),
        row("new.webp", original=original, rendition="new"),
    ]

    ledger.announce(again)

    assert keys(state="pending") == {stale.key, "new.webp"}
    assert keys(state="live", original=None) == {image.original_key}
    assert [file.pk for file in again[:2]] == [stale.pk, original.pk]
    deadline = timezone.now() + timedelta(minutes=59)
    assert not MediaFile.objects.filter(state="pending", delete_after__lt=deadline).exists()


def test_announce__original_swept_meanwhile__says_so(image: Image) -> None:
    original = MediaFile.objects.get(original=None)
    delete_image(image=image)

    with pytest.raises(OriginalGone):
        ledger.announce([row("late.webp", original=original, rendition="late")])
    assert keys() == set()


def test_put__slower_than_the_announcement_lasts__is_announced_again(settings: Any) -> None:
    file = row("slow.jpg")
    ledger.announce([file])
    first = file.pk
    MediaFile.objects.all().delete()  # as the sweep does when it takes it for abandoned
    file.delete_after = timezone.now() - timedelta(seconds=1)

    ledger.put(file, b"x")

    assert keys(state="pending") == {"slow.jpg"}
    assert file.pk != first


def test_go_live__row_swept__says_so_and_rolls_back(image: Image) -> None:
    with pytest.raises(OriginalGone), transaction.atomic():
        Image.objects.filter(pk=image.pk).update(file="images/nothing.jpg")

    assert Image.objects.get().original_key == image.original_key


def test_facts__of_stored_bytes__equal_the_files(image: Image, media_root: Path) -> None:
    for file in MediaFile.objects.all():
        data = (media_root / file.key).read_bytes()
        assert file.size == len(data)
        assert file.sha256 == hashlib.sha256(data).hexdigest()
        with PillowImage.open(media_root / file.key) as picture:
            assert picture.size == (file.width, file.height)
            assert picture.get_format_mimetype() == file.content_type
    original = MediaFile.objects.get(original=None)
    assert (image.file_size, image.sha256) == (original.size, original.sha256)
    data = (media_root / original.key).read_bytes()
    assert image.md5 == hashlib.md5(data, usedforsecurity=False).hexdigest()


def test_replace__old_files__answer_for_the_grace_period_and_no_longer(
    image: Image, upload: Upload, media_root: Path
) -> None:
    old = keys()
    replace_file(image=image, upload=upload("new.png"))

    assert old == keys(state=State.STALE) == keys() - keys(state="live")
    assert set(MediaFile.objects.servable().values_list("key", flat=True)) == keys()
    assert ledger.sweep().deleted == 0
    age()
    assert set(MediaFile.objects.servable().values_list("key", flat=True)) == keys(state="live")
    assert ledger.sweep().deleted == 5
    assert on_disk(media_root) == keys(state="live")
    assert_nothing_lost(media_root)


def test_replace__with_an_instance_read_before_another_replacement__retires_that_too(
    image: Image, upload: Upload, media_root: Path
) -> None:
    before = Image.objects.get(pk=image.pk)
    replace_file(image=image, upload=upload())
    replace_file(image=before, upload=upload())

    assert len(keys(state="live")) == 5
    assert len(keys(state="stale")) == 10
    assert_nothing_lost(media_root)


def test_replace__undone_by_naming_the_old_file__revives_what_is_in_grace(
    image: Image, upload: Upload, media_root: Path
) -> None:
    old_key, old = image.original_key, keys()
    image = replace_file(image=image, upload=upload())

    image.file = old_key
    image.save()

    assert keys(state="live") == old
    assert_nothing_lost(media_root)


def test_focal_point__moved_and_back__revives_the_old_crop_without_the_storage(
    image: Image,
) -> None:
    update_image(image=image, focal_point=FocalPoint(10, 10))
    assert len(keys(state="stale")) == 1

    with watched_storage() as calls:
        update_image(image=image, focal_point=FocalPoint.CENTER)

    assert calls == []
    assert {key[-10:] for key in keys(state="stale")} == {"10x10.webp"}
    assert len(keys(state="live")) == 5


def test_focal_point__moved_with_an_instance_that_has_it_already__is_moved(image: Image) -> None:
    before = Image.objects.get(pk=image.pk)
    update_image(image=image, focal_point=FocalPoint(10, 10))

    update_image(image=before, focal_point=FocalPoint.CENTER)

    assert Image.objects.get().focal_point == FocalPoint.CENTER


@pytest.mark.parametrize("how", ["service", "update"])
def test_visibility__made_private__hides_every_file_there_is_or_was(
    image: Image, upload: Upload, how: str
) -> None:
    image = replace_file(image=image, upload=upload())
    if how == "service":
        update_image(image=image, visibility="private")
    else:
        Image.objects.update(visibility="private")

    assert keys(visibility="public") == set()
    assert len(keys(visibility="private")) == 10


def test_visibility__renditions_made_later__have_the_originals(
    organization: Organization, upload: Upload
) -> None:
    image = uploaded(organization, upload(), visibility="private")
    update_image(image=image, focal_point=FocalPoint(1, 2))

    assert keys(visibility="public") == set()


def test_delete__image_replaced_before__stops_answering_altogether(
    image: Image, upload: Upload, monkeypatch: pytest.MonkeyPatch, media_root: Path
) -> None:
    image = replace_file(image=image, upload=upload())
    with watched_storage(fail_at=1):  # nothing more than the first delete fails
        delete_image(image=image)

    assert list(MediaFile.objects.servable()) == []
    assert on_disk(media_root) == keys()
    assert len(keys()) == 2  # the one that failed, and its original
    age()
    ledger.sweep()
    assert on_disk(media_root) == keys() == set()


@pytest.mark.parametrize("in_bulk", [True, False])
def test_delete__rolled_back__keeps_row_and_files(
    image: Image, media_root: Path, in_bulk: bool
) -> None:
    files = on_disk(media_root)
    delete = Image.objects.all().delete if in_bulk else Image.objects.get(pk=image.pk).delete
    with transaction.atomic():
        delete()
        transaction.set_rollback(True)

    assert on_disk(media_root) == files == keys(state="live")
    assert_nothing_lost(media_root)


def test_delete__from_a_queryset__deletes_the_files_after_commit(
    image: Image, organization: Organization, upload: Upload, media_root: Path
) -> None:
    uploaded(organization, upload())
    with transaction.atomic():
        Image.objects.all().delete()
        assert len(on_disk(media_root)) == 10

    assert on_disk(media_root) == keys() == set()


def test_publish__announcement_swept_and_made_anew__is_not_believed(image: Image) -> None:
    original = MediaFile.objects.get(original=None)
    mine = row("x.webp", original=original, rendition="x")
    ledger.announce([mine])
    MediaFile.objects.filter(pk=mine.pk).delete()
    theirs = row("x.webp", original=original, rendition="x")
    ledger.announce([theirs])

    assert not ledger.publish_renditions(original.key, [mine], still_wanted=lambda: {"x.webp"})
    assert keys(state="pending") == {"x.webp"}
    assert ledger.publish_renditions(original.key, [theirs], still_wanted=lambda: {"x.webp"})


def test_upload__put_fails__leaves_no_row_and_no_file(
    organization: Organization, upload: Upload, media_root: Path
) -> None:
    with watched_storage(fail_at=1), pytest.raises(StorageUnavailable):
        uploaded(organization, upload())

    assert on_disk(media_root) == keys() == set()
    assert not Image.objects.exists()
