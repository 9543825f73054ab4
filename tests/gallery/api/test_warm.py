"""`POST images/{id}/warm/`: whatever is missing is made, also what was given up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from gallery import ledger
from gallery.models import Image, MediaFile
from orgs.models import Organization
from tests.accounts.clients import client_of
from tests.conftest import Upload
from tests.gallery.heart import keys, uploaded, watched_storage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def image(organization: Organization, upload: Upload) -> Image:
    return uploaded(organization, upload())


@pytest.fixture
def client(member: User) -> APIClient:
    return client_of(member)


def url_of(image: Image) -> str:
    return f"/api/v1/images/orgs/acme/images/{image.pk}/warm/"


def forget_renditions(media_root: Path) -> None:
    for file in MediaFile.objects.exclude(original=None):
        (media_root / file.key).unlink()
        file.delete()


def test_warm__some_missing__are_made_at_once(
    client: APIClient, image: Image, media_root: Path
) -> None:
    forget_renditions(media_root)

    answer = client.post(url_of(image))

    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert set(answer.json()["renditions"]) == {"thumb", "sm", "md", "lg"}
    assert len(keys(state="live")) == 5


def test_warm__nothing_missing__touches_no_file(client: APIClient, image: Image) -> None:
    with watched_storage() as calls:
        answer = client.post(url_of(image))

    assert (answer.status_code, answer.json()["status"], calls) == (200, "ready", [])


def test_warm__given_up__is_tried_again(client: APIClient, image: Image, media_root: Path) -> None:
    forget_renditions(media_root)
    ledger.fail_warming(image.original_key, "gave_up", is_final=True)
    Image.objects.update(status="failed", error="gave_up")

    answer = client.post(url_of(image))

    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert "error" not in answer.json()


def test_warm__original_damaged__says_so(client: APIClient, image: Image, media_root: Path) -> None:
    forget_renditions(media_root)
    (media_root / image.original_key).write_bytes(b"damaged")

    answer = client.post(url_of(image))

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["error"]) == ("failed", "unsupported_format")


def test_warm__with_a_broker_that_is_down__is_accepted_and_waits(
    client: APIClient, image: Image, media_root: Path, settings: Any
) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    settings.GALLERY = {**settings.GALLERY, "STRATEGY": "background"}
    forget_renditions(media_root)

    answer = client.post(url_of(image))

    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    assert MediaFile.objects.get(key=image.original_key).warming == "pending"


@pytest.mark.parametrize("tag", ['"other"', "*"])
def test_warm__if_match__is_honoured(client: APIClient, image: Image, tag: str) -> None:
    answer = client.post(url_of(image), headers={"If-Match": tag})

    assert answer.status_code == (412 if tag != "*" else 200)
