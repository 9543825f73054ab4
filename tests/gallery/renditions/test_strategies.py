"""When renditions are made, by the settings; and what a broker that is down does to an upload."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from gallery import ledger, registry, tasks
from gallery.conf import Strategy, gallery_settings
from gallery.exceptions import OverBudget
from gallery.imaging.bounded import DecoderPool
from gallery.models import Image, MediaFile, RenditionClaim
from gallery.registry import Attachable
from gallery.renditions.strategies import strategies_of, strategy_of
from gallery.renditions.urls import variants
from gallery.services import attachments
from orgs.models import Organization
from settings import celery_app
from tests.conftest import Upload
from tests.gallery.heart import assert_nothing_lost, keys, on_disk, uploaded, watched_storage
from tests.testapp.models import Photo, Shop

pytestmark = pytest.mark.django_db(transaction=True)
SOURCE = "gallery.image.file"


@pytest.fixture
def dead_broker(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Name a broker where nobody listens; list what was to be sent there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{port}/1"
    settings.GALLERY = {"STRATEGY": "background"}
    sent: list[object] = []
    task: Any = tasks.warm_in_background
    with celery_app.connection_for_write(settings.CELERY_BROKER_URL) as connection:

        def delay(*arguments: object) -> None:
            sent.append(arguments)
            task.apply_async(arguments, connection=connection)

        monkeypatch.setattr(task, "delay", delay)
        yield sent


def overdue(image: Image) -> None:
    past = timezone.now() - timedelta(seconds=1)
    MediaFile.objects.filter(key=image.original_key).update(warming_due=past)


def original(image: Image) -> MediaFile:
    return MediaFile.objects.get(key=image.original_key)


def sweep_media() -> str:
    output = StringIO()
    call_command("sweep_media", stdout=output)
    return output.getvalue()


@pytest.mark.parametrize(
    ("configured", "broker", "expected"),
    [
        ({}, "", "on_upload"),
        ({"STRATEGY": "just_in_time"}, "", "just_in_time"),
        ({"STRATEGY": "background"}, "", "on_upload"),
        ({"STRATEGY": "background"}, "redis://x", "background"),
        (
            {"STRATEGY": "background", "STRATEGIES": {"other": "on_upload"}},
            "redis://x",
            "background",
        ),
        ({"STRATEGIES": {"gallery": "just_in_time"}}, "redis://x", "just_in_time"),
        ({"STRATEGY": "just_in_time", "STRATEGIES": {"gallery": "background"}}, "", "on_upload"),
    ],
)
def test_strategy__of_a_set__is_its_own_else_that_of_all_as_far_as_there_is_a_broker(
    settings: Any, configured: dict[str, Any], broker: str, expected: str
) -> None:
    settings.GALLERY, settings.CELERY_BROKER_URL = configured, broker

    assert strategy_of("gallery") is Strategy(expected)


@pytest.mark.parametrize(
    "configured", [{"STRATEGY": "later"}, {"STRATEGIES": {"gallery": "never"}}]
)
def test_strategy__that_does_not_exist__is_refused_at_the_start(
    settings: Any, configured: dict[str, Any]
) -> None:
    settings.GALLERY = configured
    with pytest.raises(ImproperlyConfigured, match="on_upload, background, just_in_time"):
        gallery_settings()


def test_strategies__of_an_image__are_those_of_all_its_uses(
    settings: Any, organization: Organization, upload: Upload
) -> None:
    settings.GALLERY = {"STRATEGIES": {"photos": "just_in_time"}}
    image = uploaded(organization, upload())
    shop = Shop.objects.create(organization=organization, kind="photos")
    attachments.attach(obj=shop, image=image)

    assert strategies_of(image, image.uses()) == {Strategy.on_upload, Strategy.just_in_time}
    assert len(keys(original__isnull=False)) == 4  # its own, and none of the shop's
    assert Image.objects.get().status == Image.Status.READY
    assert [handle.url for handle in shop.gallery.get().renditions()] == [
        url for name, url in variants(image, set_name="photos").items() if name != "original"
    ]


def test_upload__just_in_time_on_any_model__is_complete_at_once(
    settings: Any, upload: Upload
) -> None:
    settings.GALLERY = {"STRATEGIES": {"photos": "just_in_time"}}
    with watched_storage() as calls:
        photo = Photo.objects.create(image=upload())

    assert calls == ["put"]
    assert MediaFile.objects.get().warming == MediaFile.Warming.READY
    assert len(set(variants(photo).values())) == 3
    assert photo.create_image_sizes() == 0


def test_upload__with_a_dead_broker__is_answered_soon_and_finished_by_the_sweep(
    dead_broker: list[object], member_client: APIClient, upload: Upload, media_root: Path
) -> None:
    started = time.monotonic()
    answer = member_client.post(
        "/api/v1/images/orgs/acme/images/", {"file": upload()}, format="multipart"
    )
    assert time.monotonic() - started < 3
    assert answer.status_code == 201, answer.json()
    body, image = answer.json(), Image.objects.get()
    assert (body["status"], image.status) == ("pending", "pending")
    assert set(body["variants"].values()) == {image.file.url}
    assert dead_broker == [(SOURCE, str(image.pk))]
    assert on_disk(media_root) == keys() == {image.original_key}

    assert "; 0 images finished, 0 failed" in sweep_media()  # somebody may be at it
    overdue(image)
    tasks.sweep_in_background()  # told again, in vain: it stays overdue
    assert dead_broker == [(SOURCE, str(image.pk))] * 2
    assert "; 1 images finished, 0 failed" in sweep_media()
    assert Image.objects.get().status == Image.Status.READY
    assert original(image).warming_attempts == 0
    assert len(set(variants(Image.objects.get()).values())) == 5
    assert_nothing_lost(media_root)


def test_upload__background_without_a_broker__is_made_right_away(
    settings: Any, organization: Organization, upload: Upload
) -> None:
    settings.GALLERY = {"STRATEGY": "background"}

    assert uploaded(organization, upload()).status == Image.Status.READY


def test_sweep__of_a_picture_over_budget__tries_three_times_in_all(
    organization: Organization, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[None] = []
    image = uploaded(organization, upload())

    def fail(*_: object) -> None:
        tried.append(None)
        raise OverBudget

    MediaFile.objects.exclude(original=None).delete()
    ledger.queue_warming(image.original_key)
    monkeypatch.setattr(DecoderPool, "_do", fail)
    for attempt in range(1, 6):
        overdue(image) if attempt < 4 else None
        assert len(tasks.overdue()) == (attempt < 4)
        tasks.finish(SOURCE, image.pk)
        assert len(tried) == min(attempt, 3)
    assert (original(image).warming, original(image).warming_due) == ("failed", None)
    assert (Image.objects.get().status, Image.objects.get().error) == ("failed", "over_budget")


def test_worker__that_died_three_times_on_a_picture__is_not_sent_it_again(
    organization: Organization, upload: Upload
) -> None:
    image = uploaded(organization, upload())
    MediaFile.objects.exclude(original=None).delete()
    ledger.queue_warming(image.original_key)
    for _ in range(3):
        assert ledger.begin_warming(image.original_key)  # and no word after that
        assert tasks.overdue() == []
        overdue(image)
    with watched_storage() as calls:
        tasks.finish(SOURCE, image.pk)

    assert (calls, tasks.overdue()) == ([], [])
    assert (Image.objects.get().status, Image.objects.get().error) == ("failed", ledger.GAVE_UP)


def test_sweep_media__forgets_the_claims_of_the_dead(db: None) -> None:
    for name, seconds in (("dead", -1), ("alive", 60)):
        assert ledger.claim(f"{name}.webp", seconds=seconds)
    sweep_media()

    assert [claim.key for claim in RenditionClaim.objects.all()] == ["alive.webp"]


def test_upload_and_attach__to_a_gallery_with_a_set_of_its_own__makes_both(
    organization: Organization, upload: Upload
) -> None:
    shop = Shop.objects.create(organization=organization, kind="photos")
    relation = attachments.upload_and_attach(obj=shop, creator=None, upload=upload())

    assert relation.image.status == Image.Status.READY
    wanted = {each.key for each in (*relation.renditions(), *relation.image.renditions())}
    assert keys(original__isnull=False, state="live") == wanted
    assert len(wanted) == 4 + 2


def test_check__set_of_a_gallery_that_is_not_there__is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = Attachable(Shop, "organization", "phtos")
    monkeypatch.setitem(registry._attachables, "testapp.shop", broken)

    assert [(each.id, each.obj) for each in run_checks(tags=["gallery"])] == [
        ("gallery.E006", Shop)
    ]
