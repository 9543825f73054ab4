"""Files that somebody else keeps: adopted as they are, served, and never deleted."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

import gallery
from gallery import ledger, tasks
from gallery.imaging.bounded import DecoderPool
from gallery.models import MediaFile
from gallery.renditions import key_source
from gallery.renditions.backfill import make, queue
from gallery.renditions.key_source import KeySource
from gallery.renditions.shortages import shortages
from gallery.renditions.sources import find_object, sources
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import keys, on_disk, uploaded, watched_storage
from tests.gallery.media.http import body_of, status_of
from tests.gallery.renditions.adoption import ALL, errors_of, keep, make_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_no_sources")]
MADE = {f"banners/a_{name}.webp" for name in ("thumb", "sm", "md", "lg")}


def register(keys: Any = "banners/", **options: Any) -> None:
    gallery.register_source("banners", keys=keys, **options)


@pytest.fixture
def adopted(media_root: Path, upload: Upload) -> MediaFile:
    keep(media_root, upload, "banners/a.jpg")
    register()
    make_all("banners")
    return MediaFile.objects.get(original=None)


def test_adopt__a_picture__is_read_and_decoded_once_and_stays_as_it_is(
    media_root: Path, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(media_root, upload, "banners/a.jpg")
    before = (media_root / "banners/a.jpg").read_bytes() + b"and what follows the picture"
    (media_root / "banners/a.jpg").write_bytes(before)
    register()
    jobs: list[int] = []
    do = DecoderPool._do

    def counted(pool: DecoderPool, job: Any, data: bytes, *more: Any) -> Any:
        jobs.append(len(data))
        return do(pool, job, data, *more)

    monkeypatch.setattr(DecoderPool, "_do", counted)

    with watched_storage() as calls:
        (outcome,) = make_all("banners")

    assert (set(outcome.made), outcome.error) == (MADE, "")
    assert (calls, jobs) == (["open", "put", "put", "put", "put"], [len(before)])
    assert (media_root / "banners/a.jpg").read_bytes() == before
    original = MediaFile.objects.get(key="banners/a.jpg")
    assert (original.state, original.source, original.visibility) == ("live", "banners", "public")
    assert original.object_id == hashlib.sha256(b"banners/a.jpg").hexdigest()
    assert (original.size, original.sha256) == (len(before), hashlib.sha256(before).hexdigest())
    assert (original.width, original.height) == (400, 300)
    assert (original.content_type, original.warming) == ("image/jpeg", "ready")
    assert keys(original=original, state="live") == MADE == on_disk(media_root) - {original.key}


def test_adopt__renditions_of_the_gallery_in_the_folder__are_left_out(
    adopted: MediaFile, media_root: Path, organization: Organization, upload: Upload
) -> None:
    image = uploaded(organization, upload())
    assert make_all("banners") == []

    gallery.register_source("all", keys=["banners/a.jpg", "banners/a_sm.webp", image.original_key])

    assert make_all("all") == []


def test_adopt__what_is_no_picture_or_is_gone__is_named_and_the_others_are_made(
    media_root: Path, upload: Upload, settings: Any
) -> None:
    settings.GALLERY = {"MAX_UPLOAD_BYTES": 100_000}
    keep(media_root, upload, "banners/a.jpg")
    (media_root / "banners/notes.txt").write_text("no picture")
    (media_root / "banners/film.jpg").write_bytes(bytes(100_001))
    bad = ["../settings.py", "/etc/passwd", "x" * 256, "\x00.jpg", "banners//a.jpg", ""]
    names = ["notes.txt", "film.jpg", "gone.jpg", "a.jpg"]
    long = f"banners/{'x' * 240}.jpg"  # and longer with what a rendition is called
    register([*bad, long, *(f"banners/{name}" for name in names)])

    outcomes = make_all("banners")

    assert errors_of(outcomes) == {
        **{repr(key): "invalid_key" for key in bad},
        long: "invalid_key",
        "banners/notes.txt": "unsupported_format",
        "banners/film.jpg": "too_large",
        "banners/gone.jpg": "original_gone",
    }
    assert keys() == MADE | {"banners/a.jpg"}


@pytest.mark.parametrize("is_overwriting_later", [False, True])
def test_adopt__another_file_has_a_renditions_name__leaves_it_alone(
    media_root: Path, upload: Upload, is_overwriting_later: bool
) -> None:
    if is_overwriting_later:
        keep(media_root, upload, "banners/a.jpg")
        register()
        make_all("banners")
        MediaFile.objects.get(key="banners/a_thumb.webp").delete()
    keep(media_root, upload, "banners/a.jpg", "banners/a_thumb.webp", size=(90, 80))
    theirs = (media_root / "banners/a_thumb.webp").read_bytes()
    if not is_overwriting_later:
        register(["banners/a.jpg"])

    errors = errors_of(make_all("banners"))

    assert errors["banners/a.jpg"] == "key_taken"
    assert (media_root / "banners/a_thumb.webp").read_bytes() == theirs


def test_adopt__two_that_would_share_their_renditions__takes_the_first(
    media_root: Path, upload: Upload
) -> None:
    keep(media_root, upload, "banners/a.jpg", "banners/a.png")
    register()

    assert errors_of(make_all("banners")) == {"banners/a.png": "key_taken"}
    assert keys() == MADE | {"banners/a.jpg"}


def test_queue__two_that_would_share_their_renditions__adopts_the_first(
    media_root: Path, upload: Upload
) -> None:
    keep(media_root, upload, "banners/a.jpg", "banners/a.png")
    register()
    todo = shortages([sources()["banners"]], ALL, look=lambda _: None)

    assert errors_of([queue(each) for each in todo]) == {"banners/a.png": "key_taken"}
    assert keys() == keys(warming="pending") == {"banners/a.jpg"}


def test_adopt__by_several_at_once__is_done_once_and_fails_for_none(
    media_root: Path, upload: Upload
) -> None:
    keep(media_root, upload, *(f"banners/{n}.jpg" for n in range(5)), size=(60, 40))
    register()

    def work() -> dict[str, str]:
        try:
            return errors_of(make_all("banners"))
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        errors = [each.result() for each in [pool.submit(work) for _ in range(3)]]

    assert errors == [{}, {}, {}]
    assert len(keys(original=None, state="live")) == 5
    assert on_disk(media_root) == keys(state="live")
    assert len(keys()) == 25


def test_adopt__finished_by_another_process_meanwhile__takes_it_as_it_is(
    media_root: Path, upload: Upload
) -> None:
    keep(media_root, upload, "banners/a.jpg")
    register()
    (late,) = shortages([sources()["banners"]], ALL, look=lambda _: None)
    find = KeySource.find
    found: list[object] = []

    def find_too_early(source: KeySource, object_id: object, **options: bool) -> object:
        if not found:
            found.append(None)
            make_all("banners")
            return None
        return find(source, object_id, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KeySource, "find", find_too_early)
        outcome = make(late, ALL)

    assert (set(outcome.made), outcome.error) == (MADE, "")


def test_serving__adopted__shows_the_file_and_makes_what_was_added_to_the_set(
    adopted: MediaFile, client: Client, settings: Any
) -> None:
    sets = settings.VERSATILEIMAGEFIELD_RENDITION_KEY_SETS
    settings.VERSATILEIMAGEFIELD_RENDITION_KEY_SETS = {
        **sets,
        "gallery": [*sets["gallery"], ("tiny", "webp_fit__20x20-q50")],
    }

    assert len(body_of(client.get("/media/banners/a.jpg"))) == adopted.size
    assert status_of(client.get("/media/banners/a_tiny.webp")) == 200
    assert status_of(client.get("/media/banners/a_tiny-10x10.webp")) == 404
    assert "banners/a_tiny.webp" in keys(original=adopted, state="live")


def test_serving__not_public__is_404_also_when_that_is_decided_later(
    adopted: MediaFile, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_source, "_key_sources", {})
    register(visibility="private")
    (outcome,) = make_all("banners")

    assert (outcome.made, outcome.error) == ((), "")
    assert set(MediaFile.objects.values_list("visibility", flat=True)) == {"private"}
    for key in keys():
        assert status_of(client.get(f"/media/{key}")) == 404
    assert make_all("banners") == []


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_sweep__of_adopted_files__deletes_none_of_theirs(
    adopted: MediaFile, media_root: Path, monkeypatch: pytest.MonkeyPatch, is_forgotten: bool
) -> None:
    if is_forgotten:
        monkeypatch.setattr(key_source, "_key_sources", {})
    past = timezone.now() - timedelta(days=1)
    MediaFile.objects.update(state="stale", delete_after=past)

    report = ledger.sweep()

    assert (report.deleted, report.revived, report.failed) == (4, 1, 0)
    assert on_disk(media_root) == {"banners/a.jpg"} == keys(state="live")


def test_sweep__rendition_that_lost_its_adopted_original__is_deleted(
    adopted: MediaFile, media_root: Path
) -> None:
    lost = MediaFile.objects.filter(rendition="sm")
    past = timezone.now() - timedelta(days=1)
    lost.update(original=None, rendition="", fingerprint="", state="pending", delete_after=past)

    assert ledger.sweep().deleted == 1
    assert on_disk(media_root) == keys() == (MADE | {adopted.key}) - {"banners/a_sm.webp"}


def test_source__forgotten__leaves_everything_in_order(
    adopted: MediaFile, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    MediaFile.objects.get(rendition="sm").delete()
    monkeypatch.setattr(key_source, "_key_sources", {})

    assert find_object("banners", adopted.object_id) is None
    assert tasks.warm("banners", adopted.object_id) == 0
    assert status_of(client.get("/media/banners/a.jpg")) == 200
    assert status_of(client.get("/media/banners/a_md.webp")) == 200
    assert status_of(client.get("/media/banners/a_sm.webp")) == 404


def test_worker__given_an_adopted_original__makes_what_it_lacks(
    adopted: MediaFile, media_root: Path
) -> None:
    for file in MediaFile.objects.filter(rendition__in=["sm", "lg"]):
        (media_root / file.key).unlink()
        file.delete()

    assert tasks.warm("banners", adopted.object_id) == 2
    assert on_disk(media_root) == keys(state="live")
