"""The sweep: what is due goes, what is in use comes back, and nothing else is touched."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from gallery import ledger
from gallery.models import Image, MediaFile
from gallery.services.removal import delete_image
from gallery.storage import LocalStorage
from tests.gallery.heart import (
    age,
    assert_nothing_lost,
    keys,
    on_disk,
    row,
    watched_storage,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_sweep__nothing_due__does_nothing(image: Image) -> None:
    with watched_storage() as calls:
        assert ledger.sweep() == ledger.SweepReport()

    assert calls == []


def test_sweep__pending_files_past_their_time__go_with_their_rows(media_root: Path) -> None:
    files = [row("a.jpg"), row("never-put.jpg")]
    ledger.announce(files)
    ledger.put(files[0], b"x")
    assert ledger.sweep().deleted == 0
    age()

    assert ledger.sweep().deleted == 2
    assert on_disk(media_root) == keys() == set()


def test_sweep__pending_original_in_use__is_live_again_and_warmed(
    image: Image, media_root: Path
) -> None:
    key = image.original_key
    MediaFile.objects.exclude(original=None).delete()
    MediaFile.objects.update(state="pending", delete_after=timezone.now(), object_id="")

    report = ledger.sweep()

    assert report == ledger.SweepReport(revived=1)
    assert len(keys(state="live", object_id=str(image.pk))) == 5
    assert key in keys(state="live")
    assert_nothing_lost(media_root)


def test_sweep__renditions_of_a_due_original__go_first(
    image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.objects.all()._raw_delete("default")
    MediaFile.objects.update(state="stale", delete_after=timezone.now())
    deleted: list[str] = []
    delete = LocalStorage.delete

    def watched(self: LocalStorage, name: str) -> None:
        deleted.append(name)
        delete(self, name)

    monkeypatch.setattr(LocalStorage, "delete", watched)
    ledger.sweep()

    assert deleted[-1] == image.original_key
    assert len(deleted) == 5


def test_sweep__due_original_with_live_renditions__takes_them_along(
    image: Image, media_root: Path
) -> None:
    Image.objects.all()._raw_delete("default")
    originals = MediaFile.objects.filter(original=None)
    originals.update(state="stale", delete_after=timezone.now())

    ledger.sweep()

    assert on_disk(media_root) == keys() == set()


def test_sweep__storage_does_not_delete__waits_longer_each_time_and_answers_no_more(
    image: Image, monkeypatch: pytest.MonkeyPatch, media_root: Path
) -> None:
    def broken(*_: object) -> None:
        raise OSError("no")

    monkeypatch.setattr(LocalStorage, "delete", broken)
    delete_image(image=image)
    assert len(keys()) == 5
    assert list(MediaFile.objects.servable()) == []
    assert ledger.sweep().failed == 0  # not again at once
    pauses = []
    for since in (timedelta(minutes=1), timedelta(hours=1), timedelta(days=9)):
        now = timezone.now()
        MediaFile.objects.update(delete_after=now - since, retry_after=None)
        assert ledger.sweep().failed == 4
        retry_after = MediaFile.objects.exclude(original=None).first().retry_after  # type: ignore[union-attr]
        assert retry_after
        pauses.append(round((retry_after - now) / timedelta(minutes=5)))
    assert pauses == [1, 12, 288]

    monkeypatch.undo()
    age()
    assert ledger.sweep().deleted == 5
    assert ledger.sweep() == ledger.SweepReport()


def test_sweep__rendition_on_its_way_from_a_deleted_image__is_left_until_it_is_due(
    image: Image, media_root: Path
) -> None:
    original = MediaFile.objects.get(original=None)
    on_its_way = row("late.webp", original=original, rendition="late", object_id=image.pk)
    ledger.announce([on_its_way])
    delete_image(image=image)

    assert keys() == {"late.webp", original.key}
    assert list(MediaFile.objects.servable()) == []
    ledger.put(on_its_way, b"x")
    assert ledger.publish_renditions(original.key, [on_its_way], still_wanted=set) == set()

    assert on_disk(media_root) == keys() == set()


def test_sweep__limit__looks_at_no_more(image: Image) -> None:
    Image.objects.all()._raw_delete("default")
    MediaFile.objects.update(state="stale", delete_after=timezone.now())
    seen: list[None] = []

    assert ledger.sweep(limit=2, progress=lambda: seen.append(None)).deleted == 2
    assert len(seen) == 2
    assert len(keys()) == 3
