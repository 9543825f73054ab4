"""Direct uploads wherever files are kept: what arrives, what is refused, and what is left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from gallery import ledger
from gallery.models import DirectUpload, Image
from gallery.signing import Voucher, VoucherKind, expiry, media_query
from tests.accounts.clients import client_of, problem_of
from tests.gallery.api.direct import (
    UPLOADS,
    announce,
    assert_over,
    complete,
)
from tests.gallery.api.test_bad_uploads import gif_of_frames, png_of
from tests.gallery.heart import keys
from tests.gallery.media.http import status_of
from tests.storages.backends import Backend
from tests.storages.direct import assert_nothing_left, delivered, sweep_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("smallest_parts")]


# --- on all of them -----------------------------------------------------------------------------


def test_upload__becomes_an_image_and_the_file_that_arrived_is_gone(
    backend: Backend, client: APIClient, data: bytes
) -> None:
    instructions = delivered(client, data, title="Harbour")
    assert backend.bytes(f"incoming/{instructions['id']}") == data
    image: Any = complete(client, instructions).json()

    assert (image["title"], image["content_type"]) == ("Harbour", "image/jpeg")
    assert backend.keys() == {image["object_key"]}
    assert complete(client, instructions).json()["id"] == image["id"]
    sweep_all(backend)
    assert backend.keys() == {image["object_key"]} == keys()


def test_upload__is_served_to_nobody_before_it_is_an_image(
    backend: Backend, client: APIClient, member: User, data: bytes
) -> None:
    key = f"incoming/{delivered(client, data)['id']}"
    voucher = Voucher(VoucherKind.user, str(member.pk))
    signed = media_query(key, voucher=voucher, expires=expiry(60))

    for asking in (Client(), client):
        for url in (f"/media/{key}", f"/media/{key}?{signed}", f"/media/{key}_thumb.webp"):
            assert status_of(asking.get(url)) == 404


@pytest.mark.parametrize(
    ("refused", "status", "code"),
    [
        (lambda _: b"<svg onload='alert(1)'/>", 415, "unsupported_format"),
        (lambda data: data[: len(data) // 2], 422, "corrupt"),
        (lambda _: png_of(7100, 7100), 400, "too_many_pixels"),
        (lambda _: gif_of_frames(501), 400, "too_many_frames"),
    ],
)
def test_upload__of_bytes_that_are_refused__is_over_and_leaves_nothing(
    backend: Backend,
    client: APIClient,
    data: bytes,
    refused: Callable[[bytes], bytes],
    status: int,
    code: str,
) -> None:
    bad = refused(data)
    instructions = delivered(client, bad)
    answer = complete(client, instructions)

    assert (answer.status_code, problem_of(answer)["code"]) == (status, code)
    assert backend.keys() == set()
    if backend.name == "disk":
        assert_over(client, instructions, bad)
    assert complete(client, instructions).status_code == 404
    assert not Image.objects.exists()
    assert_nothing_left(backend)


def test_upload__larger_than_is_accepted_by_now__is_413(
    backend: Backend, client: APIClient, data: bytes, settings: Any
) -> None:
    instructions = delivered(client, data)
    settings.GALLERY = {**settings.GALLERY, "MAX_UPLOAD_BYTES": len(data) - 1}

    assert complete(client, instructions).status_code == 413
    assert_nothing_left(backend)


@pytest.mark.parametrize("is_sent", [True, False])
def test_upload__that_is_ended__leaves_nothing(
    backend: Backend, client: APIClient, data: bytes, is_sent: bool
) -> None:
    instructions = delivered(client, data) if is_sent else announce(client, data)

    assert client.delete(f"{UPLOADS}{instructions['id']}/").status_code == 204
    assert backend.keys() == set()
    assert complete(client, instructions).status_code == 404
    assert_nothing_left(backend)


def test_upload__that_is_ended_after_it_became_an_image__leaves_the_image(
    backend: Backend, client: APIClient, data: bytes
) -> None:
    instructions = delivered(client, data)
    image: Any = complete(client, instructions)

    assert client.delete(f"{UPLOADS}{instructions['id']}/").status_code == 204
    assert client.get(image["Location"]).status_code == 200
    sweep_all(backend)
    assert backend.keys() == {image.json()["object_key"]}


def test_upload__that_nobody_completes__is_swept_in_its_time(
    backend: Backend, client: APIClient, data: bytes
) -> None:
    instructions = delivered(client, data)
    key = f"incoming/{instructions['id']}"
    for seconds, is_left in ((25 * 3600 - 60, True), (25 * 3600 + 60, False)):
        at = timezone.now() + timedelta(seconds=seconds)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.utils.timezone.now", lambda at=at: at)
            ledger.sweep()
            ledger.forget_expired()
        assert backend.keys() == keys() == ({key} if is_left else set())
    assert not DirectUpload.objects.exists()


def test_upload__of_somebody_else__is_like_none(
    backend: Backend, client: APIClient, owner: User, outsider: User, superuser: User, data: bytes
) -> None:
    url = f"{UPLOADS}{delivered(client, data)['id']}/"
    missing = f"{UPLOADS}00000000-0000-4000-8000-000000000000/"
    for user in (owner, superuser, outsider):
        asking = client_of(user)
        for ask, path in ((asking.get, ""), (asking.delete, ""), (asking.post, "complete/")):
            foreign, none = ask(f"{url}{path}"), ask(f"{missing}{path}")
            assert foreign.status_code == none.status_code == 404
            assert problem_of(foreign) == problem_of(none)
    assert DirectUpload.objects.exists()
