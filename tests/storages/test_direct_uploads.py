"""Direct uploads wherever files are kept: what arrives, what is refused, and what is left."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import requests
from django.test import Client
from django.utils import timezone
from PIL import Image as PillowImage
from rest_framework.test import APIClient

from accounts.models import User
from gallery import ledger
from gallery.models import DirectUpload, Image, MediaFile
from gallery.signing import Voucher, VoucherKind, expiry, media_query, upload_query
from tests.accounts.clients import client_of, problem_of
from tests.conftest import Upload
from tests.gallery.api.test_bad_uploads import gif_of_frames, png_of
from tests.gallery.api.test_direct_uploads import (
    UPLOADS,
    announce,
    assert_over,
    bytes_of,
    complete,
    send,
)
from tests.gallery.heart import age, keys
from tests.gallery.ledger.test_races import at_once
from tests.gallery.media.http import status_of
from tests.storages.backends import ON_CEPH, ON_S3, S3, Backend, assert_nothing_lost
from tests.storages.conftest import UseS3

pytestmark = pytest.mark.django_db

PART = 5 * 1024 * 1024
THREE_PARTS = bytes(range(256)) * 4 * 1024 * 11
"""11 MiB that are no picture."""


@pytest.fixture
def organization(organization: Any, settings: Any) -> Any:
    settings.GALLERY = {**settings.GALLERY, "DIRECT_UPLOAD_PART_BYTES": PART}
    return organization


@pytest.fixture
def data(upload: Upload) -> bytes:
    return bytes_of(upload)


def put_part(part: dict[str, Any], data: bytes, **headers: str) -> int:
    piece = data[part["first"] : part["first"] + part["size"]]
    return requests.put(part["url"], piece, headers=headers, timeout=30).status_code


def post_form(instructions: dict[str, Any], data: bytes, **fields: str) -> int:
    """Send the form with other values in some of its fields."""
    form = {**instructions["fields"], **fields}
    url = instructions["url"]
    return requests.post(url, form, files={"file": ("a.jpg", data)}, timeout=30).status_code


def deliver(instructions: dict[str, Any], data: bytes) -> set[int]:
    """Do what the instructions say; parts in the wrong order."""
    if instructions["parts"]:
        missing = [part for part in instructions["parts"] if not part["has_arrived"]]
        return {put_part(part, data) for part in reversed(missing)}
    if instructions["method"] == "POST":
        return {post_form(instructions, data)}
    return {send(instructions, data).status_code}


def delivered(client: APIClient, data: bytes, **said: Any) -> dict[str, Any]:
    instructions = announce(client, data, **said)
    assert deliver(instructions, data) <= {200, 204}
    return instructions


def sweep_all(backend: Backend) -> None:
    """Let everything run out that is not in use, and sweep."""
    age()
    ledger.sweep()
    assert_nothing_lost(backend)


def assert_nothing_left(backend: Backend) -> None:
    sweep_all(backend)
    assert not MediaFile.objects.exists()
    assert backend.keys() == set()


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


# --- a form -------------------------------------------------------------------------------------


@ON_S3
def test_form__goes_past_this_server(backend: S3, client: APIClient, data: bytes) -> None:
    instructions = announce(client, data)
    key = f"incoming/{instructions['id']}"
    fields = instructions["fields"]

    assert (instructions["method"], instructions["parts"]) == ("POST", [])
    assert instructions["url"].startswith(backend.server.endpoint)
    assert (fields["key"], fields["Content-Type"]) == (key, "image/jpeg")
    assert {"policy", "x-amz-signature", "x-amz-credential", "x-amz-date"} <= set(fields)
    assert backend.server.secret_key not in str(instructions)
    assert deliver(instructions, data) == {204}
    assert backend.requests == []
    image: Any = complete(client, instructions).json()
    incoming, original = f"/{key}", f"/{image['object_key']}"
    assert backend.requests == [
        *(("HEAD", incoming), ("GET", incoming), ("PUT", original), ("DELETE", incoming))
    ]


@ON_S3
def test_form__used_again_after_it_is_an_image__is_swept(
    backend: S3, client: APIClient, data: bytes
) -> None:
    instructions = delivered(client, data)
    image: Any = complete(client, instructions).json()
    assert deliver(instructions, data) == {204}
    assert len(backend.keys()) == 2
    assert_nothing_lost(backend)

    sweep_all(backend)
    assert backend.keys() == {image["object_key"]}


@ON_S3
def test_file__is_not_taken_by_this_server(backend: S3, client: APIClient, data: bytes) -> None:
    instructions = announce(client, data)
    query = upload_query(instructions["id"], expires=expiry(60))
    here = {"url": f"{UPLOADS}{instructions['id']}/file/?{query}", "headers": {}}

    assert send(here, data, content_type="image/jpeg").status_code == 404
    assert backend.keys() == set()


@ON_CEPH
@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({}, lambda data: data + b"1"),
        ({}, lambda data: data[:-1]),
        ({}, lambda _: b""),
        *[({"Content-Type": kind}, bytes) for kind in ("text/html", "image/jpeg; a=b", "")],
        *[({"key": key}, bytes) for key in ("images/a.jpg", "incoming/b", "incoming/${filename}")],
        ({"policy": "e30="}, bytes),
        ({"x-amz-signature": "0" * 64}, bytes),
        ({"x-amz-date": "20200101T000000Z"}, bytes),
        ({"acl": "public-read"}, bytes),
    ],
)
def test_form__with_anything_else__is_refused(
    backend: S3,
    client: APIClient,
    data: bytes,
    fields: dict[str, str],
    sent: Callable[[bytes], bytes],
) -> None:
    instructions = announce(client, data)

    assert post_form(instructions, sent(data), **fields) in {400, 403}
    assert backend.keys() == set()
    assert post_form(instructions, data) == 204


@ON_CEPH
def test_form__ends_in_time(backend: S3, client: APIClient, data: bytes, settings: Any) -> None:
    settings.GALLERY = {**settings.GALLERY, "SIGNED_SECONDS": 1}
    instructions = announce(client, data)
    large = announce(client, THREE_PARTS)
    time.sleep(2.5)

    assert post_form(instructions, data) in {400, 403}
    assert put_part(large["parts"][0], THREE_PARTS) in {400, 403}
    assert backend.keys() == set()


# --- parts --------------------------------------------------------------------------------------


def in_parts() -> bytes:
    """Return a picture of noise in three parts."""
    picture = PillowImage.frombytes(
        "RGB", (2000, 1900), random.Random(1).randbytes(2000 * 1900 * 3)
    )
    buffer = BytesIO()
    picture.save(buffer, "PNG", compress_level=0)
    return buffer.getvalue()


def resumed(client: APIClient, instructions: dict[str, Any]) -> dict[str, Any]:
    said: Any = client.get(f"{UPLOADS}{instructions['id']}/")
    assert said.status_code == 200
    answer: dict[str, Any] = said.json()
    return answer


@ON_S3
def test_parts__missing__is_409_until_they_are_there(backend: S3, client: APIClient) -> None:
    data = in_parts()
    instructions = announce(client, data, content_type="image/png")
    parts = instructions["parts"]
    assert [(part["number"], part["first"]) for part in parts] == [(1, 0), (2, PART), (3, 2 * PART)]
    assert sum(part["size"] for part in parts) == len(data)
    assert (instructions["url"], instructions["method"]) == (None, "PUT")

    for sent, missing in ((2, [1, 3]), (1, [3])):
        assert put_part(parts[sent - 1], data) == 200
        answer = complete(client, instructions)
        assert (answer.status_code, problem_of(answer)["code"]) == (409, "upload_incomplete")
        assert problem_of(answer)["missing_parts"] == missing
    anew = resumed(client, instructions)
    assert [part["has_arrived"] for part in anew["parts"]] == [True, True, False]
    backend.requests.clear()
    assert deliver(anew, data) == {200}
    assert backend.requests == []
    image: Any = complete(client, instructions).json()

    assert backend.keys() == {image["object_key"]}
    assert (image["width"], image["file_size"]) == (2000, len(data))
    assert (backend.unfinished(), Image.objects.count()) == ([], 1)
    assert resumed(client, instructions)["parts"] == []


@ON_S3
@pytest.mark.django_db(transaction=True)
def test_parts__completed_at_once__are_one_image(
    backend: S3, client: APIClient, member: User
) -> None:
    instructions = delivered(client, in_parts(), content_type="image/png")
    answers = at_once(*[lambda: complete(client_of(member), instructions)] * 2)

    assert [each.status_code for each in answers] == [201] * 2, answers
    assert len({each.json()["id"] for each in answers}) == Image.objects.count() == 1
    sweep_all(backend)
    assert not [key for key in backend.keys() if key.startswith("incoming/")]


@ON_S3
def test_parts__joined_by_a_request_whose_reply_was_lost__are_completed(
    backend: S3, client: APIClient
) -> None:
    data = in_parts()
    instructions = delivered(client, data, content_type="image/png")
    upload = DirectUpload.objects.get()
    direct = backend.storage.direct_uploads
    assert direct is not None
    direct.join_parts(upload.key, upload.parts_name)

    assert resumed(client, instructions)["parts"] == []
    assert complete(client, instructions).status_code == 201
    sweep_all(backend)


@ON_S3
def test_parts__of_an_upload_that_is_ended__are_dropped(backend: S3, client: APIClient) -> None:
    instructions = announce(client, THREE_PARTS)
    assert put_part(instructions["parts"][0], THREE_PARTS) == 200
    assert len(backend.unfinished()) == 1

    assert client.delete(f"{UPLOADS}{instructions['id']}/").status_code == 204
    assert backend.unfinished() == []
    assert put_part(instructions["parts"][0], THREE_PARTS) != 200
    assert_nothing_left(backend)


@ON_CEPH  # to moto every upload began in 2010
@pytest.mark.parametrize("location", ["", "folder"])
def test_parts__of_long_ago__are_dropped_by_the_sweep(
    backend: S3, client: APIClient, use_s3: UseS3, location: str
) -> None:
    use_s3(location=location)
    announce(client, THREE_PARTS)
    backend.client.create_multipart_upload(Bucket=backend.bucket, Key="elsewhere/a")
    day = timedelta(days=1)

    assert backend.storage.discard_unfinished(older_than=timedelta()) == 0
    assert backend.storage.discard_unfinished(older_than=-day - timedelta(minutes=1)) == 1
    assert backend.unfinished() == ["elsewhere/a"]


@ON_CEPH
@pytest.mark.parametrize(
    ("part", "data"),
    [
        ({}, THREE_PARTS[: PART - 1]),
        ({}, THREE_PARTS[: PART + 1]),
        ({"partNumber=1": "partNumber=2"}, THREE_PARTS[:PART]),
        ({"Signature=": "Signature=0"}, THREE_PARTS[:PART]),
        ({"/incoming/": "/images/"}, THREE_PARTS[:PART]),
    ],
)
def test_parts__other_than_announced__are_refused(
    backend: S3, client: APIClient, part: dict[str, str], data: bytes
) -> None:
    instructions = announce(client, THREE_PARTS)
    url = instructions["parts"][0]["url"]
    for old, new in part.items():
        assert old in url
        url = url.replace(old, new)

    assert requests.put(url, data, timeout=30).status_code == 403
    assert not any(each["has_arrived"] for each in resumed(client, instructions)["parts"])
