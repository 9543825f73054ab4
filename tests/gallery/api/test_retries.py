"""What was done before a request failed is not done again when it is retried with its key."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from gallery.exceptions import KeyInUse
from gallery.models import IdempotencyKey, Image, PolymorphicImageRelation
from gallery.services import idempotency, uploads
from orgs.models import Organization
from tests.accounts.clients import client_of, problem_of
from tests.conftest import Upload
from tests.gallery.heart import assert_nothing_lost, watched_storage
from tests.testapp.models import Album

pytestmark = pytest.mark.django_db(transaction=True)
KEY: dict[str, Any] = {"HTTP_IDEMPOTENCY_KEY": "6f1c1a52-a"}


@pytest.fixture
def client(member: User) -> APIClient:
    client = client_of(member)
    client.raise_request_exception = False
    return client


@pytest.fixture
def gallery_url(organization: Organization) -> str:
    album = Album.objects.create(organization=organization)
    return f"/api/v1/images/orgs/acme/images/testapp/album/{album.pk}/"


def failing_once(monkeypatch: pytest.MonkeyPatch, target: str, error: Exception, *, at: int) -> Any:
    """Let the call number `at` of a function fail."""
    module, _, name = target.rpartition(".")
    owner: Any = __import__(module, fromlist=["_"])
    calls: list[None] = []
    original = getattr(owner, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        calls.append(None)
        if len(calls) == at:
            raise error
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, name, call)
    return call


@pytest.mark.parametrize("is_attached", [False, True])
def test_retry__after_a_failure_past_the_commit__finds_the_image(
    client: APIClient,
    images_url: str,
    gallery_url: str,
    upload: Upload,
    monkeypatch: pytest.MonkeyPatch,
    media_root: Path,
    is_attached: bool,
) -> None:
    module = "attachments" if is_attached else "uploads"
    target = f"gallery.services.{module}.as_warmed"
    failing_once(monkeypatch, target, OperationalError("gone"), at=1)
    url = gallery_url if is_attached else images_url
    first = client.post(url, {"file": upload()}, format="multipart", **KEY)
    second = client.post(url, {"file": upload()}, format="multipart", **KEY)
    third = client.post(url, {"file": upload()}, format="multipart", **KEY)

    assert (first.status_code, second.status_code) == (503, 201)
    assert (third.content, third["Idempotency-Replayed"]) == (second.content, "true")
    assert Image.objects.count() == 1
    assert PolymorphicImageRelation.objects.count() == is_attached
    assert_nothing_lost(media_root)


@pytest.mark.parametrize("kind", ["library", "gallery"])
def test_retry__of_a_bulk_upload_that_broke_off__uploads_the_rest(
    client: APIClient,
    bulk_url: str,
    gallery_url: str,
    upload: Upload,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    module = "uploads" if kind == "library" else "attachments"
    failing_once(monkeypatch, f"gallery.services.{module}.as_warmed", OperationalError("x"), at=2)
    url = bulk_url if kind == "library" else f"{gallery_url}bulk_upload/"

    def send() -> Any:
        files = [upload("a.png"), upload("b.png"), upload("c.png")]
        return client.post(url, {"files": files}, format="multipart", **KEY)

    first, second = send(), send()

    assert (first.status_code, second.status_code) == (503, 201)
    assert sorted(Image.objects.values_list("file_name", flat=True)) == ["a.png", "b.png", "c.png"]
    assert [image["file_name"] for image in second.json()["images"]] == ["a.png", "b.png", "c.png"]


def test_retry__of_a_request_whose_process_was_killed__uploads_nothing_twice(
    client: APIClient, images_url: str, upload: Upload
) -> None:
    first = client.post(images_url, {"file": upload()}, format="multipart", **KEY)
    # Committed, and dead before the answer was kept.
    long_ago = timezone.now() - timedelta(seconds=601)
    IdempotencyKey.objects.update(status=None, body=b"", started_at=long_ago)
    second = client.post(images_url, {"file": upload()}, format="multipart", **KEY)

    assert second.status_code == 201
    assert second.json()["id"] == first.json()["id"]
    assert Image.objects.count() == 1


def test_key__free_again_after_a_day__is_of_another_upload(
    client: APIClient, images_url: str, upload: Upload
) -> None:
    client.post(images_url, {"file": upload()}, format="multipart", **KEY)
    IdempotencyKey.objects.update(started_at=timezone.now() - timedelta(hours=25))
    other = client.post(images_url, {"file": upload("b.png")}, format="multipart", **KEY)

    assert other.json()["file_name"] == "b.png"
    assert Image.objects.count() == 2


def test_bulk_upload__while_the_storage_is_down__is_503_and_may_be_tried_again(
    client: APIClient, bulk_url: str, upload: Upload
) -> None:
    def send() -> Any:
        return client.post(
            bulk_url, {"files": [upload(), upload("b.png")]}, format="multipart", **KEY
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gallery.storage.LocalStorage.put", _refuse)
        down = send()
    up = send()

    assert problem_of(down)["code"] == "storage_unavailable"
    assert (down.status_code, up.status_code) == (503, 201)
    assert Image.objects.count() == 2


def _refuse(*_: object, **__: object) -> None:
    raise OSError("read-only")


def test_bulk_upload__of_which_one_file_is_no_image__is_still_400_without_an_outage(
    client: APIClient, bulk_url: str, upload: Upload
) -> None:
    with watched_storage(fail_at=1, names=("put",)):
        files = [upload(), upload("b.png")]
        response = client.post(bulk_url, {"files": files}, format="multipart", **KEY)

    # One stands alone: the other is stored, and the answer says which.
    assert response.status_code == 201
    assert [error["code"] for error in response.json()["errors"]] == ["storage_unavailable"]


def test_claim__of_a_user_who_is_gone__ends(member: User) -> None:
    pk = member.pk
    member.delete()
    member.pk = pk

    with pytest.raises(KeyInUse):
        idempotency.claim(user=member, key="k", fingerprint="f")


def test_upload__named_as_one_at_the_same_moment__is_that_one(
    organization: Organization, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes have looked, neither has found the other's: the database decides."""
    values: dict[str, Any] = {"organization": organization, "creator": None, "upload_id": "1:0"}
    first = uploads.upload_image(upload=upload(), **values)
    missed = iter([Image.objects.none()])
    real = Image.objects.filter

    def once_blind(*args: Any, **kwargs: Any) -> Any:
        if "upload_id" in kwargs and (blind := next(missed, None)) is not None:
            return _Blind(blind, real(*args, **kwargs))
        return real(*args, **kwargs)

    monkeypatch.setattr(Image.objects, "filter", once_blind)
    second = uploads.upload_image(upload=upload(), **values)

    assert second.pk == first.pk
    assert Image.objects.count() == 1


class _Blind:
    """Sees nothing at the first look, and everything at the second."""

    def __init__(self, *looks: Any) -> None:
        self.looks = iter(looks)

    def first(self) -> Any:
        return next(self.looks).first()
