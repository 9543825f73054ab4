"""`warm_renditions --background` leaves to real workers what is missing."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from redis import Redis

import gallery
from gallery.models import MediaFile
from gallery.renditions import key_source
from orgs.models import Organization
from settings import celery_app
from tests.conftest import Upload
from tests.gallery.heart import assert_nothing_lost, keys, uploaded
from tests.gallery.renditions.adoption import keep
from tests.services.conftest import StartWorker
from tests.services.harness import wait_until
from tests.services.test_broker import closed

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def warm(*arguments: str) -> str:
    output = StringIO()
    call_command("warm_renditions", *arguments, stdout=output)
    return output.getvalue()


def test_background__what_is_missing__is_made_by_a_worker(
    organization: Organization,
    upload: Upload,
    media_root: Path,
    workers: StartWorker,
) -> None:
    image = uploaded(organization, upload())
    for file in MediaFile.objects.exclude(original=None):
        (media_root / file.key).unlink()
        file.delete()

    assert warm("--background") == "1 originals queued, 0 failed; 1 looked at\n"

    original = MediaFile.objects.get(key=image.original_key)
    assert (original.warming, len(keys())) == ("pending", 1)
    workers()
    wait_until(lambda: len(keys(state="live")) == 5, seconds=60)
    assert_nothing_lost(media_root)


def test_background__files_not_adopted_yet__are_adopted_and_queued(
    broker: Redis, upload: Upload, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_source, "_key_sources", {})
    keep(media_root, upload, "banners/a.jpg")
    gallery.register_source("banners", keys="banners/")

    assert warm("--background") == "1 originals queued, 0 failed; 1 looked at\n"

    assert keys(state="live") == {"banners/a.jpg"}
    assert broker.llen("celery") == 1


def test_background__broker_that_is_down__is_said_at_once(
    organization: Organization, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploaded(organization, upload())
    with closed() as port:
        url = f"redis://127.0.0.1:{port}/1"
        connect = celery_app.connection_for_write
        monkeypatch.setattr(type(celery_app), "connection_for_write", lambda _: connect(url))
        with pytest.raises(CommandError, match="broker does not answer"):
            warm("--background")
