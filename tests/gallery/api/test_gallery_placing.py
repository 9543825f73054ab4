"""Reorder, cover and `PATCH`: what is said about an image in one gallery."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gallery.models import Image, MediaFile, PolymorphicImageRelation
from gallery.services import attachments
from orgs.models import Organization
from tests.accounts.clients import field_codes_of, problem_of
from tests.conftest import Upload
from tests.gallery.api.conftest import LIBRARY
from tests.gallery.api.harness import (
    CommittingClient,
    laid_out,
    picture_at,
    relation_of,
    status_of,
    warmed,
)
from tests.testapp.models import Album

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(committing_client: CommittingClient) -> CommittingClient:
    return committing_client


@pytest.fixture
def three(album: Album, ids: list[int]) -> list[int]:
    """Return the ids of all images; the first three are in the album."""
    attachments.bulk_attach(obj=album, image_ids=ids[:3])
    return ids


@pytest.fixture
def picture(organization: Organization, album: Album, upload: Upload) -> Image:
    """Return a wide image with all its renditions, the only one in the album."""
    image = warmed(organization, upload(size=(640, 160)))
    attachments.attach(obj=album, image=image)
    return image


def patch(client: CommittingClient, url: str, values: Any) -> Any:
    return client.patch(url, json.dumps(values), content_type="application/json")


# --- reorder ----------------------------------------------------------------------------------


def test_reorder__answers_with_the_new_order(
    client: CommittingClient, album: Album, album_url: str, three: list[int]
) -> None:
    order = [three[1], three[2], three[0]]
    response = client.post(f"{album_url}reorder", {"image_ids": order}, format="json")

    assert response.status_code == 200
    rows = response.json()
    assert [(row["image"]["id"], row["order"]) for row in rows] == [
        *zip(order, range(3), strict=True)
    ]
    assert client.get(album_url).json()["results"] == rows
    assert laid_out(album) == (order, three[0])


@pytest.mark.parametrize("order", [[], [0, 1], [0, 1, 2, 3], [0, 1, 1], [0, 1, 2, 2], [0, 1, 3]])
def test_reorder__of_any_other_set_is_400_and_nothing_moves(
    client: CommittingClient, album: Album, album_url: str, three: list[int], order: list[int]
) -> None:
    chosen = [three[index] for index in order][::-1]
    response = client.post(f"{album_url}reorder", {"image_ids": chosen}, format="json")

    body = problem_of(response)
    assert (body["status"], body["code"]) == (400, "order_mismatch")
    assert body["image_ids"] == three[:3]
    assert laid_out(album) == (three[:3], three[0])


@pytest.mark.parametrize("body", [{}, {"image_ids": None}, {"image_ids": [2**63]}, {"order": [1]}])
def test_reorder__with_a_body_that_cannot_be_is_400(
    client: CommittingClient, album: Album, album_url: str, three: list[int], body: Any
) -> None:
    response = client.post(f"{album_url}reorder", body, format="json")

    assert {str(name).split(".", 1)[0] for name in field_codes_of(response)} == {"image_ids"}
    assert laid_out(album) == (three[:3], three[0])


# --- the cover --------------------------------------------------------------------------------


def test_cover__is_set_and_unset_as_often_as_one_likes(
    client: CommittingClient, album: Album, album_url: str, three: list[int]
) -> None:
    bodies: list[Any] = [{}, None]

    def post(path: str, body: Any) -> None:
        response = client.post(album_url + path, body, format="json")
        assert (response.status_code, response.json()) == (200, {"detail": "ok"})

    for image_id in (three[2], three[2], three[0], three[1]):
        post("set_cover", {"image_id": image_id})
        assert laid_out(album) == (three[:3], image_id)
        cover = client.get(f"{album_url}cover/").json()
        assert cover == client.get(f"{album_url}{image_id}/").json()
        assert cover["is_cover"] is True
    for body in bodies:
        post("unset_cover", body)
        assert laid_out(album) == (three[:3], None)
        nothing = client.get(f"{album_url}cover/")
        assert (nothing.status_code, problem_of(nothing)["code"]) == (404, "not_found")
    post("set_cover", {"image_id": three[0]})
    assert client.get(f"{album_url}cover/").json()["image"]["id"] == three[0]


def test_cover__of_an_empty_gallery_is_404(client: CommittingClient, album_url: str) -> None:
    assert client.get(f"{album_url}cover/").status_code == 404


def test_set_cover__of_what_is_not_attached_is_one_404(
    client: CommittingClient, album: Album, album_url: str, three: list[int]
) -> None:
    nothing = problem_of(client.get(f"{LIBRARY}/images/999999/"))
    for image_id in (three[3], 999_999, 2**63 - 1):
        response = client.post(f"{album_url}set_cover", {"image_id": image_id}, format="json")
        assert problem_of(response) == nothing
    assert laid_out(album) == (three[:3], three[0])


@pytest.mark.parametrize("image_id", [0, -1, 2**63, 10**30, "x", None, [1], 1.5, True, {}])
def test_set_cover__with_an_id_that_cannot_be_is_400(
    client: CommittingClient, album: Album, album_url: str, three: list[int], image_id: Any
) -> None:
    body = json.dumps({"image_id": image_id})
    response = client.post(f"{album_url}set_cover", body, content_type="application/json")

    assert set(field_codes_of(response)) == {"image_id"}
    assert laid_out(album) == (three[:3], three[0])


# --- PATCH --------------------------------------------------------------------------------------


def test_patch__of_every_field_changes_it_here_alone(
    client: CommittingClient, album: Album, album_url: str, three: list[int]
) -> None:
    image = client.get(f"{LIBRARY}/images/{three[2]}/").json()
    url = f"{album_url}{three[2]}/"
    before = client.get(url).json()
    words = {"custom_title": "T", "custom_alt_text": "A", "custom_description": "D 🌅"}
    response = patch(client, url, {**words, "is_cover": True, "order": 0})

    assert response.status_code == 200, response.content
    after = response.json()
    shown = {"title": "T", "alt_text": "A", "description": "D 🌅"}
    assert after == {**before, **words, **shown, "is_cover": True, "order": 0}
    assert client.get(url).json() == after
    assert client.get(f"{LIBRARY}/images/{three[2]}/").json() == image
    assert laid_out(album) == ([three[2], three[0], three[1]], three[2])


@pytest.mark.parametrize(
    ("values", "order", "cover"),
    [
        ({"order": 1}, [1, 0, 2], 0),
        ({"order": 2**31 - 1}, [1, 2, 0], 0),
        ({"is_cover": False}, [0, 1, 2], None),
        ({"order": 0, "is_cover": True}, [0, 1, 2], 0),
        ({}, [0, 1, 2], 0),
    ],
)
def test_patch__of_place_and_cover_keeps_the_gallery_whole(
    client: CommittingClient,
    album: Album,
    album_url: str,
    three: list[int],
    values: dict[str, Any],
    order: list[int],
    cover: int | None,
) -> None:
    body = patch(client, f"{album_url}{three[0]}/", values).json()

    assert laid_out(album) == (
        [three[index] for index in order],
        None if cover is None else three[cover],
    )
    assert (body["order"], body["is_cover"]) == (order.index(0), cover == 0)


def test_patch__takes_a_form_too(
    client: CommittingClient, album_url: str, three: list[int]
) -> None:
    url = f"{album_url}{three[0]}/"
    patch(client, url, {"custom_alt_text": "stays"})
    body = client.patch(url, {"custom_title": "new", "order": "1"}, format="multipart").json()

    assert (body["custom_title"], body["custom_alt_text"]) == ("new", "stays")
    assert (body["order"], body["is_cover"]) == (1, True)


@pytest.mark.django_db(transaction=True)
def test_patch__of_the_focal_point_crops_here_alone_and_null_takes_it_back(
    client: CommittingClient, album_url: str, picture: Image, media_root: Path
) -> None:
    url, library = f"{album_url}{picture.pk}/", f"{LIBRARY}/images/{picture.pk}/"
    before, image = client.get(url).json(), client.get(library).json()
    made = set(MediaFile.objects.values_list("pk", "key", "created_at"))

    after = patch(client, url, {"focal_point": {"x": 1, "y": 0.704}}).json()
    thumb = after["variants"]["thumb"]
    assert after["focal_point"] == {"x": 1.0, "y": 0.7}
    assert thumb.endswith("_thumb-100x70.webp")
    assert {**after["variants"], "thumb": before["variants"]["thumb"]} == before["variants"]
    # The right half of the picture is green above and white below.
    shown = picture_at(media_root, thumb).convert("RGB")
    assert shown.getpixel((8, 8)) == pytest.approx((0, 255, 0), abs=40)
    assert shown.getpixel((8, 151)) == pytest.approx((255, 255, 255), abs=40)
    stored = set(MediaFile.objects.values_list("pk", "key", "created_at"))
    assert {f"/media/{key}" for _, key, _ in stored - made} == {thumb}
    assert made <= stored

    again = patch(client, url, {"focal_point": None}).json()
    assert {**again, "image": ""} == {**before, "image": ""}
    assert status_of(client, thumb) == 200  # within its grace period
    now = client.get(library).json()
    assert {**now, "updated_at": ""} == {**image, "updated_at": ""}


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"custom_title": "t" * 256}, "custom_title", "max_length"),
        ({"custom_title": None}, "custom_title", "null"),
        ({"custom_title": ["a"]}, "custom_title", "invalid"),
        ({"custom_title": "a\x00b"}, "custom_title", "null_characters_not_allowed"),
        ({"custom_title": "\ud800"}, "custom_title", "surrogate_characters_not_allowed"),
        ({"custom_alt_text": "a" * 501}, "custom_alt_text", "max_length"),
        ({"custom_description": "d" * 10_001}, "custom_description", "max_length"),
        ({"is_cover": "perhaps"}, "is_cover", "invalid"),
        ({"is_cover": None}, "is_cover", "null"),
        ({"order": -1}, "order", "min_value"),
        ({"order": 2**31}, "order", "max_value"),
        ({"order": 10**400}, "order", None),
        ({"order": "first"}, "order", "invalid"),
        ({"order": None}, "order", "null"),
        ({"order": 0.5}, "order", "invalid"),
        ({"focal_point": {}}, "focal_point", "invalid_focal_point"),
        ({"focal_point": {"x": 0.5}}, "focal_point", "invalid_focal_point"),
        ({"focal_point": {"x": 0.5, "y": 1.01}}, "focal_point", "invalid_focal_point"),
        ({"focal_point": {"x": True, "y": 0}}, "focal_point", "invalid_focal_point"),
        ({"focal_point": "0.5x0.5"}, "focal_point", "invalid_focal_point"),
        ({"focal_point": []}, "focal_point", "invalid_focal_point"),
    ],
)
def test_patch__is_400_with_the_field_and_changes_nothing(
    client: CommittingClient, album_url: str, three: list[int], values: Any, field: str, code: Any
) -> None:
    before = list(PolymorphicImageRelation.objects.order_by("pk").values())
    good = {"custom_description": "new", "order": 0, "is_cover": True}
    response = patch(client, f"{album_url}{three[2]}/", {**good, **values})

    found = field_codes_of(response)
    assert found == {field: code or found.get(field)}
    assert list(PolymorphicImageRelation.objects.order_by("pk").values()) == before


def test_patch__ignores_what_clients_may_not_set(
    client: CommittingClient, album: Album, album_url: str, three: list[int]
) -> None:
    url = f"{album_url}{three[1]}/"
    before = client.get(url).json()
    forged = {"id": 7, "image": 7, "object_id": "7", "title": "x", "variants": {}, "ppoi": "0x0"}
    forged |= {"organization": 7, "content_type": 7, "created_at": "2000-01-01T00:00:00Z"}
    response = patch(client, url, forged)

    assert (response.status_code, response.json()) == (200, before)


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_one_image__that_is_not_attached_is_one_404(
    client: CommittingClient, album: Album, album_url: str, three: list[int], method: str
) -> None:
    nothing = problem_of(client.get(f"{LIBRARY}/images/999999/"))
    for image_id in (three[3], 0, 999_999, 2**63 - 1, 2**63, 10**30, "9" * 400, "abc", "-1"):
        url = f"{album_url}{image_id}/"
        response = getattr(client, method)(url, {"order": -1}, format="json")
        assert problem_of(response) == nothing, image_id
    assert laid_out(album) == (three[:3], three[0])
    assert relation_of(album, Image.objects.get(pk=three[1])).custom_title == ""
