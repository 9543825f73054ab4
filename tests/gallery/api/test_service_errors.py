"""What services refuse, and what is down behind them: the right status and a stable code."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework.test import APIClient

from accounts.models import User
from gallery.exceptions import (
    Corrupt,
    GalleryError,
    GalleryFull,
    ImageInUse,
    KeyInUse,
    KeyReused,
    NotAttachable,
    NotAttached,
    ObjectGone,
    OrderMismatch,
    OriginalGone,
    StorageUnavailable,
    TooLarge,
    TooManyFrames,
    TooManyPixels,
    UnknownImages,
    UnsupportedFormat,
)
from tests.accounts.clients import client_of, field_codes_of, problem_of
from tests.conftest import Upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(member: User) -> APIClient:
    client = client_of(member)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TooLarge, 413),
        (UnsupportedFormat, 415),
        (Corrupt, 422),
        (TooManyPixels, 400),
        (TooManyFrames, 400),
        (ImageInUse, 409),
        (OriginalGone, 409),
        (GalleryFull, 409),
        (KeyInUse, 409),
        (KeyReused, 422),
        (OrderMismatch, 400),
        (UnknownImages, 403),
        (StorageUnavailable, 503),
    ],
)
def test_problem__every_error_of_a_service_has_a_status_and_its_code(
    client: APIClient,
    images_url: str,
    upload: Upload,
    monkeypatch: pytest.MonkeyPatch,
    error: type[GalleryError],
    status: int,
) -> None:
    def refuse(**_: Any) -> None:
        raise error("In other words.", limit=7)

    monkeypatch.setattr("gallery.api.views.images.upload_image", refuse)
    body = problem_of(client.post(images_url, {"file": upload()}, format="multipart"))

    assert (body["status"], body["code"]) == (status, error.code)
    assert (body["detail"], body["limit"]) == ("In other words.", 7)


@pytest.mark.parametrize("error", [NotAttachable, ObjectGone, NotAttached])
def test_problem__what_is_not_there_is_one_404(
    client: APIClient,
    images_url: str,
    upload: Upload,
    monkeypatch: pytest.MonkeyPatch,
    error: type[GalleryError],
) -> None:
    def refuse(**_: Any) -> None:
        raise error

    monkeypatch.setattr("gallery.api.views.images.upload_image", refuse)
    response = client.post(images_url, {"file": upload()}, format="multipart")

    assert problem_of(response) == problem_of(client.get(f"{images_url}999999/"))


def test_problem__a_database_that_does_not_answer_is_503(
    client: APIClient,
    images_url: str,
    upload: Upload,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = OperationalError("hunter2: deadlock detected")

    def fail(**_: Any) -> None:
        raise error

    monkeypatch.setattr("gallery.api.views.images.upload_image", fail)
    response = client.post(images_url, {"file": upload()}, format="multipart")

    assert problem_of(response)["code"] == "database_unavailable"
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "hunter2" not in response.content.decode()
    assert any(record.exc_info and record.exc_info[1] is error for record in caplog.records)


def test_problem__a_cache_that_does_not_answer_is_503(
    client: APIClient, images_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RedisConnectionError("hunter2")

    monkeypatch.setattr("rest_framework.throttling.UserRateThrottle.allow_request", fail)
    response = client.get(images_url)

    assert problem_of(response)["code"] == "cache_unavailable"
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "hunter2" not in response.content.decode()


def test_problem__repeats_what_is_no_unicode(
    client: APIClient, images_url: str, upload: Upload
) -> None:
    """What was sent may be in the message; writing it must not fail."""
    made = client.post(images_url, {"file": upload()}, format="multipart")
    body = b'{"visibility": "\\ud800"}'
    response = client.patch(made["Location"], body, content_type="application/json")

    assert field_codes_of(response) == {"visibility": "invalid_choice"}
