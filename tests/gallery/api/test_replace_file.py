"""`PUT images/{id}/file/`: another picture under the same id."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from gallery.models import Image, MediaFile
from orgs.models import Organization
from tests.accounts.clients import client_of, field_codes_of, problem_of
from tests.conftest import Upload
from tests.gallery.api.harness import (
    MULTIPART,
    attach,
    form,
    part,
    picture_at,
    status_of,
    stored_files,
)

pytestmark = pytest.mark.django_db(transaction=True)

STAYS = ("id", "organization", "creator", "title", "alt_text", "description", "decorative")


@pytest.fixture
def client(member: User) -> APIClient:
    return client_of(member)


@pytest.fixture
def uploaded(client: APIClient, images_url: str, upload: Upload) -> dict[str, Any]:
    said = {"title": "Kept", "alt_text": "kept", "description": "kept", "decorative": True}
    point = json.dumps({"x": 0.1, "y": 0.2})
    fields = {"file": upload(), **said, "focal_point": point}
    response = client.post(images_url, fields, format="multipart")
    body: dict[str, Any] = response.json()
    return {**body, "self": response["Location"]}


def put(client: APIClient, image: dict[str, Any], file: Any, **fields: Any) -> Any:
    return client.put(f"{image['self']}file/", {"file": file, **fields}, format="multipart")


def test_replace__keeps_the_id_and_the_words_and_renews_the_facts(
    client: APIClient, uploaded: dict[str, Any], upload: Upload, media_root: Path
) -> None:
    response = put(client, uploaded, upload("new.png", (90, 60)))

    assert response.status_code == 200
    body = response.json()
    assert {name: body[name] for name in STAYS} == {name: uploaded[name] for name in STAYS}
    assert (body["width"], body["height"]) == (90, 60)
    assert (body["content_type"], body["file_name"]) == ("image/png", "new.png")
    assert body["checksum"] != uploaded["checksum"]
    assert body["object_key"] != uploaded["object_key"]
    assert body["object_key"].endswith(".png")
    assert body["file_size"] == (media_root / body["object_key"]).stat().st_size
    assert body["created_at"] == uploaded["created_at"]
    assert body["updated_at"] > uploaded["updated_at"]
    assert body["status"] == "ready"
    assert not set(body["variants"].values()) & set(uploaded["variants"].values())
    assert picture_at(media_root, body["variants"]["lg"]).size == (90, 60)
    assert client.get(uploaded["self"]).json() == body


def test_replace__starts_in_the_centre_unless_told_otherwise(
    client: APIClient, uploaded: dict[str, Any], upload: Upload
) -> None:
    assert uploaded["focal_point"] == {"x": 0.1, "y": 0.2}
    assert put(client, uploaded, upload()).json()["focal_point"] == {"x": 0.5, "y": 0.5}

    point = {"x": 0.9, "y": 0.8}
    body = put(client, uploaded, upload(), focal_point=json.dumps(point)).json()
    assert body["focal_point"] == point
    assert body["variants"]["thumb"].endswith("_thumb-90x80.webp")


def test_replace__old_urls_answer_until_their_grace_period_ends(
    client: APIClient, uploaded: dict[str, Any], upload: Upload
) -> None:
    before = {url: read(client, url) for url in uploaded["variants"].values()}
    put(client, uploaded, upload(size=(90, 60)))

    assert {url: read(client, url) for url in before} == before
    past = timezone.now() - timedelta(seconds=1)
    assert MediaFile.objects.filter(state="stale").update(delete_after=past) == 5
    assert {status_of(client, url) for url in before} == {404}


def read(client: Any, url: str) -> bytes:
    response = client.get(url)
    assert response.status_code == 200
    content: bytes = response.content
    return content


def test_replace__keeps_attachments_and_centres_their_crops(
    client: APIClient, uploaded: dict[str, Any], upload: Upload, organization: Organization
) -> None:
    relation = attach(Image.objects.get(pk=uploaded["id"]), organization, ppoi=(0.1, 0.1))
    put(client, uploaded, upload())

    relation.refresh_from_db()
    assert relation.ppoi is None


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"text", 415, "unsupported_format"), (b"\xff\xd8\xff\xe0half", 422, "corrupt")],
)
def test_replace__by_something_that_is_refused_changes_nothing(
    client: APIClient,
    uploaded: dict[str, Any],
    media_root: Path,
    content: bytes,
    status: int,
    code: str,
) -> None:
    before, files = client.get(uploaded["self"]).json(), stored_files(media_root)
    response = put(client, uploaded, SimpleUploadedFile("a.jpg", content))

    assert (response.status_code, problem_of(response)["code"]) == (status, code)
    assert client.get(uploaded["self"]).json() == before
    assert stored_files(media_root) == files


def test_replace__with_a_storage_that_fails_changes_nothing(
    client: APIClient,
    uploaded: dict[str, Any],
    upload: Upload,
    media_root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("no space left")

    before, files = client.get(uploaded["self"]).json(), stored_files(media_root)
    client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("gallery.storage.LocalStorage.put", fail)
        response = put(client, uploaded, upload())

    assert (response.status_code, problem_of(response)["code"]) == (503, "storage_unavailable")
    assert client.get(uploaded["self"]).json() == before
    assert stored_files(media_root) == files
    assert put(client, uploaded, upload()).status_code == 200


def test_replace__needs_one_file(
    client: APIClient, uploaded: dict[str, Any], upload: Upload
) -> None:
    url, data = f"{uploaded['self']}file/", upload().read()
    twice = form(*[part("file", data, file_name=b"a.jpg")] * 2)
    point = {"focal_point": '{"x": 2, "y": 0}', "file": upload()}

    assert field_codes_of(client.put(url, {}, format="multipart")) == {"file": "required"}
    response = client.put(url, twice, content_type=MULTIPART)
    assert field_codes_of(response) == {"file": "several_files"}
    response = client.put(url, point, format="multipart")
    assert field_codes_of(response) == {"focal_point": "invalid_focal_point"}
    assert client.put(url, {"file": "x"}, format="json").status_code == 415


def test_replace__ignores_other_fields(
    client: APIClient, uploaded: dict[str, Any], upload: Upload
) -> None:
    body = put(client, uploaded, upload(), title="other", organization="globex").json()

    assert (body["title"], body["organization"]) == ("Kept", "acme")


def test_replace__of_an_image_deleted_meanwhile_is_404_and_leaves_nothing_live(
    client: APIClient,
    uploaded: dict[str, Any],
    upload: Upload,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    image = Image.objects.select_related("organization").get(pk=uploaded["id"])
    client.delete(uploaded["self"])
    monkeypatch.setattr("gallery.api.views.images.LibraryMixin.get_image", lambda *_: image)

    response = put(client, uploaded, upload())
    assert (response.status_code, problem_of(response)["code"]) == (404, "not_found")
    # What was stored for it is announced and no more: the sweep takes it.
    assert not MediaFile.objects.exclude(state="pending").exists()
