"""Renditions made by real workers: by the next one if one is killed, and once if told thrice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from PIL import Image as PillowImage
from redis import Redis

from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile
from gallery.renditions.urls import variants
from gallery.services import attachments
from gallery.tasks import sweep_in_background, warm_in_background
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import SETS, assert_nothing_lost, keys, on_disk, uploaded
from tests.services import heavy
from tests.services.conftest import StartWorker
from tests.services.harness import Worker, wait_until
from tests.testapp.models import Album

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
SOURCE = "gallery.image.file"
QUEUE = "celery"
DONE = "succeeded in"
PATIENCE = 120

HeavyWorker = Callable[..., Worker]


@pytest.fixture
def heavy_worker(workers: StartWorker, settings: Any) -> HeavyWorker:
    """Return a function that starts workers for which a large picture is seconds of work."""
    setattr(settings, SETS, heavy.VERSATILEIMAGEFIELD_RENDITION_KEY_SETS)
    return partial(workers, DJANGO_SETTINGS_MODULE=heavy.__name__)


def large() -> ContentFile[bytes]:
    """Draw 40 megapixels."""
    buffer = BytesIO()
    noise = PillowImage.effect_noise((200, 125), 80).resize((8000, 5000))
    noise.convert("RGB").save(buffer, "PNG", compress_level=1)
    assert buffer.tell() < 25_000_000
    return ContentFile(buffer.getvalue(), name="large.png")


def original(image: Image) -> MediaFile:
    return MediaFile.objects.get(key=image.original_key)


def is_ready(image: Image) -> bool:
    return Image.objects.get(pk=image.pk).status == Image.Status.READY


def let_time_pass(image: Image) -> None:
    """Have the time come from which the sweep may begin what is not finished."""
    past = timezone.now() - timedelta(seconds=1)
    MediaFile.objects.filter(key=image.original_key).update(warming_due=past)


def decoders_of(worker: Worker) -> list[int]:
    """Return the processes that decode for a worker; each leads a session of its own."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # pid (name) state parent group …; a name may have spaces, and no parenthesis here
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            group = Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[2]
            is_decoder = b"gallery.imaging.bounded" in (folder / "cmdline").read_bytes()
        except OSError:
            continue  # ended meanwhile
        if is_decoder and int(group) == worker.process.pid:
            found.append(int(folder.name))
    return found


def kill_while_it_renders(worker: Worker, image: Image) -> None:
    def is_rendering() -> bool:
        return original(image).warming_attempts == 1 and bool(decoders_of(worker))

    wait_until(is_rendering, seconds=PATIENCE, otherwise=worker.said)
    worker.kill()
    assert original(image).warming == MediaFile.Warming.PENDING, worker.said()
    assert keys(state="live") == {image.original_key}, worker.said()


def assert_finished(image: Image, worker: Worker, media_root: Path, *, files: int) -> None:
    wait_until(lambda: is_ready(image), seconds=PATIENCE, otherwise=worker.said)
    row = original(image)
    assert (row.warming, row.warming_attempts, row.warming_due) == ("ready", 0, None)
    assert_nothing_lost(media_root)
    assert on_disk(media_root) == keys() == keys(state="live")
    assert len(keys()) == files
    assert image.original_key not in list(variants(Image.objects.get()).values())[1:]


def test_upload__leaves_the_renditions_to_the_worker(
    workers: StartWorker, organization: Organization, upload: Upload, media_root: Path
) -> None:
    image = uploaded(organization, upload())
    assert image.status == Image.Status.PENDING
    assert set(variants(image).values()) == {image.file.url}
    assert on_disk(media_root) == keys() == {image.original_key}

    assert_finished(image, workers(), media_root, files=5)


def test_dispatch__comes_after_commit_or_not_at_all(
    transactional_db: None, broker: Redis, organization: Organization, upload: Upload
) -> None:
    for is_rolled_back, queued in ((True, 0), (False, 1)):
        image = Image(organization=organization, file=upload())
        image.store_assigned_file()
        with transaction.atomic():
            image.save()
            assert broker.llen(QUEUE) == 0
            transaction.set_rollback(is_rolled_back)
        assert broker.llen(QUEUE) == queued


def test_attach__with_a_point_of_its_own__is_cropped_by_the_worker(
    workers: StartWorker, organization: Organization, upload: Upload, media_root: Path
) -> None:
    worker, image = workers(), uploaded(organization, upload())
    wait_until(lambda: is_ready(image), seconds=PATIENCE, otherwise=worker.said)
    album = Album.objects.create(organization=organization)
    there = attachments.upload_and_attach(
        obj=album, creator=None, upload=upload(), focal_point=FocalPoint(10, 90)
    )

    wait_until(lambda: is_ready(there.image), seconds=PATIENCE, otherwise=worker.said)
    assert there.rendition("thumb").key in keys(state="live")


def test_worker__killed_while_it_renders__another_is_sent_the_task_again(
    heavy_worker: HeavyWorker, organization: Organization, media_root: Path
) -> None:
    soon = {"CELERY_VISIBILITY_SECONDS": "8"}
    first, image = heavy_worker(**soon), uploaded(organization, large())
    kill_while_it_renders(first, image)

    assert_finished(image, heavy_worker(**soon), media_root, files=7)


def test_worker__killed_and_the_message_lost__the_sweep_of_the_beat_queues_it_again(
    heavy_worker: HeavyWorker,
    organization: Organization,
    media_root: Path,
    broker: Redis,
    tmp_path: Path,
) -> None:
    first = heavy_worker(GALLERY_WARMING_SECONDS="1")
    image = uploaded(organization, large())
    kill_while_it_renders(first, image)
    broker.flushdb()

    beat = ("--concurrency=1", "--beat", f"--schedule={tmp_path / 'beat'}")
    second = heavy_worker(*beat, CELERY_SWEEP_SECONDS="2")
    assert_finished(image, second, media_root, files=7)


def test_picture__that_is_always_over_budget__is_given_up_and_holds_nobody_up(
    heavy_worker: HeavyWorker, organization: Organization, upload: Upload, media_root: Path
) -> None:
    def has_failed(times: int) -> bool:
        return worker.said().count("warming_failed") == times

    worker = heavy_worker(GALLERY_DECODER_CPU_SECONDS="1")
    poison = uploaded(organization, large())
    told_again = partial(warm_in_background.delay, SOURCE, str(poison.pk))
    others = [uploaded(organization, upload()) for _ in range(3)]

    wait_until(
        lambda: all(is_ready(image) for image in others), seconds=PATIENCE, otherwise=worker.said
    )
    for attempt in (1, 2, 3):
        wait_until(partial(has_failed, attempt), seconds=PATIENCE, otherwise=worker.said)
        row = original(poison)
        expected = "failed" if attempt == 3 else "pending"
        assert (row.warming, row.warming_attempts) == (expected, attempt), worker.said()
        assert row.warming_error == "over_budget"
        assert Image.objects.get(pk=poison.pk).status == expected
        let_time_pass(poison)
        (sweep_in_background.delay if attempt < 3 else told_again)()
    # That last time, too, is behind us: nothing was begun.
    wait_until(lambda: worker.said().count(DONE) == 9, seconds=PATIENCE, otherwise=worker.said)
    assert worker.said().count("warming_failed") == 3
    assert (original(poison).warming, original(poison).warming_attempts) == ("failed", 3)
    assert_nothing_lost(media_root)


def test_task__delivered_three_times_at_once__is_done_once_in_effect(
    workers: StartWorker, organization: Organization, upload: Upload, media_root: Path
) -> None:
    images = [uploaded(organization, upload(size=(1500, 900))) for _ in range(4)]
    for image in images:
        for _ in range(2):
            warm_in_background.delay(SOURCE, str(image.pk))
    worker = workers("--concurrency=3")

    wait_until(lambda: worker.said().count(DONE) == 12, seconds=PATIENCE, otherwise=worker.said)
    assert "Traceback" not in worker.said()
    for image in images:
        assert (is_ready(image), original(image).warming_attempts) == (True, 0)
    assert_nothing_lost(media_root)
    assert on_disk(media_root) == keys() == keys(state="live")
    assert len(keys()) == 4 * 5


def test_sweep__twice_while_no_worker_runs__queues_the_overdue_once(
    transactional_db: None, broker: Redis, organization: Organization, upload: Upload
) -> None:
    image = uploaded(organization, upload())
    broker.flushdb()
    let_time_pass(image)

    for _ in range(2):
        sweep_in_background()
    assert broker.llen(QUEUE) == 1
