"""`ETag`, `If-None-Match`, `If-Match`: nobody reads twice or overwrites what they have not seen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import User
from gallery.models import Image, MediaFile, PolymorphicImageRelation
from orgs.models import Membership, Organization
from tests.accounts.clients import client_of, problem_of
from tests.conftest import Upload
from tests.gallery.api.harness import AddImage, attach, stored_files

pytestmark = pytest.mark.django_db
OLD = '"0123456789abcdef0123456789abcdef"'


@pytest.fixture
def client(owner: User) -> APIClient:
    return client_of(owner)


@pytest.fixture
def urls(image: Image, organization: Organization, member: User) -> dict[str, str]:
    """Return one resource of each kind, by what it is."""
    attach(image, organization, is_cover=True)
    gallery = f"/api/v1/images/orgs/acme/images/orgs/organization/{organization.pk}/"
    membership = Membership.objects.get(user=member)
    return {
        "image": f"/api/v1/images/orgs/acme/images/{image.pk}/",
        "relation": f"{gallery}{image.pk}/",
        "cover": f"{gallery}cover/",
        "organization": "/api/v1/orgs/acme/",
        "member": f"/api/v1/orgs/acme/members/{membership.pk}/",
        "me": "/api/v1/me/",
        "list": "/api/v1/images/orgs/acme/images/",
        "gallery": gallery,
    }


READABLE = ["image", "relation", "cover", "organization", "me", "list", "gallery"]


@pytest.mark.parametrize("kind", READABLE)
def test_etag__known__is_304_without_a_body(
    client: APIClient, urls: dict[str, str], kind: str
) -> None:
    first = client.get(urls[kind])
    etag = first["ETag"]
    assert etag.startswith('"')
    assert first["Cache-Control"] == "private, no-cache"
    assert client.head(urls[kind])["ETag"] == etag

    for condition in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        for method in (client.get, client.head):
            response = method(urls[kind], HTTP_IF_NONE_MATCH=condition)
            assert (response.status_code, response.content) == (304, b"")
            assert response["ETag"] == etag
    assert client.get(urls[kind], HTTP_IF_NONE_MATCH='"other"').status_code == 200


def test_etag__follows_every_change(client: APIClient, urls: dict[str, str]) -> None:
    before = {kind: client.get(urls[kind])["ETag"] for kind in ("image", "relation", "gallery")}
    changed = client.patch(urls["image"], {"title": "Other"})

    after = {kind: client.get(urls[kind])["ETag"] for kind in before}
    assert all(after[kind] != before[kind] for kind in before)
    assert changed["ETag"] == after["image"]
    assert client.get(urls["image"], HTTP_IF_NONE_MATCH=before["image"]).status_code == 200


def test_etag__of_what_was_made__is_that_of_its_location(
    client: APIClient, urls: dict[str, str], upload: Upload
) -> None:
    for url, values, content in (
        (urls["list"], {"file": upload()}, "multipart"),
        (urls["gallery"], {"file": upload()}, "multipart"),
        ("/api/v1/orgs/", {"name": "Other"}, "json"),
    ):
        made = client.post(url, values, format=content)
        assert made.status_code == 201, made.content
        assert client.get(made["Location"])["ETag"] == made["ETag"]


def test_etag__is_not_told_to_who_may_not_see_it_any_more(
    client: APIClient, owner: User, urls: dict[str, str]
) -> None:
    etag = client.get(urls["image"])["ETag"]
    Membership.objects.filter(user=owner).delete()
    response = client.get(urls["image"], HTTP_IF_NONE_MATCH=etag)

    assert problem_of(response)["code"] == "not_found"
    assert "ETag" not in response


def test_etag__of_a_problem_or_a_page__there_is_none(
    client: APIClient, urls: dict[str, str]
) -> None:
    assert "ETag" not in client.get(f"{urls['image']}0/")
    assert "ETag" not in client.get(urls["image"], HTTP_ACCEPT="text/html")


# --- changes ----------------------------------------------------------------------------------

Change = Callable[[APIClient, dict[str, str], Upload, dict[str, Any]], Any]
CHANGES: dict[str, Change] = {
    "patch image": lambda c, u, _, h: c.patch(u["image"], {"title": "X"}, **h),
    "delete image": lambda c, u, _, h: c.delete(f"{u['image']}?force=true", **h),
    "replace file": lambda c, u, f, h: c.put(
        f"{u['image']}file/", {"file": f()}, format="multipart", **h
    ),
    "patch relation": lambda c, u, _, h: c.patch(u["relation"], {"custom_title": "X"}, **h),
    "detach": lambda c, u, _, h: c.delete(u["relation"], **h),
    "patch organization": lambda c, u, _, h: c.patch(u["organization"], {"name": "X"}, **h),
    "patch member": lambda c, u, _, h: c.patch(u["member"], {"role": "viewer"}, **h),
    "delete member": lambda c, u, _, h: c.delete(u["member"], **h),
}
# The state of a member is seen in the answer to a change, which this one leaves as it is.
READ: dict[str, Callable[[APIClient, dict[str, str]], Any]] = {
    "image": lambda c, u: c.get(u["image"]),
    "file": lambda c, u: c.get(u["image"]),
    "relation": lambda c, u: c.get(u["relation"]),
    "detach": lambda c, u: c.get(u["relation"]),
    "organization": lambda c, u: c.get(u["organization"]),
    "member": lambda c, u: c.patch(u["member"], {}),
}


def state() -> list[Any]:
    models = (Image, MediaFile, PolymorphicImageRelation, Organization, Membership)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("condition", [{"HTTP_IF_MATCH": OLD}, {"HTTP_IF_NONE_MATCH": "*"}])
@pytest.mark.parametrize("change", CHANGES)
def test_change__of_something_else_than_was_read__is_412_and_does_nothing(
    client: APIClient,
    urls: dict[str, str],
    upload: Upload,
    media_root: Path,
    change: str,
    condition: dict[str, str],
) -> None:
    before, files = state(), stored_files(media_root)
    response = CHANGES[change](client, urls, upload, condition)

    assert response.status_code == 412
    assert problem_of(response)["code"] == "precondition_failed"
    assert state() == before
    assert stored_files(media_root) == files


@pytest.mark.parametrize("change", CHANGES)
def test_change__of_what_was_read__is_made_once(
    client: APIClient, urls: dict[str, str], upload: Upload, change: str
) -> None:
    etag = READ[change.rsplit(maxsplit=1)[-1]](client, urls)["ETag"]
    for weak in (f"W/{etag}", ""):
        # If-Match compares strongly, and what matches nothing has failed.
        if weak:
            refused = CHANGES[change](client, urls, upload, {"HTTP_IF_MATCH": weak})
            assert refused.status_code == 412
    first = CHANGES[change](client, urls, upload, {"HTTP_IF_MATCH": f'"other", {etag}'})
    assert first.status_code in {200, 204}, first.content

    second = CHANGES[change](client, urls, upload, {"HTTP_IF_MATCH": etag})
    assert second.status_code == (412 if first.status_code == 200 else 404)


@pytest.mark.parametrize("kind", ["image", "relation", "organization", "member"])
def test_change__of_nothing__is_conditional_too(
    client: APIClient, urls: dict[str, str], kind: str
) -> None:
    assert client.patch(urls[kind], {}, HTTP_IF_MATCH=OLD).status_code == 412


def test_etag__does_not_depend_on_how_json_is_asked_for(
    client: APIClient, urls: dict[str, str]
) -> None:
    etag = client.get(urls["image"], HTTP_ACCEPT="application/json; indent=4")["ETag"]

    assert client.get(urls["image"])["ETag"] == etag
    changed = client.patch(urls["image"], {"title": "X"}, HTTP_IF_MATCH=etag)
    assert changed.status_code == 200


def test_read__on_condition_of_a_time__is_answered(client: APIClient, urls: dict[str, str]) -> None:
    """RFC 9110: whoever keeps no times ignores them."""
    response = client.get(urls["image"], HTTP_IF_UNMODIFIED_SINCE="Sat, 01 Jan 2000 00:00:00 GMT")

    assert response.status_code == 200


@pytest.mark.parametrize("change", CHANGES)
def test_change__of_whatever_is_there__is_made(
    client: APIClient, urls: dict[str, str], upload: Upload, change: str
) -> None:
    response = CHANGES[change](client, urls, upload, {"HTTP_IF_MATCH": "*"})

    assert response.status_code in {200, 204}


def test_read__on_condition_of_an_old_state__is_412(
    client: APIClient, urls: dict[str, str]
) -> None:
    response = client.get(urls["image"], HTTP_IF_MATCH=OLD)

    assert problem_of(response)["code"] == "precondition_failed"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["image", "relation"])
def test_changes__of_the_same_state_at_once__one_wins(
    owner: User, urls: dict[str, str], add_image: AddImage, kind: str
) -> None:
    etag = client_of(owner).get(urls[kind])["ETag"]
    field = "title" if kind == "image" else "custom_title"
    barrier, statuses = threading.Barrier(6), []

    def change(number: int) -> None:
        client = client_of(owner)
        barrier.wait(30)
        answer = client.patch(urls[kind], {field: f"by {number}"}, HTTP_IF_MATCH=etag)
        statuses.append(answer.status_code)
        connection.close()

    threads = [threading.Thread(target=change, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(statuses) == [200, 412, 412, 412, 412, 412]
