"""`Idempotency-Key`: however often a POST arrives, it is carried out once."""

from __future__ import annotations

import threading
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from gallery.models import IdempotencyKey, Image
from gallery.services import idempotency
from orgs.models import Membership, Organization
from tests.accounts.clients import client_of, problem_of
from tests.conftest import Upload
from tests.gallery.api.harness import BOUNDARY, MULTIPART, AddImage, form, part
from tests.gallery.heart import watched_storage

pytestmark = pytest.mark.django_db
KEY: dict[str, Any] = {"HTTP_IDEMPOTENCY_KEY": "6f1c1a52-a"}


@pytest.fixture
def client(member: User) -> APIClient:
    return client_of(member)


def same_answer(first: Any, second: Any) -> bool:
    names = ("Content-Type", "Location", "ETag")
    return bool(
        (first.status_code, first.content) == (second.status_code, second.content)
        and [first.get(name) for name in names] == [second.get(name) for name in names]
        and first.get("Idempotency-Replayed") is None
        and second["Idempotency-Replayed"] == "true"
    )


def test_key__sent_again__gives_the_first_answer_and_does_nothing(
    client: APIClient, images_url: str, upload: Upload
) -> None:
    answers = [
        client.post(images_url, {"file": upload(), "title": "A"}, format="multipart", **KEY)
        for _ in range(3)
    ]

    assert answers[0].status_code == 201
    assert same_answer(answers[0], answers[1])
    assert same_answer(answers[0], answers[2])
    assert Image.objects.count() == 1


def test_key__with_another_boundary__is_the_same_request(
    client: APIClient, images_url: str, upload: Upload
) -> None:
    body = form(part("file", upload().read(), file_name=b"a.jpg"), part("title", b"A"))
    other = body.replace(BOUNDARY.encode(), b"another")
    first = client.post(images_url, body, content_type=MULTIPART, **KEY)
    second = client.post(
        images_url, other, content_type=MULTIPART.replace(BOUNDARY, "another"), **KEY
    )

    assert same_answer(first, second)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "B"},
        {"file": ("other.jpg", (400, 300))},
        {"file": ("picture.jpg", (300, 400))},
        {"query": "?x=1"},
        {"path": "bulk"},
    ],
)
def test_key__of_another_request__is_422(
    client: APIClient, images_url: str, bulk_url: str, upload: Upload, change: dict[str, Any]
) -> None:
    client.post(images_url, {"file": upload(), "title": "A"}, format="multipart", **KEY)
    file = upload(*change.get("file", ()))
    values = {"file": file, "files": [], "title": change.get("title", "A")}
    url = bulk_url if change.get("path") else images_url + change.get("query", "")
    response = client.post(url, values, format="multipart", **KEY)

    assert response.status_code == 422
    assert problem_of(response)["code"] == "idempotency_key_reused"
    assert Image.objects.count() == 1


def test_key__of_another_user__is_another_key(
    client: APIClient, owner: User, images_url: str, upload: Upload
) -> None:
    client.post(images_url, {"file": upload()}, format="multipart", **KEY)
    response = client_of(owner).post(images_url, {"file": upload()}, format="multipart", **KEY)

    assert response.status_code == 201
    assert response.get("Idempotency-Replayed") is None
    assert Image.objects.count() == 2


def test_key__of_a_refused_request__refuses_it_again(
    client: APIClient, images_url: str, upload: Upload
) -> None:
    """The first answer, also where the same request would be fine by now."""
    with override_settings(GALLERY={"MAX_PIXELS": 10}):
        first = client.post(images_url, {"file": upload()}, format="multipart", **KEY)
    second = client.post(images_url, {"file": upload()}, format="multipart", **KEY)

    assert first.status_code == 400
    assert same_answer(first, second)


def test_key__of_a_request_that_failed_for_now__may_be_tried_again(
    client: APIClient, images_url: str, upload: Upload
) -> None:
    client.raise_request_exception = False
    with watched_storage(fail_at=1, names=("put",)):
        first = client.post(images_url, {"file": upload()}, format="multipart", **KEY)
    second = client.post(images_url, {"file": upload()}, format="multipart", **KEY)

    assert (first.status_code, second.status_code) == (503, 201)
    assert second.get("Idempotency-Replayed") is None
    assert Image.objects.count() == 1


def test_key__of_a_running_request__is_409_until_it_counts_as_dead(
    client: APIClient, images_url: str, upload: Upload
) -> None:
    client.post(images_url, {"file": upload()}, format="multipart", **KEY)
    IdempotencyKey.objects.update(status=None, body=b"")  # its process was killed before the end
    running = client.post(images_url, {"file": upload()}, format="multipart", **KEY)

    assert (running.status_code, running["Retry-After"]) == (409, "1")
    assert problem_of(running)["code"] == "idempotency_key_in_use"

    IdempotencyKey.objects.update(started_at=timezone.now() - timedelta(seconds=600))
    again = client.post(images_url, {"file": upload()}, format="multipart", **KEY)
    assert again.status_code == 201
    assert again.get("Idempotency-Replayed") is None


def test_key__that_lost_its_claim__does_not_overwrite_the_answer_of_its_successor(
    member: User,
) -> None:
    slow = idempotency.claim(user=member, key="k", fingerprint="f")
    IdempotencyKey.objects.update(started_at=timezone.now() - timedelta(seconds=601))
    assert isinstance(slow, idempotency.Claim)
    quick = idempotency.claim(user=member, key="k", fingerprint="f")
    assert isinstance(quick, idempotency.Claim)
    idempotency.remember(quick, idempotency.Answer(201, {}, b"quick"))
    idempotency.remember(slow, idempotency.Answer(201, {}, b"slow"))
    idempotency.release(slow)

    assert bytes(IdempotencyKey.objects.get().body) == b"quick"


def test_key__after_a_day__is_free_and_swept(
    client: APIClient, images_url: str, upload: Upload
) -> None:
    for age, is_replayed in ((timedelta(hours=23), True), (timedelta(hours=25), False)):
        client.post(images_url, {"file": upload()}, format="multipart", **KEY)
        IdempotencyKey.objects.update(started_at=timezone.now() - age)
        response = client.post(images_url, {"file": upload()}, format="multipart", **KEY)
        assert ("Idempotency-Replayed" in response) is is_replayed

    call_command("sweep_media", stdout=StringIO())
    assert IdempotencyKey.objects.count() == 1
    IdempotencyKey.objects.update(started_at=timezone.now() - timedelta(hours=25))
    call_command("sweep_media", stdout=StringIO())
    assert not IdempotencyKey.objects.exists()


def test_key__whose_answer_cannot_be_kept__is_answered_all_the_same(
    client: APIClient, images_url: str, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(idempotency, "remember", fail)
    response = client.post(images_url, {"file": upload()}, format="multipart", **KEY)

    assert response.status_code == 201


@pytest.mark.parametrize("key", ["", "k" * 256, "schlüssel", "a\tb"])
def test_key__that_is_none__is_400(
    client: APIClient, images_url: str, upload: Upload, key: str
) -> None:
    response = client.post(
        images_url, {"file": upload()}, format="multipart", HTTP_IDEMPOTENCY_KEY=key
    )

    assert response.status_code == 400
    assert problem_of(response)["code"] == "invalid_idempotency_key"
    assert not Image.objects.exists()


def test_key__does_not_answer_who_may_not_ask_any_more(
    client: APIClient, member: User, images_url: str, upload: Upload
) -> None:
    client.post(images_url, {"file": upload()}, format="multipart", **KEY)
    Membership.objects.filter(user=member).delete()
    response = client.post(images_url, {"file": upload()}, format="multipart", **KEY)

    assert problem_of(response)["code"] == "not_found"


def test_key__without_a_user__is_ignored(images_url: str, member: User, upload: Upload) -> None:
    response = client_of(None).post(images_url, {"file": upload()}, format="multipart", **KEY)
    assert response.status_code == 401

    refused = client_of(None).post("/api/v1/token/pair", {"email": "a@b.c", "password": "x"}, **KEY)
    assert refused.status_code == 401
    assert not IdempotencyKey.objects.exists()


def test_key__with_and_without_the_slash__is_one(
    client: APIClient, images_url: str, upload: Upload
) -> None:
    first = client.post(images_url, {"file": upload()}, format="multipart", **KEY)
    second = client.post(images_url.rstrip("/"), {"file": upload()}, format="multipart", **KEY)

    assert same_answer(first, second)


def test_key__of_a_request_whose_body_nobody_reads__takes_any_body(
    client: APIClient, images_url: str, organization: Organization
) -> None:
    url = f"{images_url}orgs/organization/{organization.pk}/unset_cover/"
    answers = [client.post(url, b"x", content_type="text/plain", **KEY) for _ in range(2)]

    assert answers[0].status_code == 200
    assert same_answer(*answers)


def test_key__on_a_get__is_ignored(client: APIClient, images_url: str, image: Image) -> None:
    for _ in range(2):
        assert "Idempotency-Replayed" not in client.get(images_url, **KEY)


def test_key__with_a_session__still_needs_the_csrf_token(
    owner: User, organization: Organization
) -> None:
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(owner)

    assert browser.post("/api/v1/orgs", {"name": "Other"}, **KEY).status_code == 403
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_key__sent_many_times_at_once__is_carried_out_once(
    member: User, images_url: str, upload: Upload, add_image: AddImage
) -> None:
    picture, answers = upload().read(), []
    barrier = threading.Barrier(8)

    def send() -> None:
        body = form(part("file", picture, file_name=b"a.jpg"))
        client = client_of(member)
        barrier.wait(30)
        answers.append(client.post(images_url, body, content_type=MULTIPART, **KEY))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted({answer.status_code for answer in answers}) in ([201], [201, 409])
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert Image.objects.count() == 1
