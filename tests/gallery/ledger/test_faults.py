"""A storage that fails at any one of its calls, before or after it did what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gallery import ledger, tasks
from gallery.exceptions import StorageUnavailable
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile
from gallery.services.editing import update_image
from gallery.services.removal import delete_image
from gallery.services.uploads import replace_file
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import (
    age,
    assert_nothing_lost,
    keys,
    on_disk,
    uploaded,
    watched_storage,
)

pytestmark = pytest.mark.django_db(transaction=True)
SOURCE = "gallery.image.file"
Work = Callable[[], object]


def fails_at_each_call(work: Work, reset: Work, check: Work) -> int:
    """Do `work` once for each of its storage calls and each way it may fail; count the times."""
    times = 0
    for after in (False, True):
        call = 0
        while True:
            call += 1
            reset()
            with watched_storage(fail_at=call, after=after) as calls:
                work()
            if len(calls) < call:
                break
            check()
            times += 1
    return times


def settled(media_root: Path) -> None:
    age()
    ledger.sweep()
    assert_nothing_lost(media_root)
    assert on_disk(media_root) == keys() == keys(state="live")


def test_upload__storage_fails__says_so_and_leaves_nothing_or_warms_later(
    organization: Organization, upload: Upload, media_root: Path
) -> None:
    refused: list[bool] = []

    def reset() -> None:
        Image.objects.all().delete()

    def work() -> None:
        refused.clear()
        try:
            uploaded(organization, upload())
        except StorageUnavailable:
            refused.append(True)

    def check() -> None:
        assert Image.objects.exists() is not bool(refused)
        assert_nothing_lost(media_root)
        for image in Image.objects.all():
            assert (image.status, image.error) == ("failed", "storage_unavailable")
            tasks.finish(SOURCE, image.pk)
            assert len(keys(state="live")) == 5
        settled(media_root)
        work()
        assert not refused

    assert fails_at_each_call(work, reset, check) == 10  # 5 × put; before and after


def test_replace__storage_fails__image_is_as_it_was_or_warmed_later(
    organization: Organization, upload: Upload, media_root: Path
) -> None:
    key = ""
    refused: list[bool] = []

    def reset() -> None:
        nonlocal key
        Image.objects.all().delete()
        key = uploaded(organization, upload()).original_key

    def work() -> None:
        refused.clear()
        try:
            replace_file(image=Image.objects.get(), upload=upload("new.png"))
        except StorageUnavailable:
            refused.append(True)

    def check() -> None:
        image = Image.objects.get()
        assert (image.original_key == key) is bool(refused)
        assert_nothing_lost(media_root)
        tasks.finish(SOURCE, image.pk)
        settled(media_root)
        assert len(keys(state="live")) == 5

    assert fails_at_each_call(work, reset, check) == 10


def test_focal_point__storage_fails__is_moved_and_the_crop_made_later(
    organization: Organization, upload: Upload, media_root: Path
) -> None:
    def reset() -> None:
        Image.objects.all().delete()
        uploaded(organization, upload())

    def work() -> None:
        update_image(image=Image.objects.get(), focal_point=FocalPoint(10, 10))

    def check() -> None:
        image = Image.objects.get()
        assert (image.status, str(image.focal_point)) == ("failed", "10x10")
        assert tasks.finish(SOURCE, image.pk)
        assert Image.objects.get().error == ""
        settled(media_root)
        assert len(keys(rendition="thumb")) == 1

    assert fails_at_each_call(work, reset, check) == 4


def test_delete__storage_fails__image_is_gone_and_its_files_with_the_sweep(
    organization: Organization, upload: Upload, media_root: Path
) -> None:
    def reset() -> None:
        Image.objects.all().delete()
        uploaded(organization, upload())

    def work() -> None:
        delete_image(image=Image.objects.get())

    def check() -> None:
        assert not Image.objects.exists()
        assert list(MediaFile.objects.servable()) == []
        settled(media_root)
        assert on_disk(media_root) == set()

    assert fails_at_each_call(work, reset, check) == 10


def test_warm__storage_gone_for_long__is_retried_for_ever(
    organization: Organization, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watched_storage(fail_at=2):
        image = uploaded(organization, upload())
    for _ in range(5):
        with watched_storage(fail_at=1):
            assert not tasks.finish(SOURCE, image.pk)
    image.refresh_from_db()
    assert (image.status, image.error) == ("failed", "storage_unavailable")

    assert tasks.finish(SOURCE, image.pk)
    image.refresh_from_db()
    assert (image.status, image.error) == ("ready", "")


def test_finish__picture_that_takes_the_process_down__is_given_up_after_three_tries(
    organization: Organization, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("gallery.tasks.warm_instance", crash)
    image = uploaded(organization, upload())
    assert image.status == Image.Status.PENDING
    for _ in range(2):
        assert not tasks.finish(SOURCE, image.pk)
        image.refresh_from_db()
        assert image.status == Image.Status.PENDING

    assert not tasks.finish(SOURCE, image.pk)
    image.refresh_from_db()
    assert (image.status, image.error) == ("failed", "gave_up")
    assert tasks.overdue() == []
    monkeypatch.undo()
    update_image(image=image, focal_point=FocalPoint(2, 2))
    image.refresh_from_db()
    assert (image.status, image.error) == ("ready", "")
