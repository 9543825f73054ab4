"""Upload into a gallery, one file with everything said about it, or several at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import User
from gallery.models import Image, MediaFile, PolymorphicImageRelation
from orgs.models import Organization
from tests.accounts.clients import client_of, field_codes_of, problem_of
from tests.conftest import Upload
from tests.gallery.api.conftest import LIBRARY
from tests.gallery.api.harness import (
    CommittingClient,
    assert_nothing_stored,
    laid_out,
    picture_at,
    status_of,
    stored_files,
)
from tests.testapp.models import Album, Card

real_commits = pytest.mark.django_db(transaction=True)
pytestmark = pytest.mark.django_db
SMALL = (40, 30)


@pytest.fixture
def client(committing_client: CommittingClient) -> CommittingClient:
    return committing_client


def send(client: APIClient, url: str, file: Any, **fields: Any) -> Any:
    return client.post(url, {"file": file, **fields}, format="multipart")


def text(name: str = "a.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"just text")


# --- one file -----------------------------------------------------------------------------------


@real_commits
def test_upload__is_attached_with_everything_said_about_it(
    member: User, album: Album, album_url: str, upload: Upload, media_root: Path
) -> None:
    client = client_of(member)
    first = send(client, album_url, upload(size=SMALL)).json()
    said = {"title": "title", "alt_text": "alt", "description": "words", "visibility": "public"}
    custom = {"custom_title": "T", "custom_alt_text": "A", "custom_description": "D"}
    place = {"is_cover": "true", "order": "0", "focal_point": '{"x": 1, "y": 0.25}'}
    file = upload("wide.png", (640, 160))
    response = send(client, album_url, file, decorative="true", **said, **custom, **place)

    assert response.status_code == 201, response.content
    body, image = response.json(), response.json()["image"]
    assert response["Location"] == f"http://testserver{album_url}{image['id']}/"
    assert client.get(response["Location"]).json() == body
    assert {name: image[name] for name in said} == said
    assert (image["decorative"], image["creator"]) == (True, member.pk)
    assert (image["organization"], image["status"]) == ("acme", "ready")
    assert image["focal_point"] == {"x": 0.5, "y": 0.5}
    assert {name: body[name] for name in custom} == custom
    assert (body["title"], body["alt_text"], body["description"]) == ("T", "A", "D")
    assert (body["is_cover"], body["order"]) == (True, 0)
    assert body["focal_point"] == {"x": 1.0, "y": 0.25}
    assert body["variants"]["thumb"].endswith("_thumb-100x25.webp")
    assert image["variants"]["thumb"].endswith("_thumb.webp")
    assert {status_of(client, url) for url in body["variants"].values()} == {200}
    corner = picture_at(media_root, body["variants"]["thumb"]).convert("RGB").getpixel((8, 8))
    assert corner == pytest.approx((0, 255, 0), abs=40)
    assert laid_out(album) == ([image["id"], first["image"]["id"]], image["id"])


@real_commits
def test_upload__the_first_is_the_cover_and_says_nothing_of_its_own(
    member: User, album: Album, album_url: str, upload: Upload, media_root: Path
) -> None:
    client = client_of(member)
    rows = [send(client, album_url, upload(f"{n}.jpg", SMALL)).json() for n in range(2)]

    assert [(row["is_cover"], row["order"]) for row in rows] == [(True, 0), (False, 1)]
    first = rows[0]
    assert (first["focal_point"], first["custom_title"], first["title"]) == (None, "", "")
    assert first["variants"] == first["image"]["variants"]
    assert first["image"]["file_name"] == "0.jpg"
    assert len(first["image"]["renditions"]) == 4
    assert len(stored_files(media_root)) == 10
    assert client.get(f"{LIBRARY}/images/").json()["count"] == 2


def test_upload__leaves_alone_what_the_form_leaves_out(
    client: CommittingClient, album_url: str, upload: Upload
) -> None:
    """A form cannot say false: what is not in it is not said."""
    send(client, album_url, upload(size=SMALL))
    response = send(client, album_url, upload(size=SMALL), custom_title="")

    body = response.json()
    assert (body["is_cover"], body["order"], body["image"]["decorative"]) == (False, 1, False)
    cover = client.get(f"{album_url}cover/").json()
    assert cover["order"] == 0


def test_upload__an_empty_focal_point_is_the_images_own(
    client: CommittingClient, album_url: str, upload: Upload
) -> None:
    response = send(client, album_url, upload(size=SMALL), focal_point="")

    assert (response.status_code, response.json()["focal_point"]) == (201, None)


def test_upload__to_a_card_is_at_the_url_of_the_card(
    client: CommittingClient, album: Album, upload: Upload
) -> None:
    card = Card.objects.create(album=album)
    url = f"{LIBRARY}/images/testapp/card/{card.pk}"
    response = send(client, url, upload(size=SMALL))

    assert response["Location"].startswith(f"http://testserver{url}/")
    assert client.get(response["Location"]).json()["object_id"] == str(card.pk)


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"custom_title": "t" * 256}, "custom_title", "max_length"),
        ({"title": "t" * 256}, "title", "max_length"),
        ({"alt_text": "a" * 501}, "alt_text", "max_length"),
        ({"description": "d" * 10_001}, "description", "max_length"),
        ({"decorative": "perhaps"}, "decorative", "invalid"),
        ({"visibility": "secret"}, "visibility", "invalid_choice"),
        ({"is_cover": "perhaps"}, "is_cover", "invalid"),
        ({"order": "-1"}, "order", "min_value"),
        ({"order": str(2**31)}, "order", "max_value"),
        ({"order": "first"}, "order", "invalid"),
        ({"focal_point": "0.5x0.5"}, "focal_point", "invalid_focal_point"),
        ({"focal_point": '{"x": 2, "y": 0}'}, "focal_point", "invalid_focal_point"),
        ({"focal_point": "{"}, "focal_point", "invalid_focal_point"),
    ],
)
def test_upload__with_a_bad_field_is_400_and_nothing_is_stored(
    client: CommittingClient,
    album_url: str,
    upload: Upload,
    media_root: Path,
    fields: dict[str, str],
    field: str,
    code: str,
) -> None:
    response = send(client, album_url, upload(size=SMALL), **fields)

    assert field_codes_of(response) == {field: code}
    assert_nothing_stored(media_root)


def test_upload__of_what_is_no_picture_is_refused_and_nothing_is_stored(
    client: CommittingClient, album: Album, album_url: str, upload: Upload, media_root: Path
) -> None:
    whole = upload(size=(300, 300)).read()
    cut = SimpleUploadedFile("cut.jpg", whole[: len(whole) // 2])
    for file, status, code in [(text(), 415, "unsupported_format"), (cut, 422, "corrupt")]:
        body = problem_of(send(client, album_url, file))
        assert (body["status"], body["code"]) == (status, code)
    missing = client.post(album_url, {"custom_title": "a"}, format="multipart")
    assert field_codes_of(missing) == {"file": "required"}
    several = {"file": [upload(), upload()]}
    response = client.post(album_url, several, format="multipart")
    assert field_codes_of(response) == {"file": "several_files"}
    assert laid_out(album) == ([], None)
    assert_nothing_stored(media_root)


def test_upload__too_large_is_413(
    client: CommittingClient, album_url: str, settings: Any, media_root: Path
) -> None:
    settings.GALLERY = {"MAX_UPLOAD_BYTES": 1000}
    large = SimpleUploadedFile("large.jpg", b"\xff\xd8\xff" + b"x" * 2000)

    body = problem_of(send(client, album_url, large))
    assert (body["status"], body["code"]) == (413, "too_large")
    assert_nothing_stored(media_root)


def test_upload__into_a_full_gallery_is_409_and_nothing_is_stored(
    client: CommittingClient, album: Album, album_url: str, upload: Upload, settings: Any
) -> None:
    settings.GALLERY = {"MAX_PER_OBJECT": 1}
    image_id = send(client, album_url, upload(size=SMALL)).json()["image"]["id"]
    files = MediaFile.objects.count()

    body = problem_of(send(client, album_url, upload(size=SMALL)))
    assert (body["status"], body["code"], body["limit"]) == (409, "gallery_full", 1)
    assert laid_out(album) == ([image_id], image_id)
    assert (Image.objects.count(), MediaFile.objects.count()) == (1, files)


# --- several files --------------------------------------------------------------------------------


def bulk(client: APIClient, url: str, *files: Any) -> Any:
    return client.post(f"{url}bulk_upload/", {"files": list(files)}, format="multipart")


def test_bulk_upload__each_stands_alone_and_the_good_ones_are_attached_in_order(
    client: CommittingClient, album: Album, album_url: str, upload: Upload, member: User
) -> None:
    empty = SimpleUploadedFile("empty.jpg", b"")
    files = [text("first.txt"), upload("a.jpg", SMALL), empty, upload("b.png", SMALL)]
    response = bulk(client, album_url, *files)

    assert response.status_code == 201
    body = response.json()
    assert body.keys() == {"uploaded", "images", "errors"}
    assert body["uploaded"] == 2
    assert [image["file_name"] for image in body["images"]] == ["a.jpg", "b.png"]
    assert {image["creator"] for image in body["images"]} == {member.pk}
    assert [(error["index"], error["file"], error["code"]) for error in body["errors"]] == [
        *((0, "first.txt", "unsupported_format"), (2, "empty.jpg", "unsupported_format"))
    ]
    assert all(error.keys() == {"index", "file", "code", "message"} for error in body["errors"])
    ids = [image["id"] for image in body["images"]]
    assert laid_out(album) == (ids, ids[0])
    listed = client.get(album_url).json()["results"]
    assert [row["image"]["status"] for row in listed] == ["ready", "ready"]


def test_bulk_upload__comes_after_what_is_there(
    client: CommittingClient, album: Album, album_url: str, ids: list[int], upload: Upload
) -> None:
    client.post(album_url, {"image_ids": ids[:2]}, format="json")
    [new] = bulk(client, album_url, upload(size=SMALL)).json()["images"]

    assert laid_out(album) == ([*ids[:2], new["id"]], ids[0])


def test_bulk_upload__is_400_when_none_was_stored(
    client: CommittingClient, album: Album, album_url: str, media_root: Path
) -> None:
    response = bulk(client, album_url, text("a.txt"), text("b.txt"))

    assert (response.status_code, response["Content-Type"]) == (400, "application/json")
    body = response.json()
    assert (body["uploaded"], body["images"], len(body["errors"])) == (0, [], 2)
    assert laid_out(album) == ([], None)
    assert_nothing_stored(media_root)
    nothing = client.post(f"{album_url}bulk_upload/", {}, format="multipart")
    assert field_codes_of(nothing) == {"files": "required"}


def test_bulk_upload__stores_no_more_than_the_gallery_has_room_for(
    client: CommittingClient, album: Album, album_url: str, upload: Upload, settings: Any
) -> None:
    settings.GALLERY = {"MAX_PER_OBJECT": 2}
    body = bulk(client, album_url, *(upload(f"{n}.jpg", SMALL) for n in range(3))).json()

    assert [image["file_name"] for image in body["images"]] == ["0.jpg", "1.jpg"]
    assert [(error["index"], error["code"]) for error in body["errors"]] == [(2, "gallery_full")]
    assert Image.objects.count() == PolymorphicImageRelation.objects.count() == 2


def test_bulk_upload__takes_forms_only(client: CommittingClient, album_url: str) -> None:
    response = client.post(f"{album_url}bulk_upload/", {"files": []}, format="json")

    assert (response.status_code, problem_of(response)["code"]) == (415, "unsupported_media_type")


def test_focal_point__as_json_text_is_what_the_json_says(
    client: CommittingClient, organization: Organization, upload: Upload
) -> None:
    url = f"{LIBRARY}/images/orgs/organization/{organization.pk}/"
    point = {"x": 0.333, "y": 0.999}
    body = send(client, url, upload(size=SMALL), focal_point=json.dumps(point)).json()

    assert body["focal_point"] == {"x": 0.33, "y": 1.0}
    assert (body["app_label"], body["model"]) == ("orgs", "organization")
