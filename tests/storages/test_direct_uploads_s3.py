"""Direct uploads to a bucket, as a form and in parts: what it takes, and what it refuses."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import requests
from PIL import Image as PillowImage
from rest_framework.test import APIClient

from accounts.models import User
from gallery.models import DirectUpload, Image
from gallery.signing import expiry, upload_query
from tests.accounts.clients import client_of, problem_of
from tests.gallery.api.direct import (
    UPLOADS,
    announce,
    complete,
    send,
)
from tests.gallery.ledger.test_races import at_once
from tests.storages.backends import ON_CEPH, ON_S3, S3, assert_nothing_lost
from tests.storages.conftest import UseS3
from tests.storages.direct import (
    PART,
    THREE_PARTS,
    assert_nothing_left,
    deliver,
    delivered,
    post_form,
    put_part,
    sweep_all,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("smallest_parts")]


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
