"""Renditions that are made when somebody asks for them: once, as announced, and no others."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image as PillowImage

from gallery import ledger
from gallery.exceptions import DecodersBusy, OverBudget
from gallery.imaging.bounded import DecoderPool
from gallery.imaging.focal_point import FocalPoint
from gallery.ledger import warming
from gallery.models import Image, MediaFile, RenditionClaim
from gallery.renditions.on_demand import make_one
from gallery.renditions.urls import variants
from gallery.services import attachments
from gallery.services.editing import update_image
from gallery.services.removal import delete_image
from gallery.services.uploads import replace_file
from gallery.storage import LocalStorage
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import assert_nothing_lost, keys, on_disk, uploaded, watched_storage
from tests.gallery.ledger.test_races import at_once
from tests.gallery.media.http import assert_refused, body_of
from tests.testapp.models import Album

pytestmark = pytest.mark.django_db(transaction=True)
JUST_IN_TIME = {"STRATEGIES": {"gallery": "just_in_time"}}
NAMES = ["thumb", "sm", "md", "lg"]


@pytest.fixture
def image(settings: Any, organization: Organization, upload: Upload) -> Image:
    """Return an image of which nothing is made yet."""
    settings.GALLERY = JUST_IN_TIME
    return uploaded(organization, upload(size=(900, 500)))


@pytest.fixture
def puts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often each file is stored."""
    counts: Counter[str] = Counter()
    put = LocalStorage.put

    def counted(self: LocalStorage, key: str, data: bytes, **options: Any) -> None:
        counts[key] += 1
        put(self, key, data, **options)

    monkeypatch.setattr(LocalStorage, "put", counted)
    return counts


def decoding(monkeypatch: pytest.MonkeyPatch, error: type[Exception] | None = None) -> list[bool]:
    """List the decodings from now on: whether each has a database connection; let them fail."""
    begun: list[bool] = []
    do = DecoderPool._do

    def noted(*args: Any) -> Any:
        begun.append(connection.connection is not None)
        if error is not None:
            raise error
        return do(*args)

    monkeypatch.setattr(DecoderPool, "_do", noted)
    return begun


def get(url: str) -> tuple[int, bytes]:
    response = Client().get(url)
    return response.status_code, body_of(response)


def original(image: Image) -> MediaFile:
    return MediaFile.objects.get(key=image.original_key)


def test_upload__makes_nothing_is_ready_and_has_the_urls_of_all(
    puts: Counter[str], image: Image, media_root: Path
) -> None:
    assert image.status == Image.Status.READY == Image.objects.get().status
    assert original(image).warming == MediaFile.Warming.READY
    assert puts == {image.original_key: 1}
    assert on_disk(media_root) == keys() == {image.original_key}
    base = image.original_key.removesuffix(".jpg")
    assert variants(image) == {
        "original": f"/media/{image.original_key}",
        **{name: f"/media/{base}_{name}.webp" for name in NAMES},
    }


@pytest.mark.parametrize("name", NAMES)
def test_get__for_the_first_time__makes_what_the_handle_says_and_then_serves_it(
    image: Image, visitor: Client, name: str, puts: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, handle = decoding(monkeypatch), image.rendition(name)
    first = visitor.get(handle.url)
    content = body_of(first)

    assert (first.status_code, first["Content-Type"]) == (200, handle.content_type)
    assert first["Cache-Control"] == "public, max-age=31536000, immutable"
    with PillowImage.open(BytesIO(content)) as picture:
        assert picture.size == (handle.width, handle.height)
        assert picture.format == "WEBP"
    again = visitor.get(handle.url)
    assert (again.status_code, again["ETag"], body_of(again)) == (200, first["ETag"], content)
    assert visitor.get(handle.url, headers={"if-none-match": first["ETag"]}).status_code == 304
    assert puts == {handle.key: 1}
    assert len(begun) == 1
    assert not RenditionClaim.objects.exists()


def test_get__missing_of_a_set_that_is_made_on_upload__makes_it(
    organization: Organization, upload: Upload, visitor: Client, media_root: Path
) -> None:
    image = uploaded(organization, upload())
    MediaFile.objects.get(rendition="md").delete()
    (media_root / image.rendition("md").key).unlink()

    assert visitor.head(image.rendition("md").url).status_code == 200
    assert len(keys(state="live")) == 5
    assert_nothing_lost(media_root)


def test_get__by_fifty_at_once__each_file_is_made_once(
    image: Image, puts: Counter[str], media_root: Path
) -> None:
    for name in ("sm", "thumb"):
        handle = image.rendition(name)
        answers = at_once(*[partial(get, handle.url)] * 50)

        assert not [answer for answer in answers if isinstance(answer, Exception)], answers
        assert set(answers) == {(200, (media_root / handle.key).read_bytes())}
        assert puts[handle.key] == 1
    assert not RenditionClaim.objects.exists()
    assert_nothing_lost(media_root)


def test_get__while_others_make_it__holds_no_database_connection(
    image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[bool] = []

    def sleep(seconds: float) -> None:
        waited.append(connection.connection is not None)
        time.sleep(seconds)

    clock = SimpleNamespace(sleep=sleep, monotonic=time.monotonic)
    monkeypatch.setattr("gallery.renditions.just_in_time.time", clock)
    begun = decoding(monkeypatch)
    urls = [image.rendition(name).url for name in NAMES]

    answers = at_once(*(partial(get, url) for url in urls * 12))

    assert {status for status, _ in answers} == {200}
    assert set(waited) == {False} == set(begun)


def test_get__of_a_picture_that_cannot_be_decoded_by_fifty_at_once__tries_it_once(
    image: Image, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (media_root / image.original_key).write_bytes(b"\xff\xd8\xff not any more")
    begun = decoding(monkeypatch)

    answers = at_once(*[partial(get, image.rendition("sm").url)] * 50)

    assert {status for status, _ in answers} == {302}
    assert len(begun) == 1
    assert original(image).warming == MediaFile.Warming.FAILED
    assert (Image.objects.get().status, Image.objects.get().error) == ("failed", "corrupt")
    assert not RenditionClaim.objects.exists()


def test_get__of_a_picture_over_budget__tries_three_times_and_is_the_original_then(
    image: Image, visitor: Client, monkeypatch: pytest.MonkeyPatch, media_root: Path
) -> None:
    begun = decoding(monkeypatch, OverBudget)
    for name in ["sm", "md", "sm", "lg", "sm", "thumb"]:
        if len(begun) == 3:  # from here on nobody waits for whoever may be at it
            ledger.claim(image.rendition(name).key, seconds=60)
        response = visitor.get(image.rendition(name).url)
        assert_refused(response, 302)
        assert response["Location"] == f"/media/{image.original_key}"

    assert len(begun) == warming.MAX_ATTEMPTS == 3
    assert (original(image).warming_error, Image.objects.get().status) == ("over_budget", "failed")
    assert on_disk(media_root) == keys() == {image.original_key}


def test_get__after_a_maker_died__takes_its_place_when_its_time_is_over(
    image: Image, visitor: Client, settings: Any
) -> None:
    settings.GALLERY = {**JUST_IN_TIME, "DECODER_WALL_SECONDS": 1}
    handle = image.rendition("sm")
    assert ledger.claim(handle.key, seconds=60)
    response = visitor.get(handle.url)
    assert_refused(response, 503)
    assert int(response["Retry-After"]) > 0

    settings.GALLERY = JUST_IN_TIME
    RenditionClaim.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    dead = RenditionClaim.objects.get()
    assert get(handle.url)[0] == 200
    ledger.let_go(handle.key, dead.holder)  # it was not that dead
    assert not RenditionClaim.objects.exists()


@pytest.mark.parametrize(
    "end",
    [
        *("_huge.webp", "_square.webp", "_wide.webp", "_.webp", ".webp", "_sm", "_sm.jpg"),
        *("_sm.avif", "_sm.webp.webp", "_SM.webp", "_sm.WEBP", "_sm.webp/", "_sm.webp%00"),
        *("_thumb-10x90.webp", "_thumb-50x50.webp", "_thumb-999x999.webp", "_sm-10x90.webp"),
        *("_fit-640x640-q80.webp", "_crop-160x160-q65.webp", "_sm-v2.webp", "_sm-v1.webp"),
        *("_sm_sm.webp", "/../x_sm.webp", ".jpg_sm.webp", "_thumb-030x070.webp", "_sm.webp%0A"),
    ],
)
def test_get__what_nobody_asks_for__is_404_and_costs_nothing(
    image: Image, visitor: Client, end: str
) -> None:
    base = image.original_key.removesuffix(".jpg")
    with watched_storage() as calls:
        for key in (f"{base}{end}", *(f"{way}{base}_sm.webp" for way in ("./", "x/../", "/"))):
            assert_refused(visitor.get(f"/media/{key}"), 404)

    assert calls == []
    assert keys() == {image.original_key}
    assert not RenditionClaim.objects.exists()


@pytest.mark.parametrize("how", ["private", "deleted", "replaced", "detached"])
def test_get__of_what_is_not_shown_any_more__is_404_and_costs_nothing(
    organization: Organization, image: Image, visitor: Client, upload: Upload, how: str
) -> None:
    handle = image.rendition("sm")
    if how == "private":
        update_image(image=image, visibility="private")
    elif how == "deleted":
        delete_image(image=Image.objects.get())
    elif how == "replaced":
        replace_file(image=Image.objects.get(), upload=upload())
    else:
        album = Album.objects.create(organization=organization)
        there = attachments.attach(obj=album, image=image, focal_point=FocalPoint(10, 90))
        handle = there.rendition("thumb")
        attachments.detach(obj=album, image_id=image.pk)
    with watched_storage() as calls:
        assert_refused(visitor.get(handle.url), 404)

    assert (calls, keys(original__isnull=False)) == ([], set())


@pytest.mark.parametrize("call", ["read", "put"])
def test_get__while_the_storage_is_down__is_503_and_works_later(
    image: Image, visitor: Client, call: str, media_root: Path
) -> None:
    url = image.rendition("sm").url
    with watched_storage(fail_at=1, names=(call,)):
        response = visitor.get(url)
    assert_refused(response, 503)
    assert int(response["Retry-After"]) > 0

    assert get(url)[0] == 200
    assert original(image).warming == MediaFile.Warming.READY
    assert_nothing_lost(media_root)


def test_get__while_all_decoders_are_busy__is_503_and_no_attempt(
    image: Image, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        decoding(patched, DecodersBusy)
        for _ in range(4):
            assert_refused(visitor.get(image.rendition("sm").url), 503)

    assert (original(image).warming_attempts, get(image.rendition("sm").url)[0]) == (0, 200)


def test_get__of_an_image_deleted_the_moment_its_rendition_is_made__is_404(
    image: Image, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make_and_lose(*args: Any, **options: Any) -> None:
        make_one(*args, **options)
        delete_image(image=Image.objects.get())

    monkeypatch.setattr("gallery.renditions.just_in_time.make_one", make_and_lose)
    assert_refused(visitor.get(image.rendition("sm").url), 404)
