"""`PUT` to the signed URL of a direct upload: exactly what was announced, or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from gallery import ledger
from gallery.models import DirectUpload, Image
from gallery.services.direct_uploads import receive_file
from gallery.signing import expiry, upload_query
from orgs.models import Organization
from tests.accounts.clients import client_of, problem_of
from tests.conftest import Upload
from tests.gallery.api.direct import (
    DATA,
    UPLOADS,
    announce,
    arrived,
    bytes_of,
    complete,
    send,
    sent,
)
from tests.gallery.api.harness import CommittingClient, stored_files
from tests.gallery.heart import age, assert_nothing_lost, watched_storage

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(committing_client: CommittingClient) -> APIClient:
    return committing_client


# --- what is sent -------------------------------------------------------------------------------


def test_put__stores_exactly_that_and_the_last_one_counts(
    client: APIClient, media_root: Path
) -> None:
    instructions = announce(client, DATA)
    for data in (DATA, DATA[::-1]):
        answer = send(instructions, data)
        assert (answer.status_code, answer.content) == (204, b"")
        assert arrived(media_root, instructions) == data


@pytest.mark.parametrize(
    "content_type", ["image/png", "", "image/jpeg; q=1", "text/html", "multipart/form-data; a=b"]
)
def test_put__of_another_type__is_415(
    client: APIClient, media_root: Path, content_type: str
) -> None:
    answer = send(announce(client, DATA), DATA, content_type=content_type)

    assert (answer.status_code, problem_of(answer)["code"]) == (415, "unsupported_media_type")
    assert stored_files(media_root) == []


@pytest.mark.parametrize("method", ["get", "post", "patch", "delete"])
def test_file__takes_put_alone(client: APIClient, method: str) -> None:
    answer: Any = getattr(client, method)(announce(client, DATA)["url"])

    assert (answer.status_code, problem_of(answer)["code"]) == (405, "method_not_allowed")


def test_put__when_the_disk_fails__is_503_and_may_be_tried_again(
    client: APIClient, media_root: Path
) -> None:
    instructions = announce(client, DATA)
    with watched_storage(fail_at=1, names=("receive",)):
        answer = send(instructions, DATA)
    assert (answer.status_code, problem_of(answer)["code"]) == (503, "storage_unavailable")
    assert int(answer["Retry-After"]) > 0

    assert send(instructions, DATA).status_code == 204


# --- who may send it ----------------------------------------------------------------------------


def changed(url: str, part: str, instead: str) -> str:
    assert part in url
    return url.replace(part, instead, 1)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda url: url.partition("?")[0],
        lambda url: changed(url, "signature=", "signature=A"),
        lambda url: changed(url, "signature=", "signature="[:-1] + "%00="),
        lambda url: url[:-1] + ("A" if url[-1] != "A" else "B"),
        lambda url: changed(url, "expires=", "expires=9"),
        lambda url: changed(url, "expires=", "expires=%2B"),
        lambda url: url + "&signature=",
        lambda url: url + "&expires=99999999999",
        lambda url: changed(url, "/acme/", "/globex/"),
        lambda url: changed(url, "/acme/", "/acme%00/"),
        lambda url: changed(url, "/acme/", "/ACME/"),
    ],
)
def test_put__to_a_url_that_nobody_gave__is_404(
    client: APIClient, superuser: User, media_root: Path, tamper: Callable[[str], str]
) -> None:
    instructions = announce(client, DATA)
    missing = send({**instructions, "url": instructions["url"].partition("?")[0]}, DATA)
    url = tamper(instructions["url"])
    for answer in (
        send({**instructions, "url": url}, DATA),
        client_of(superuser).put(url, DATA, content_type="image/jpeg"),
    ):
        assert answer.status_code == 404
        assert problem_of(answer) == problem_of(missing)
    assert stored_files(media_root) == []


def test_put__with_the_signature_of_another_upload__is_404(
    client: APIClient, media_root: Path
) -> None:
    one, other = announce(client, DATA), announce(client, DATA)
    query = other["url"].partition("?")[2]
    url = f"{one['url'].partition('?')[0]}?{query}"

    assert send({**one, "url": url}, DATA).status_code == 404
    assert stored_files(media_root) == []


def test_put__after_the_time_of_its_url__is_404_until_there_is_another(
    client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    instructions = announce(client, DATA)
    expires = int(instructions["url"].partition("expires=")[2].partition("&")[0])
    assert 3600 <= expires - time.time() <= 3660
    with monkeypatch.context() as patch:
        patch.setattr("gallery.signing.time.time", lambda: expires)
        assert send(instructions, DATA).status_code == 404
        anew: Any = client.get(f"{UPLOADS}{instructions['id']}/")
        assert send(anew.json(), DATA).status_code == 204
        patch.setattr("gallery.signing.time.time", lambda: expires - 1)
        assert send(instructions, DATA).status_code == 204


def test_put__after_the_time_of_the_upload__is_404(client: APIClient, media_root: Path) -> None:
    instructions = announce(client, DATA)
    until = timezone.now() + timedelta(minutes=5)
    DirectUpload.objects.update(expires_at=until)
    anew: Any = client.get(f"{UPLOADS}{instructions['id']}/")
    assert f"expires={int(until.timestamp())}&" in anew.json()["url"]

    DirectUpload.objects.update(expires_at=timezone.now())
    query = upload_query(instructions["id"], expires=expiry(3600))
    url = f"{instructions['url'].partition('?')[0]}?{query}"

    assert send({**instructions, "url": url}, DATA).status_code == 404
    assert complete(client, instructions).status_code == 404
    assert stored_files(media_root) == []


def test_put__after_it_is_an_image__is_404(
    client: APIClient, media_root: Path, upload: Upload
) -> None:
    data = bytes_of(upload)
    instructions = sent(client, data)
    image: Any = complete(client, instructions)
    anew: Any = client.get(f"{UPLOADS}{instructions['id']}/")

    assert anew.json()["image"] == image.json()["id"]
    for each in (instructions, anew.json()):
        assert send(each, data).status_code == 404
    assert not list(media_root.glob("incoming/*"))


def test_put__that_ends_after_the_upload_became_an_image__is_swept(
    client: APIClient, media_root: Path, upload: Upload
) -> None:
    data = bytes_of(upload)
    instructions = sent(client, data)
    read = BytesIO(data).read

    def read_slowly(size: int) -> bytes:
        if not Image.objects.exists():
            assert complete(client, instructions).status_code == 201
        return read(size)

    receive_file(upload=DirectUpload.objects.get(), read=read_slowly)
    assert_nothing_lost(media_root)
    age()
    ledger.sweep()

    assert not list(media_root.glob("incoming/*"))
    assert_nothing_lost(media_root)


def test_put__that_ends_after_the_sweep__is_known_to_the_next_one(
    client: APIClient, media_root: Path
) -> None:
    announce(client, DATA)
    row = DirectUpload.objects.get()
    row.expires_at = timezone.now() - timedelta(hours=2)
    read = BytesIO(DATA).read

    def read_slowly(size: int) -> bytes:
        age()
        ledger.sweep()
        return read(size)

    receive_file(upload=row, read=read_slowly)
    assert_nothing_lost(media_root)
    age()
    ledger.sweep()
    assert stored_files(media_root) == []


def test_put__is_read_in_pieces(client: APIClient, organization: Organization) -> None:
    announce(client, DATA)
    sizes: list[int] = []
    read = BytesIO(DATA + b"more").read

    def watched(size: int) -> bytes:
        sizes.append(size)
        return read(size)

    receive_file(upload=DirectUpload.objects.get(), read=watched)

    assert max(sizes) == 64 * 1024
    assert sum(sizes) == len(DATA)
