"""Two at once: warmers, sweeps, a focal point that moves and a delete that comes while warming."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from gallery import ledger, tasks
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile
from gallery.renditions.sets import set_for
from gallery.renditions.warmer import warm_instance
from gallery.services.editing import update_image
from gallery.services.removal import delete_image
from gallery.services.uploads import replace_file
from gallery.storage import LocalStorage
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import State, age, assert_nothing_lost, keys, on_disk, uploaded

pytestmark = pytest.mark.django_db(transaction=True)
SOURCE = "gallery.image.file"


def without_renditions(media_root: Path) -> None:
    for file in MediaFile.objects.exclude(original=None):
        (media_root / file.key).unlink()
        file.delete()


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run everything in threads that start together; return results, or errors in their place."""
    barrier = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(index: int) -> None:
        try:
            barrier.wait(30)
            results[index] = works[index]()
        except Exception as error:  # noqa: BLE001  (the test looks at it)
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def while_putting(monkeypatch: pytest.MonkeyPatch, suffix: str, work: Callable[[], Any]) -> None:
    """Do `work` in another thread when a key with this suffix is about to be put, once."""
    put = LocalStorage.put
    done: list[Any] = []

    def interrupted(self: LocalStorage, key: str, data: bytes, **options: Any) -> None:
        if key.endswith(suffix) and not done:
            done.append(None)
            done.extend(at_once(work))
        put(self, key, data, **options)

    monkeypatch.setattr(LocalStorage, "put", interrupted)


def test_warmers__several_on_one_image__make_one_row_for_each_key(
    image: Image, media_root: Path
) -> None:
    for _ in range(5):
        without_renditions(media_root)
        instances = [Image.objects.get(pk=image.pk) for _ in range(4)]
        results = at_once(*(partial(warm_instance, i, set_for(i)) for i in instances))

        assert [result.ready for result in results] == [4, 4, 4, 4], results
        assert on_disk(media_root) == keys() == keys(state="live")
        assert_nothing_lost(media_root)


def test_focal_point__moved_while_warming__renditions_follow_the_last(
    image: Image, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_renditions(media_root)
    other = Image.objects.get(pk=image.pk)
    while_putting(
        monkeypatch,
        "_md.webp",
        lambda: update_image(image=other, focal_point=FocalPoint(10, 90)),
    )

    tasks.warm(SOURCE, image.pk)

    base = image.original_key.removesuffix(".jpg")
    assert keys(rendition="thumb") == {f"{base}_thumb-10x90.webp"}
    assert on_disk(media_root) == keys() == keys(state="live")
    assert Image.objects.get().status == Image.Status.READY


def test_focal_points__moved_by_several__end_with_the_crop_of_the_stored_one(
    image: Image, media_root: Path
) -> None:
    points = [FocalPoint(10 * n, 90) for n in range(1, 5)]
    instances = [Image.objects.get(pk=image.pk) for _ in points]
    results = at_once(
        *(
            partial(update_image, image=instance, focal_point=point)
            for instance, point in zip(instances, points, strict=True)
        )
    )

    assert all(isinstance(result, Image) for result in results), results
    stored = Image.objects.get()
    base = image.original_key.removesuffix(".jpg")
    assert keys(rendition="thumb", state="live") == {f"{base}_thumb-{stored.focal_point}.webp"}
    age()
    ledger.sweep()
    assert on_disk(media_root) == keys() == keys(state="live")


def test_replace__while_warming__nothing_of_the_old_file_goes_live(
    image: Image, media_root: Path, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_renditions(media_root)
    other, file = Image.objects.get(pk=image.pk), upload()
    while_putting(monkeypatch, "_md.webp", lambda: replace_file(image=other, upload=file))

    tasks.warm(SOURCE, image.pk)

    stored = Image.objects.get()
    assert stored.original_key != image.original_key
    assert all(key.startswith(stored.original_key[:-4]) for key in keys(state="live"))
    assert len(keys(state="live")) == 5
    assert keys(state="stale") == {image.original_key}
    assert_nothing_lost(media_root)


def test_delete__while_warming__leaves_nothing(
    image: Image, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_renditions(media_root)
    other = Image.objects.get(pk=image.pk)
    while_putting(monkeypatch, "_md.webp", lambda: delete_image(image=other))

    tasks.warm(SOURCE, image.pk)

    assert on_disk(media_root) == keys() == set()


def test_delete__several_at_once__is_done_once(image: Image, media_root: Path) -> None:
    results = at_once(*[lambda: delete_image(image=image)] * 4)

    assert results == [None] * 4
    assert on_disk(media_root) == keys() == set()


def test_delete_and_edit__at_once__either_wins_and_nothing_is_left(
    organization: Organization, upload: Upload, media_root: Path
) -> None:
    for _ in range(4):
        image = uploaded(organization, upload())
        one, other = Image.objects.get(pk=image.pk), Image.objects.get(pk=image.pk)
        results = at_once(
            partial(delete_image, image=one),
            partial(update_image, image=other, focal_point=FocalPoint(1, 1)),
        )
        assert results[0] is None
        assert isinstance(results[1], (Image, Image.DoesNotExist)), results
        age()
        ledger.sweep()
        assert on_disk(media_root) == keys() == set()


def test_sweeps__several_at_once__each_file_is_deleted_once(
    organization: Organization, upload: Upload, media_root: Path
) -> None:
    for _ in range(4):
        uploaded(organization, upload())
    Image.objects.all()._raw_delete("default")
    MediaFile.objects.update(state=State.STALE, delete_after=timezone.now())

    results = at_once(*[ledger.sweep] * 3)

    assert not any(isinstance(result, Exception) for result in results), results
    ledger.sweep()
    assert sum(result.deleted for result in results) == 20
    assert on_disk(media_root) == keys() == set()


def test_sweep__while_a_swept_rendition_is_warmed_again__nothing_is_lost(
    image: Image, media_root: Path
) -> None:
    for _ in range(5):
        renditions = MediaFile.objects.exclude(original=None)
        renditions.update(state=State.STALE, delete_after=timezone.now())
        results = at_once(
            ledger.sweep, lambda: tasks.warm(SOURCE, image.pk), lambda: tasks.warm(SOURCE, image.pk)
        )

        assert not any(isinstance(result, Exception) for result in results), results
        assert_nothing_lost(media_root)
        assert len(keys(state="live")) == 5
