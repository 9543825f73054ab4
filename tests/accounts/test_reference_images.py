"""Reference images over REST: their JSON, their slots and whose they are."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import ReferenceImage, User
from gallery.models import MediaFile
from tests.accounts.clients import client_of, field_codes_of, problem_of
from tests.accounts.reference_images import (
    KEY,
    REFERENCES,
    add,
    files_of,
    post,
    slots_of,
)
from tests.conftest import Upload
from tests.factories import ReferenceImageFactory, UserFactory
from tests.gallery.api.harness import (
    CommittingClient,
    committed,
    picture_at,
    stored_files,
    watch_storage,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(user: User, upload: Upload) -> list[ReferenceImage]:
    return [add(user, upload, name=name) for name in ("front", "side")]


def url_of(image: ReferenceImage) -> str:
    return f"{REFERENCES}{image.pk}/"


# --- one of them ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_upload__answers_as_the_contract_says(
    client: CommittingClient, user: User, upload: Upload, media_root: Path
) -> None:
    response = post(client, upload, name="Front")

    assert response.status_code == 201
    body = response.json()
    assert list(body) == [
        *("id", "name", "order", "image_url", "variants", "focal_point"),
        *("created_at", "updated_at"),
    ]
    image = ReferenceImage.objects.get()
    assert uuid.UUID(body["id"]) == image.pk
    assert (body["name"], body["order"], image.user) == ("Front", 0, user)
    assert body["focal_point"] == {"x": 0.5, "y": 0.5}
    assert re.fullmatch(rf"/media/{KEY}\.jpg", body["image_url"])
    assert list(body["variants"]) == ["original", "thumbnail", "medium", "large"]
    assert body["variants"]["original"] == body["image_url"]
    base = body["image_url"].removesuffix(".jpg")
    assert body["variants"]["medium"] == f"{base}_medium.webp"
    sizes = {name: picture_at(media_root, url).size for name, url in body["variants"].items()}
    # None is enlarged: of 400 × 300 the largest crop is 300 × 300.
    assert sizes == {
        "original": (400, 300),
        "thumbnail": (100, 100),
        "medium": (300, 300),
        "large": (300, 300),
    }
    assert body["created_at"].endswith("Z")
    assert response["Location"] == f"http://testserver{url_of(image)}"
    shown = client.get(url_of(image))
    assert shown.json() == body
    assert shown["ETag"] == response["ETag"]


def test_create_image_sizes__makes_what_is_missing(user: User, upload: Upload) -> None:
    image = add(user, upload)
    MediaFile.objects.filter(rendition="large").delete()
    image = ReferenceImage.objects.get()

    assert image.create_image_sizes() == 1
    assert image.create_image_sizes() == 0
    assert set(files_of(image)) == {"", "thumbnail", "medium", "large"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("slash", ["/", ""])
def test_patch__says_name_slot_and_focal_point(
    client: CommittingClient, two: list[ReferenceImage], slash: str
) -> None:
    front, _ = two
    before = client.get(url_of(front)).json()
    said = {"name": "Left", "order": 3, "focal_point": {"x": 0.3, "y": 0.7}}
    response = client.patch(url_of(front).rstrip("/") + slash, said)

    assert response.status_code == 200
    body = response.json()
    assert {name: body[name] for name in said} == said
    assert body["image_url"] == before["image_url"]
    assert body["variants"]["thumbnail"].endswith("_thumbnail-30x70.webp")
    assert body["updated_at"] > before["updated_at"]
    assert body["created_at"] == before["created_at"]


def test_patch__takes_nothing_else(client: CommittingClient, two: list[ReferenceImage]) -> None:
    front, _ = two
    values = ReferenceImage.objects.values().get(pk=front.pk)
    mine = {
        "id": str(uuid.uuid4()),
        "user": 1,
        "image": "x.jpg",
        "is_moving": True,
        "upload_id": "x",
    }
    response = client.patch(url_of(front), mine)

    assert response.status_code == 200
    after = ReferenceImage.objects.values().get(pk=front.pk)
    assert {**after, "updated_at": None} == {**values, "updated_at": None}


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({"order": 5}, "order", "max_value"),
        ({"order": -1}, "order", "min_value"),
        ({"order": "1"}, "order", "invalid"),
        ({"order": None}, "order", "null"),
        ({"order": 2**70}, "order", "max_value"),
        ({"name": "n" * 101}, "name", "max_length"),
        ({"name": "a\x00"}, "name", "null_characters_not_allowed"),
        ({"name": 5}, "name", "invalid"),
        ({"focal_point": {"x": 2, "y": 0}}, "focal_point", "invalid_focal_point"),
        ({"focal_point": None}, "focal_point", "null"),
    ],
)
def test_patch__what_is_wrong_is_said_of_its_field(
    client: CommittingClient, two: list[ReferenceImage], said: Any, field: str, code: str
) -> None:
    assert field_codes_of(client.patch(url_of(two[0]), said)) == {field: code}


def test_patch__of_what_has_changed_is_412(
    client: CommittingClient, two: list[ReferenceImage]
) -> None:
    etag = client.get(url_of(two[0]))["ETag"]
    assert client.get(url_of(two[0]), HTTP_IF_NONE_MATCH=etag).status_code == 304
    changed = client.patch(url_of(two[0]), {"name": "New"}, HTTP_IF_MATCH=etag)
    assert changed.status_code == 200

    for send in (client.patch, client.delete):
        late = send(url_of(two[0]), {"name": "Late"}, HTTP_IF_MATCH=etag)
        assert problem_of(late)["code"] == "precondition_failed"
    assert set(slots_of(two[0].user)) == {"New", "side"}


def test_delete__takes_the_files_along_and_frees_the_slot(
    client: CommittingClient, upload: Upload, media_root: Path
) -> None:
    post(client, upload, name="front")
    image = ReferenceImage.objects.get()
    assert len(stored_files(media_root)) == 4

    assert client.delete(url_of(image)).status_code == 204
    assert client.delete(url_of(image)).status_code == 404
    assert stored_files(media_root) == []
    assert not MediaFile.objects.exists()
    assert post(client, upload).json()["order"] == 0


def test_user__deleted__takes_the_files_along(
    user: User, two: list[ReferenceImage], media_root: Path
) -> None:
    assert len(stored_files(media_root)) == 8
    with committed():
        user.delete()

    assert not ReferenceImage.objects.exists()
    assert stored_files(media_root) == []


# --- slots ------------------------------------------------------------------------------------


def test_slots__the_lowest_free_one_unless_told(client: CommittingClient, upload: Upload) -> None:
    assert post(client, upload, order=1).json()["order"] == 1
    assert [post(client, upload).json()["order"] for _ in range(3)] == [0, 2, 3]


def test_sixth__is_409_and_stores_nothing(
    client: CommittingClient, user: User, upload: Upload, media_root: Path
) -> None:
    ReferenceImageFactory.create_batch(5, user=user)
    for values in ({}, {"order": 2}):
        response = post(client, upload, **values)

        assert response.status_code == 409
        assert problem_of(response)["code"] == "reference_images_full"
    assert stored_files(media_root) == []
    assert not MediaFile.objects.exists()


def test_upload__into_a_taken_slot_is_400_and_stores_nothing(
    client: CommittingClient, two: list[ReferenceImage], upload: Upload, media_root: Path
) -> None:
    before = stored_files(media_root)

    assert field_codes_of(post(client, upload, order=1)) == {"order": "unique"}
    assert stored_files(media_root) == before


def test_patch__into_a_taken_slot_swaps(
    client: CommittingClient, user: User, two: list[ReferenceImage]
) -> None:
    front, side = two
    # Those of somebody else are in the same slots.
    ReferenceImageFactory.create_batch(5, user=UserFactory.create(), name="other")
    response = client.patch(url_of(front), {"order": 1})

    assert response.json()["order"] == 1
    assert slots_of(user) == {"front": 1, "side": 0}
    assert client.patch(url_of(side), {"order": 4}).json()["order"] == 4
    assert slots_of(user) == {"front": 1, "side": 4}
    assert not ReferenceImage.objects.filter(is_moving=True).exists()


def test_list__is_in_the_order_of_slots(
    client: CommittingClient, two: list[ReferenceImage]
) -> None:
    client.patch(url_of(two[0]), {"order": 1})
    page = client.get(REFERENCES).json()

    assert page["count"] == 2
    assert [each["name"] for each in page["results"]] == ["side", "front"]
    first = client.get(f"{REFERENCES}?cursor=&limit=1").json()
    assert [each["name"] for each in first["results"]] == ["side"]
    assert [each["name"] for each in client.get(first["next"]).json()["results"]] == ["front"]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_list__costs_the_same_for_any_number_and_no_storage(
    user: User,
    count: int,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    ReferenceImageFactory.create_batch(count, user=user)
    calls, client = watch_storage(monkeypatch), client_of(user)
    with django_assert_num_queries(4 if count else 2):  # user, count; rows, renditions
        response = client.get(REFERENCES)

    assert len(response.json()["results"]) == count
    assert calls == []


# --- whose they are ---------------------------------------------------------------------------


def test_others__find_nothing(two: list[ReferenceImage], superuser: User, outsider: User) -> None:
    missing = f"{REFERENCES}{uuid.uuid4()}/"
    for other in (superuser, outsider):
        client = client_of(other)
        assert client.get(REFERENCES).json()["results"] == []
        for method in ("get", "patch", "delete"):
            for url in (url_of(two[0]), missing):
                response = getattr(client, method)(url)
                assert problem_of(response)["code"] == "not_found"
        assert client.get(f"{url_of(two[0])}urls/").status_code == 404
    assert client_of(None).get(REFERENCES).status_code == 401
    assert slots_of(two[0].user) == {"front": 0, "side": 1}
