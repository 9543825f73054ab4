"""`GET` and `PATCH images/{id}/`: what is said about an image, and where it is cropped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from accounts.models import User
from gallery.models import Image, MediaFile
from tests.accounts.clients import client_of, field_codes_of, problem_of
from tests.conftest import Upload
from tests.gallery.api.harness import picture_at, status_of

pytestmark = pytest.mark.django_db(transaction=True)

MIDDLE = (80, 80)
Pixel = tuple[int, int, int]


@pytest.fixture
def client(member: User) -> APIClient:
    return client_of(member)


@pytest.fixture
def uploaded(client: APIClient, images_url: str, upload: Upload) -> dict[str, Any]:
    """Return the JSON of a picture whose four quadrants fill a thumbnail each."""
    response = client.post(images_url, {"file": upload(size=(640, 480))}, format="multipart")
    body: dict[str, Any] = response.json()
    body["self"] = response["Location"]
    return body


def patch(client: APIClient, image: dict[str, Any], values: Any) -> Any:
    return client.patch(image["self"], values, format="json")


def test_detail__shows_what_the_upload_answered(
    client: APIClient, uploaded: dict[str, Any]
) -> None:
    body = client.get(uploaded["self"]).json()

    assert body == {name: value for name, value in uploaded.items() if name != "self"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "A title"),
        ("title", ""),
        ("title", "t" * 255),
        ("alt_text", "Words for those who do not see it"),
        ("description", "Long\n\nand with 🌅"),
        ("description", "d" * 10_000),
        ("decorative", True),
        ("visibility", "private"),
        ("focal_point", {"x": 0.1, "y": 0.9}),
        ("focal_point", {"x": 0, "y": 1}),
    ],
)
def test_patch__changes_one_field_and_no_other(
    client: APIClient, uploaded: dict[str, Any], field: str, value: Any
) -> None:
    before = client.get(uploaded["self"]).json()
    response = patch(client, uploaded, {field: value})

    assert response.status_code == 200, response.content
    after = response.json()
    assert after[field] == value
    assert after == client.get(uploaded["self"]).json()
    follows = {"updated_at", field} | (
        {"variants", "renditions"} if field == "focal_point" else set()
    )
    assert {name for name in after if after[name] != before[name]} <= follows
    assert parse_datetime(after["updated_at"]) > parse_datetime(before["updated_at"])  # type: ignore[operator]


def test_patch__moves_the_crop_and_nothing_else(
    client: APIClient, uploaded: dict[str, Any], media_root: Path
) -> None:
    quadrants: dict[tuple[int, int], Pixel] = {
        (0, 0): (255, 0, 0),
        (1, 0): (0, 255, 0),
        (0, 1): (0, 0, 255),
        (1, 1): (255, 255, 255),
    }
    thumbs = {uploaded["variants"]["thumb"]}
    for (x, y), colour in quadrants.items():
        body = patch(client, uploaded, {"focal_point": {"x": x, "y": y}}).json()
        thumb = body["variants"]["thumb"]

        assert thumb.endswith(f"_thumb-{x * 100}x{y * 100}.webp")
        assert body["status"] == "ready"
        # The crop is as high as the picture, so only left and right tell: look in the corner.
        picture = picture_at(media_root, thumb).convert("RGB")
        assert picture.size == (160, 160)
        corner = (8 + 143 * x, 8 + 143 * y)
        assert picture.getpixel(corner) == pytest.approx(colour, abs=40)
        assert {**body["variants"], "thumb": ""} == {**uploaded["variants"], "thumb": ""}
        assert status_of(client, thumb) == 200
        thumbs.add(thumb)
    assert len(thumbs) == 5
    assert {status_of(client, url) for url in thumbs} == {200}
    assert MediaFile.objects.filter(state="stale").count() == 4


def test_patch__a_point_back_in_the_middle_has_the_first_url_again(
    client: APIClient, uploaded: dict[str, Any]
) -> None:
    patch(client, uploaded, {"focal_point": {"x": 0, "y": 0}})
    body = patch(client, uploaded, {"focal_point": {"x": 0.5, "y": 0.5}}).json()

    assert body["variants"] == uploaded["variants"]
    assert {status_of(client, url) for url in body["variants"].values()} == {200}


def test_patch__keeps_a_point_to_two_decimals(client: APIClient, uploaded: dict[str, Any]) -> None:
    body = patch(client, uploaded, {"focal_point": {"x": 1 / 3, "y": 0.666}}).json()

    assert body["focal_point"] == {"x": 0.33, "y": 0.67}


def test_patch__to_private_and_back(client: APIClient, uploaded: dict[str, Any]) -> None:
    urls = uploaded["variants"].values()

    assert patch(client, uploaded, {"visibility": "private"}).json()["visibility"] == "private"
    assert {status_of(client, url) for url in urls} == {200}
    assert {status_of(Client(), url) for url in urls} == {404}
    patch(client, uploaded, {"visibility": "public"})
    assert {status_of(Client(), url) for url in urls} == {200}


def test_patch__ignores_what_clients_may_not_set(
    client: APIClient, uploaded: dict[str, Any], owner: User
) -> None:
    before = client.get(uploaded["self"]).json()
    forged: dict[str, Any] = {
        name: 7
        for name in before
        if name
        not in {"title", "alt_text", "description", "decorative", "visibility", "focal_point"}
    }
    forged |= {"ppoi": "0.1x0.1", "file": "images/other.jpg", "creator_id": owner.pk, "pk": 9}
    response = patch(client, uploaded, {**forged, "title": "new"})

    assert response.status_code == 200
    after = response.json()
    assert {name for name in after if after[name] != before[name]} == {"title", "updated_at"}


def test_patch__with_nothing_changes_nothing(client: APIClient, uploaded: dict[str, Any]) -> None:
    before = client.get(uploaded["self"]).json()
    after = patch(client, uploaded, {}).json()

    assert {**after, "updated_at": ""} == {**before, "updated_at": ""}


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"title": "t" * 256}, "title", "max_length"),
        ({"title": None}, "title", "null"),
        ({"title": ["a"]}, "title", "invalid"),
        ({"title": {"a": 1}}, "title", "invalid"),
        ({"title": True}, "title", "invalid"),
        ({"title": "a\x00b"}, "title", "null_characters_not_allowed"),
        ({"title": "\ud800"}, "title", "surrogate_characters_not_allowed"),
        ({"alt_text": "a" * 501}, "alt_text", "max_length"),
        ({"description": "d" * 10_001}, "description", "max_length"),
        ({"decorative": "perhaps"}, "decorative", "invalid"),
        ({"decorative": None}, "decorative", "null"),
        ({"decorative": []}, "decorative", "invalid"),
        ({"visibility": "secret"}, "visibility", "invalid_choice"),
        ({"visibility": ""}, "visibility", "invalid_choice"),
        ({"visibility": ["public"]}, "visibility", "invalid_choice"),
        ({"focal_point": None}, "focal_point", "null"),
        ({"focal_point": {}}, "focal_point", "invalid_focal_point"),
        ({"focal_point": {"x": 0.5}}, "focal_point", "invalid_focal_point"),
        ({"focal_point": {"x": 0.5, "y": 2}}, "focal_point", "invalid_focal_point"),
        ({"focal_point": {"x": 0.5, "y": -1}}, "focal_point", "invalid_focal_point"),
        ({"focal_point": {"x": 0.5, "y": 10**400}}, "focal_point", "invalid_focal_point"),
        ({"focal_point": {"x": "0.5", "y": 0.5}}, "focal_point", "invalid_focal_point"),
        ({"focal_point": {"x": True, "y": 0.5}}, "focal_point", "invalid_focal_point"),
        ({"focal_point": {"x": {"x": 1}, "y": 1}}, "focal_point", "invalid_focal_point"),
        ({"focal_point": [0.5, 0.5]}, "focal_point", "invalid_focal_point"),
        ({"focal_point": 0.5}, "focal_point", "invalid_focal_point"),
        ({"focal_point": "0.5x0.5"}, "focal_point", "invalid_focal_point"),
        ({"focal_point": True}, "focal_point", "invalid_focal_point"),
    ],
)
def test_patch__is_400_with_the_field_and_changes_nothing(
    client: APIClient, uploaded: dict[str, Any], values: Any, field: str, code: str
) -> None:
    before = client.get(uploaded["self"]).json()
    body = json.dumps({"alt_text": "other", **values})
    response = client.patch(uploaded["self"], body, content_type="application/json")

    assert field_codes_of(response) == {field: code}
    assert client.get(uploaded["self"]).json() == before


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"[1, 2]",
        b"null",
        b"7",
        b'"text"',
        b'{"focal_point": {"x": NaN, "y": 0.5}}',
        b'{"focal_point": {"x": Infinity, "y": 0.5}}',
        b'{"title": "\xff"}',
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"title": ' + b"9" * 5000 + b"}",
        b"\x00",
    ],
)
def test_patch__is_400_for_a_body_that_is_no_json_object(
    client: APIClient, uploaded: dict[str, Any], body: bytes
) -> None:
    response = client.patch(uploaded["self"], body, content_type="application/json")

    if body == b"":
        assert response.status_code == 200
        return
    assert response.status_code == 400
    assert problem_of(response)["code"] in {"parse_error", "invalid_input"}


@pytest.mark.parametrize("charset", ["utf-16", "bz2_codec", "zlib", "rot13", "bogus", "idna"])
def test_patch__never_fails_on_a_charset(
    client: APIClient, uploaded: dict[str, Any], charset: str
) -> None:
    content_type = f"application/json; charset={charset}"
    response = client.generic("PATCH", uploaded["self"], '{"title": "a"}', content_type)

    assert response.status_code in {200, 400}


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "image/png", "nonsense"])
def test_patch__is_415_for_another_content_type(
    client: APIClient, uploaded: dict[str, Any], content_type: str
) -> None:
    response = client.patch(uploaded["self"], b'{"title": "a"}', content_type=content_type)

    assert response.status_code == 415
    assert problem_of(response)["code"] == "unsupported_media_type"


@pytest.mark.parametrize("form", ["multipart", None])
def test_patch__takes_a_form_and_leaves_out_what_the_form_leaves_out(
    client: APIClient, uploaded: dict[str, Any], form: str | None
) -> None:
    patch(client, uploaded, {"decorative": True})
    if form:
        response = client.patch(uploaded["self"], {"title": "from a form"}, format=form)
    else:
        response = client.patch(
            uploaded["self"],
            "title=from+a+form",
            content_type="application/x-www-form-urlencoded",
        )

    assert response.json()["title"] == "from a form"
    assert response.json()["decorative"] is True


def test_patch__of_an_image_deleted_meanwhile_is_404(
    client: APIClient, uploaded: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The view finds the row when it looks, the service does not when it locks."""
    image = Image.objects.select_related("organization").get(pk=uploaded["id"])
    client.delete(uploaded["self"])
    monkeypatch.setattr("gallery.api.views.images.LibraryMixin.get_image", lambda *_: image)

    for values in ({"title": "late"}, {"focal_point": {"x": 0, "y": 0}}):
        response = patch(client, uploaded, values)
        assert (response.status_code, problem_of(response)["code"]) == (404, "not_found")


def test_detail__knows_no_other_ids(client: APIClient, images_url: str) -> None:
    missing = [0, 999_999, 2**63 - 1, 2**63, 10**30, "9" * 5000]
    strange = ["abc", "-1", "1.5", "1e3", "%00", "1/2", "../1", "\uff11", "1;2", "%0a1"]

    bodies = []
    for pk in [*missing, *strange]:
        response = client.get(f"{images_url}{pk}/")
        assert response.status_code == 404, pk
        bodies.append(problem_of(response))
    assert all(body == bodies[0] for body in bodies)
