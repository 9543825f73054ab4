"""`UPLOAD_RATE`: how often one user may bring files."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings
from rest_framework.throttling import UserRateThrottle

from accounts.models import User
from gallery.models import Image
from orgs.models import Organization
from tests.accounts.clients import client_of, problem_of
from tests.conftest import Upload

pytestmark = pytest.mark.django_db


def test_throttle__third_upload_of_two_is_429_and_stores_nothing(
    member: User, owner: User, images_url: str, bulk_url: str, upload: Upload
) -> None:
    client = client_of(member)
    with override_settings(GALLERY={"UPLOAD_RATE": "2/hour"}):
        first = client.post(images_url, {"file": upload()}, format="multipart")
        assert first.status_code == 201
        several = client.post(bulk_url, {"files": [upload()]}, format="multipart")
        assert several.status_code == 201

        for method, url, field in (
            ("post", images_url, "file"),
            ("post", bulk_url, "files"),
            ("put", f"{first['Location']}file/", "file"),
        ):
            response = getattr(client, method)(url, {field: [upload()]}, format="multipart")
            assert problem_of(response)["code"] == "throttled"
            assert response.status_code == 429
            assert 0 < int(response["Retry-After"]) <= 3600
        assert Image.objects.count() == 2

        # Another user has their own count, and reading and describing cost nothing.
        other = client_of(owner)
        assert other.post(images_url, {"file": upload()}, format="multipart").status_code == 201
        assert client.get(images_url).status_code == 200
        patched = client.patch(first["Location"], {"title": "a"}, format="json")
        assert patched.status_code == 200


@pytest.mark.parametrize("spoofed", ["1.2.3.4", "5.6.7.8"])
def test_throttle__counts_the_user_not_the_address(
    member: User, images_url: str, upload: Upload, spoofed: str
) -> None:
    client = client_of(member)
    with override_settings(GALLERY={"UPLOAD_RATE": "1/hour"}):
        client.post(images_url, {"file": upload()}, format="multipart")
        response = client.post(
            images_url, {"file": upload()}, format="multipart", HTTP_X_FORWARDED_FOR=spoofed
        )
    assert response.status_code == 429


def test_throttle__is_off_without_a_rate(member: User, images_url: str, settings: Any) -> None:
    settings.GALLERY = {"UPLOAD_RATE": ""}
    client = client_of(member)

    for _ in range(20):
        assert client.post(images_url, {}, format="multipart").status_code == 400


def test_throttle__of_everything__counts_by_user_and_says_when_to_come_back(
    member: User, owner: User, images_url: str, settings: Any
) -> None:
    rates = {"user": "3/hour", "token": None, "members": None}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    with pytest.MonkeyPatch.context() as patch:
        # The class keeps the rates of the time of its import.
        patch.setattr(UserRateThrottle, "THROTTLE_RATES", rates)
        statuses = [client_of(member).get(images_url).status_code for _ in range(4)]
        throttled = client_of(member).get("/api/v1/orgs/")
        other = client_of(owner).get(images_url)

    assert statuses == [200, 200, 200, 429]
    assert problem_of(throttled)["code"] == "throttled"
    assert 0 < int(throttled["Retry-After"]) <= 3600
    assert other.status_code == 200


def test_throttle__of_uploads__leaves_attaching_alone(
    member: User, images_url: str, organization: Organization, image: Image
) -> None:
    url = f"{images_url}orgs/organization/{organization.pk}/"
    with override_settings(GALLERY={"UPLOAD_RATE": "1/hour"}):
        statuses = {
            client_of(member).post(url, {"image_ids": [image.pk]}).status_code for _ in range(3)
        }

    assert statuses == {200}
