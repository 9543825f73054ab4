"""Attach and detach by ids: all or nothing, and what is not this organisation's is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from gallery.models import Image, PolymorphicImageRelation
from gallery.services import attachments
from orgs.models import Organization
from tests.accounts.clients import field_codes_of, problem_of
from tests.factories import OrganizationFactory
from tests.gallery.api.conftest import LIBRARY
from tests.gallery.api.harness import AddImage, CommittingClient, copies_of, laid_out, relation_of
from tests.testapp.models import Album

pytestmark = pytest.mark.django_db

ATTACHING = ["", "bulk_attach/"]


@pytest.fixture
def client(committing_client: CommittingClient) -> CommittingClient:
    return committing_client


@pytest.fixture
def foreign(library: list[Image]) -> Image:
    """Return an image of another organisation."""
    [image] = copies_of(library[-1], 1, organization=OrganizationFactory.create())
    Image.objects.bulk_create([image])
    return image


def post(client: CommittingClient, url: str, ids: Any) -> Any:
    return client.post(url, {"image_ids": ids}, format="json")


# --- attach -----------------------------------------------------------------------------------


def test_attach__answers_with_the_relations_as_asked(
    client: CommittingClient, album: Album, album_url: str, ids: list[int]
) -> None:
    response = post(client, album_url, [ids[2], ids[0]])

    assert response.status_code == 200
    rows = response.json()
    assert [(row["image"]["id"], row["order"], row["is_cover"]) for row in rows] == [
        *((ids[2], 0, True), (ids[0], 1, False))
    ]
    assert client.get(album_url).json()["results"] == rows
    assert laid_out(album) == ([ids[2], ids[0]], ids[2])


@pytest.mark.parametrize("path", ATTACHING)
def test_attach__twice_changes_nothing(
    client: CommittingClient, album: Album, album_url: str, ids: list[int], path: str
) -> None:
    first = post(client, album_url + path, ids[:3])
    attachments.set_cover(obj=album, image_id=ids[1])
    attachments.update_relation(obj=album, image_id=ids[0], custom_title="mine")
    before = client.get(album_url).json()["results"]

    again = post(client, album_url + path, [ids[0], ids[1], ids[0], ids[2]])

    assert (first.status_code, again.status_code) == (200, 200)
    assert client.get(album_url).json()["results"] == before
    assert again.json() == ({"attached": ids[:3]} if path else before)


@pytest.mark.parametrize(
    ("path", "status", "code"), [("", 404, "not_found"), ("bulk_attach/", 403, "unknown_images")]
)
def test_attach__with_an_unknown_id_is_refused_and_nothing_changes(
    client: CommittingClient,
    album: Album,
    album_url: str,
    foreign: Image,
    path: str,
    status: int,
    code: str,
) -> None:
    ids = list(Image.objects.in_org(album.organization).values_list("pk", flat=True).order_by("pk"))
    attachments.bulk_attach(obj=album, image_ids=ids[:1])
    Image.objects.get(pk=ids[3]).delete()
    for unknown in (foreign.pk, 999_999, ids[3]):
        body = problem_of(post(client, album_url + path, [ids[1], unknown, ids[2]]))

        assert (body["status"], body["code"]) == (status, code)
        assert body.get("image_ids") == ([unknown] if path else None)
        assert laid_out(album) == (ids[:1], ids[0])


def test_attach__foreign_and_missing_are_one_404(
    client: CommittingClient, album_url: str, foreign: Image
) -> None:
    nothing = problem_of(client.get(f"{LIBRARY}/images/999999/"))

    assert problem_of(post(client, album_url, [foreign.pk])) == nothing
    assert problem_of(post(client, album_url, [999_999])) == nothing
    assert problem_of(post(client, album_url, [2**63 - 1])) == nothing


@pytest.mark.parametrize("path", ATTACHING)
def test_attach__beyond_the_maximum_is_409_and_nothing_changes(
    client: CommittingClient,
    album: Album,
    album_url: str,
    ids: list[int],
    settings: Any,
    path: str,
) -> None:
    settings.GALLERY = {"MAX_PER_OBJECT": 2}
    post(client, album_url, ids[:1])
    response = post(client, album_url + path, ids[1:3])

    body = problem_of(response)
    assert (body["status"], body["code"], body["limit"]) == (409, "gallery_full", 2)
    assert laid_out(album) == (ids[:1], ids[0])
    assert post(client, album_url + path, ids[:2]).status_code == 200


# --- bodies that cannot be ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        *({}, {"image_ids": None}, {"image_ids": []}, {"image_ids": 1}, {"image_ids": "1"}),
        *({"image_ids": [0]}, {"image_ids": [-1]}, {"image_ids": [2**63]}, {"image_ids": [None]}),
        *({"image_ids": [10**30]}, {"image_ids": ["x"]}, {"image_ids": [1.5]}),
        *({"image_ids": [True]}, {"image_ids": [[1]]}, {"image_ids": {"0": 1}}, {"ids": [1]}),
        *({"image_ids": list(range(1, 1002))}, [1], 1, "1", None),
    ],
)
def test_ids__that_cannot_be_are_400_and_nothing_changes(
    client: CommittingClient, album: Album, album_url: str, ids: list[int], body: Any
) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids[:2])
    for path in ("", "bulk_attach/", "bulk_detach/"):
        response = client.post(album_url + path, body, format="json")

        fields = {str(name).split(".", 1)[0] for name in field_codes_of(response)}
        is_object = body is None or isinstance(body, dict)
        assert fields == {"image_ids" if is_object else "non_field_errors"}
        assert laid_out(album) == (ids[:2], ids[0])


@pytest.mark.parametrize("path", ["bulk_attach/", "bulk_detach/", "reorder/", "set_cover/"])
def test_verbs__take_json_and_nothing_else(
    client: CommittingClient, album_url: str, path: str
) -> None:
    response = client.post(album_url + path, {"image_ids": "1"}, format="multipart")

    assert (response.status_code, problem_of(response)["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("put", ""), ("patch", ""), ("delete", ""), ("get", "reorder/"), ("post", "cover/")),
        *(("get", "bulk_attach/"), ("get", "set_cover/"), ("put", "1/"), ("post", "1/")),
    ],
)
def test_other_methods__are_405(
    client: CommittingClient, album_url: str, method: str, path: str
) -> None:
    response = getattr(client, method)(album_url + path, {}, format="json")

    assert (response.status_code, problem_of(response)["code"]) == (405, "method_not_allowed")


# --- detach -----------------------------------------------------------------------------------


def test_detach__leaves_the_image_and_hands_the_cover_on(
    client: CommittingClient, album: Album, album_url: str, ids: list[int]
) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids)
    response = client.delete(f"{album_url}{ids[0]}/")

    assert (response.status_code, response.content) == (204, b"")
    assert laid_out(album) == (ids[1:], ids[1])
    assert client.get(f"{album_url}{ids[0]}/").status_code == 404
    assert client.delete(f"{album_url}{ids[0]}/").status_code == 404
    assert client.get(f"{LIBRARY}/images/{ids[0]}/").status_code == 200
    client.delete(f"{album_url}{ids[2]}/")
    assert laid_out(album) == ([ids[1], ids[3]], ids[1])


def test_bulk_detach__takes_out_those_that_are_in_and_names_all(
    client: CommittingClient, album: Album, album_url: str, ids: list[int]
) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids[:3])
    response = post(client, f"{album_url}bulk_detach/", [ids[3], ids[0], ids[3]])

    assert (response.status_code, response.json()) == (200, {"detached": [ids[3], ids[0]]})
    assert laid_out(album) == (ids[1:3], ids[1])
    assert Image.objects.count() == 4


def test_bulk_detach__with_an_unknown_id_is_403_and_nothing_changes(
    client: CommittingClient, album: Album, album_url: str, ids: list[int], foreign: Image
) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids[:3])
    for unknown in (foreign.pk, 999_999):
        body = problem_of(post(client, f"{album_url}bulk_detach/", [ids[0], unknown]))

        assert (body["status"], body["code"]) == (403, "unknown_images")
        assert body["image_ids"] == [unknown]
        assert laid_out(album) == (ids[:3], ids[0])


def test_detach__in_one_gallery_leaves_the_others(
    client: CommittingClient,
    album: Album,
    album_url: str,
    ids: list[int],
    organization: Organization,
) -> None:
    for obj in (album, organization):
        attachments.bulk_attach(obj=obj, image_ids=ids)
    client.delete(f"{album_url}{ids[1]}/")
    post(client, f"{album_url}bulk_detach/", [ids[2], ids[3]])

    assert laid_out(album) == (ids[:1], ids[0])
    assert laid_out(organization) == (ids, ids[0])


# --- deletion of an attached image --------------------------------------------------------------


def test_image__attached_is_409_and_forced_mends_every_gallery(
    client: CommittingClient,
    album: Album,
    album_url: str,
    add_image: AddImage,
    organization: Organization,
) -> None:
    images = [add_image() for _ in range(3)]
    ids = [image.pk for image in images]
    attachments.bulk_attach(obj=album, image_ids=ids)
    attachments.bulk_attach(obj=organization, image_ids=ids[::-1])
    url = f"{LIBRARY}/images/{ids[0]}/"

    refused = client.delete(url)
    body = problem_of(refused)
    assert (body["status"], body["code"], body["count"]) == (409, "image_in_use", 2)
    assert body["usage"] == [
        {"app_label": "testapp", "model": "album", "object_id": str(album.pk)},
        {"app_label": "orgs", "model": "organization", "object_id": str(organization.pk)},
    ]
    assert laid_out(album) == (ids, ids[0])

    assert client.delete(f"{url}?force=true").status_code == 204
    assert laid_out(album) == (ids[1:], ids[1])
    assert laid_out(organization) == ([ids[2], ids[1]], ids[2])
    assert PolymorphicImageRelation.objects.count() == 4
    assert relation_of(album, images[1]).is_cover
    assert client.get(f"{album_url}{ids[0]}/").status_code == 404


def test_image__detached_everywhere_is_deleted_without_force(
    client: CommittingClient, album: Album, album_url: str, image: Image
) -> None:
    attachments.attach(obj=album, image=image)
    url = f"{LIBRARY}/images/{image.pk}/"
    assert client.delete(url).status_code == 409

    client.delete(f"{album_url}{image.pk}/")

    assert client.delete(url).status_code == 204
