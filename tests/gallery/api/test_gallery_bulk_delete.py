"""`POST bulk-delete/`: several images of a library, each of which stands alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from gallery.models import Image, PolymorphicImageRelation
from gallery.services import attachments
from orgs.models import Organization
from tests.accounts.clients import field_codes_of, problem_of
from tests.factories import OrganizationFactory
from tests.gallery.api.conftest import LIBRARY
from tests.gallery.api.harness import (
    AddImage,
    CommittingClient,
    copies_of,
    laid_out,
    status_of,
    stored_files,
)
from tests.testapp.models import Album

pytestmark = pytest.mark.django_db

URL = f"{LIBRARY}/bulk-delete/"


@pytest.fixture
def client(committing_client: CommittingClient) -> CommittingClient:
    return committing_client


def post(client: APIClient, ids: Any, *, query: str = "") -> Any:
    return client.post(URL + query, {"ids": ids}, format="json")


def codes(body: dict[str, Any]) -> list[tuple[int, str]]:
    assert body.keys() == {"deleted", "failed"}
    assert all(each.keys() == {"id", "code", "message"} for each in body["failed"])
    assert all(each["message"] for each in body["failed"])
    return [(each["id"], each["code"]) for each in body["failed"]]


@pytest.mark.parametrize("url", [URL, URL.rstrip("/")])
def test_bulk_delete__deletes_images_files_and_urls(
    client: CommittingClient, add_image: AddImage, media_root: Path, url: str
) -> None:
    kept, first, second = (add_image() for _ in range(3))
    ids = [second.pk, first.pk]
    response = client.post(url, {"ids": ids}, format="json")

    assert (response.status_code, response.json()) == (200, {"deleted": ids, "failed": []})
    assert Image.objects.get() == kept
    assert len(stored_files(media_root)) == 5
    assert status_of(client, f"/media/{first.original_key}") == 404
    assert status_of(client, f"/media/{kept.original_key}") == 200


def test_bulk_delete__each_stands_alone_and_says_why(
    client: CommittingClient, album: Album, library: list[Image], ids: list[int], owner: User
) -> None:
    mine, attached, theirs, gone = library
    Image.objects.filter(pk=theirs.pk).update(creator=owner)
    [foreign] = copies_of(gone, 1, organization=OrganizationFactory.create())
    Image.objects.bulk_create([foreign])
    attachments.attach(obj=album, image=attached)
    gone.delete()
    response = post(client, [ids[3], ids[2], ids[1], ids[0], foreign.pk, 999_999])

    assert response.status_code == 200
    body = response.json()
    assert body["deleted"] == [mine.pk]
    assert codes(body) == [
        (ids[3], "not_found"),
        (theirs.pk, "permission_denied"),
        (attached.pk, "image_in_use"),
        (foreign.pk, "not_found"),
        (999_999, "not_found"),
    ]
    left = set(Image.objects.values_list("pk", flat=True))
    assert left == {attached.pk, theirs.pk, foreign.pk}
    assert laid_out(album) == ([attached.pk], attached.pk)


def test_bulk_delete__foreign_and_missing_are_one_error(
    client: CommittingClient, library: list[Image]
) -> None:
    [foreign] = copies_of(library[3], 1, organization=OrganizationFactory.create())
    Image.objects.bulk_create([foreign])
    failed = post(client, [foreign.pk, 999_999, 2**63 - 1]).json()["failed"]

    assert len({(each["code"], each["message"]) for each in failed}) == 1


@pytest.mark.parametrize("query", ["?force=true", "?force=1", "?force=True"])
def test_bulk_delete__forced_mends_the_galleries(
    client: CommittingClient,
    album: Album,
    organization: Organization,
    ids: list[int],
    query: str,
) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids)
    attachments.bulk_attach(obj=organization, image_ids=ids[::-1])
    body = post(client, [ids[0], ids[2]], query=query).json()

    assert body == {"deleted": [ids[0], ids[2]], "failed": []}
    assert laid_out(album) == ([ids[1], ids[3]], ids[1])
    assert laid_out(organization) == ([ids[3], ids[1]], ids[3])


@pytest.mark.parametrize("query", ["", "?force=false", "?force=0", "?force="])
def test_bulk_delete__not_forced_leaves_what_is_attached(
    client: CommittingClient, album: Album, ids: list[int], query: str
) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids[:1])
    body = post(client, ids[:2], query=query).json()

    assert (body["deleted"], codes(body)) == ([ids[1]], [(ids[0], "image_in_use")])
    assert laid_out(album) == (ids[:1], ids[0])


def test_bulk_delete__force_does_not_delete_what_others_made(
    client: CommittingClient, album: Album, ids: list[int], owner: User
) -> None:
    Image.objects.filter(pk__in=ids[:2]).update(creator=owner)
    Image.objects.filter(pk=ids[1]).update(creator=None)
    attachments.bulk_attach(obj=album, image_ids=ids)
    body = post(client, ids[:2], query="?force=true").json()

    assert (body["deleted"], codes(body)) == (
        [],
        [(ids[0], "permission_denied"), (ids[1], "permission_denied")],
    )
    assert laid_out(album) == (ids, ids[0])


def test_bulk_delete__an_owner_deletes_what_others_made(owner: User, ids: list[int]) -> None:
    client = CommittingClient()
    client.force_authenticate(owner)

    assert post(client, ids).json() == {"deleted": ids, "failed": []}
    assert not Image.objects.exists()


def test_bulk_delete__of_one_image_named_twice_is_one_deletion(
    client: CommittingClient, ids: list[int]
) -> None:
    assert post(client, [ids[0], ids[0]]).json() == {"deleted": [ids[0]], "failed": []}


@pytest.mark.parametrize("who", ["viewer", "outsider"])
def test_bulk_delete__is_for_members_who_write(
    ids: list[int], viewer: User, outsider: User, who: str
) -> None:
    client = CommittingClient()
    client.force_authenticate({"viewer": viewer, "outsider": outsider}[who])
    response = post(client, ids)

    assert problem_of(response)["status"] == {"viewer": 403, "outsider": 404}[who]
    assert Image.objects.count() == 4


@pytest.mark.parametrize(
    "body",
    [
        *({}, {"ids": []}, {"ids": None}, {"ids": 1}, {"ids": ["x"]}, {"ids": [0]}),
        *({"ids": [2**63]}, {"ids": [10**30]}, {"ids": [None]}, {"image_ids": [1]}),
        {"ids": list(range(1, 1002))},
    ],
)
def test_bulk_delete__with_ids_that_cannot_be_is_400(
    client: CommittingClient, ids: list[int], body: Any
) -> None:
    if isinstance(body.get("ids"), list):
        body = {"ids": [*body["ids"], *(ids if body["ids"] else [])]}
    response = client.post(URL, body, format="json")

    assert {str(name).split(".", 1)[0] for name in field_codes_of(response)} == {"ids"}
    assert Image.objects.count() == 4


def test_bulk_delete__leaves_no_relation_behind(
    client: CommittingClient, album: Album, ids: list[int]
) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids)

    assert post(client, ids, query="?force=true").json()["deleted"] == ids
    assert not PolymorphicImageRelation.objects.exists()
    assert client.get(f"{LIBRARY}/images/testapp/album/{album.pk}/").json()["count"] == 0
