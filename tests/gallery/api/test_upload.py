"""`POST images/`: a picture goes in, an image with four variants comes out."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from gallery.models import Image, MediaFile
from tests.accounts.clients import client_of
from tests.conftest import Upload
from tests.gallery.api.harness import picture_at, status_of, stored_files
from tests.gallery.heart import watched_storage

pytestmark = pytest.mark.django_db(transaction=True)

BOXES = {"thumb": (160, 160), "sm": (640, 640), "md": (1024, 1024), "lg": (2048, 2048)}
# api.md, and `is_animated` besides.
CONTRACT = {
    *("id", "organization", "creator", "status", "url", "variants", "renditions"),
    *("width", "height", "is_animated", "focal_point", "placeholder"),
    *("title", "alt_text", "description", "decorative", "visibility"),
    *("file_name", "content_type", "file_size", "checksum", "bucket", "object_key"),
    *("created_at", "updated_at"),
}


def post(client: APIClient, url: str, file: Any, **fields: Any) -> Any:
    return client.post(url, {"file": file, **fields}, format="multipart")


def test_upload__answers_every_field_of_the_contract(
    member: User, upload: Upload, images_url: str, media_root: Path
) -> None:
    response = post(client_of(member), images_url, upload("IMG_0042.jpg", (400, 300)))

    assert response.status_code == 201
    assert response["Content-Type"] == "application/json"
    body = response.json()
    assert body.keys() == CONTRACT
    assert response["Location"] == f"http://testserver{images_url}{body['id']}/"
    assert re.fullmatch(r"images/\d{4}/\d\d/\d\d/[0-9a-f-]{36}\.jpg", body["object_key"])
    assert body["url"] == body["variants"]["original"] == f"/media/{body['object_key']}"
    stored = (media_root / body["object_key"]).read_bytes()
    assert body["checksum"] == {
        "md5": hashlib.md5(stored, usedforsecurity=False).hexdigest(),
        "sha256": hashlib.sha256(stored).hexdigest(),
    }
    assert body["file_size"] == len(stored)
    expected = {
        "organization": "acme",
        "creator": member.pk,
        "status": "ready",
        "width": 400,
        "height": 300,
        "is_animated": False,
        "focal_point": {"x": 0.5, "y": 0.5},
        "title": "",
        "alt_text": "",
        "description": "",
        "decorative": False,
        "visibility": "public",
        "file_name": "IMG_0042.jpg",
        "content_type": "image/jpeg",
        "bucket": None,
    }
    assert {name: body[name] for name in expected} == expected
    assert re.fullmatch(r"#[0-9a-f]{6}", body["placeholder"]["color"])
    assert re.fullmatch(r"[A-Za-z0-9+/=_-]{20,}", body["placeholder"]["thumbhash"])
    for name in ("created_at", "updated_at"):
        assert datetime.fromisoformat(body[name]).utcoffset() is not None


def test_upload__makes_webp_variants_inside_their_boxes(
    member: User, upload: Upload, images_url: str, media_root: Path
) -> None:
    body = post(client_of(member), images_url, upload("wide.jpg", (2400, 1200))).json()

    assert list(body["variants"]) == ["original", *BOXES]
    assert list(body["renditions"]) == list(BOXES)
    base = body["url"].removesuffix(".jpg")
    for name, (width, height) in BOXES.items():
        url = body["variants"][name]
        assert url == f"{base}_{name}.webp" == body["renditions"][name]["url"]
        picture = picture_at(media_root, url)
        assert picture.format == "WEBP"
        assert picture.width <= width
        assert picture.height <= height
        assert body["renditions"][name] == {
            "url": url,
            "width": picture.width,
            "height": picture.height,
            "bytes": (media_root / url.removeprefix("/media/")).stat().st_size,
            "content_type": "image/webp",
        }
    assert len(stored_files(media_root)) == MediaFile.objects.filter(state="live").count() == 5


def test_upload__is_what_the_list_and_the_detail_show(
    member: User, upload: Upload, images_url: str
) -> None:
    client = client_of(member)
    response = post(client, images_url, upload())

    assert client.get(response["Location"]).json() == response.json()
    assert client.get(images_url).json()["results"] == [response.json()]


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.gif", "a.avif"])
def test_upload__takes_every_format(
    member: User, upload: Upload, images_url: str, name: str
) -> None:
    response = post(client_of(member), images_url, upload(name, (50, 40)))

    assert response.status_code == 201
    assert response.json()["object_key"].endswith(f".{name[2:]}")
    assert response.json()["status"] == "ready"


def test_upload__says_what_the_form_says(
    member: User, upload: Upload, images_url: str, media_root: Path
) -> None:
    said = {
        "title": "Sunset 🌅",
        "alt_text": "The sun, low",
        "description": "Two\nlines",
        "decorative": True,
        "visibility": "public",
    }
    point = {"x": 0.25, "y": 0.75}
    response = post(client_of(member), images_url, upload(), **said, focal_point=json.dumps(point))

    body = response.json()
    assert {name: body[name] for name in said} == said
    assert body["focal_point"] == point
    assert body["variants"]["thumb"].endswith("_thumb-25x75.webp")
    thumb = picture_at(media_root, body["variants"]["thumb"]).convert("RGB")
    red, green, blue = (band.getpixel((40, 120)) for band in thumb.split())
    assert (red, green, blue) == pytest.approx((0, 0, 255), abs=50)


def test_upload__leaves_out_nothing_but_empty_values_when_fields_are_empty(
    member: User, upload: Upload, images_url: str
) -> None:
    response = post(client_of(member), images_url, upload(), title="", focal_point="")

    assert response.status_code == 201
    assert response.json()["title"] == ""
    assert response.json()["focal_point"] == {"x": 0.5, "y": 0.5}


def test_upload__ignores_what_clients_may_not_set(
    member: User, owner: User, upload: Upload, images_url: str
) -> None:
    forged = {field.name: "1" for field in Image._meta.get_fields()}
    for name in ("file", "title", "alt_text", "description", "decorative", "visibility"):
        forged.pop(name)
    forged |= {
        "organization": "globex",
        "creator": str(owner.pk),
        "id": "999",
        "key": "../../etc/passwd",
        "object_key": "x",
        "checksum": "x",
        "is_public": "true",
        "created_at": "2001-01-01T00:00:00Z",
    }
    response = post(client_of(member), images_url, upload(), **forged)

    assert response.status_code == 201
    body = response.json()
    assert body["organization"] == "acme"
    assert body["creator"] == member.pk
    assert body["id"] != 999
    assert (body["width"], body["height"], body["status"]) == (400, 300, "ready")
    assert body["focal_point"] == {"x": 0.5, "y": 0.5}
    assert not body["created_at"].startswith("2001")


def test_upload__a_private_image_answers_members_alone_at_every_url(
    member: User, upload: Upload, images_url: str
) -> None:
    client = client_of(member)
    body = post(client, images_url, upload(), visibility="private").json()

    assert body["visibility"] == "private"
    assert body["status"] == "ready"
    urls = body["variants"].values()
    assert {status_of(client, url) for url in urls} == {200}
    assert {status_of(Client(), url) for url in urls} == {404}


@pytest.mark.parametrize("extension", ["jpg", "JPG", "png", "html", "php.jpg", "svg"])
def test_upload__stores_under_the_extension_of_what_the_bytes_are(
    member: User, upload: Upload, images_url: str, extension: str
) -> None:
    file = upload("a.webp")
    file.name = f"picture.{extension}"
    body = post(client_of(member), images_url, file).json()

    assert body["object_key"].endswith(".webp")
    assert body["content_type"] == "image/webp"
    assert body["file_name"] == f"picture.{extension}"


def test_upload__tells_when_renditions_could_not_be_made(
    member: User, upload: Upload, images_url: str
) -> None:
    client = client_of(member)
    with watched_storage(fail_at=2):
        body = post(client, images_url, upload()).json()

    assert (body["status"], body["error"]) == ("failed", "storage_unavailable")
    assert body["renditions"] == {}
    assert set(body["variants"].values()) == {body["url"]}
    assert client.get(images_url, {"status": "failed"}).json()["results"] == [body]
