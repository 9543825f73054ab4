"""Private files: whose they are, whom they vouch for, and what caches may do with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework_simplejwt.tokens import AccessToken

import gallery
from accounts.models import User
from gallery.models import Image, MediaFile
from gallery.renditions import key_source
from gallery.services.editing import update_image
from orgs.models import Membership
from tests.conftest import Upload
from tests.gallery.media.conftest import Stored
from tests.gallery.media.http import assert_refused, body_of, status_of
from tests.gallery.renditions.adoption import keep, make_all
from tests.testapp.models import Portrait

pytestmark = pytest.mark.django_db
CONDITIONS: list[dict[str, str]] = [
    {},
    {"if-none-match": "*"},
    {"if-none-match": "{etag}"},
    {"if-modified-since": "{modified}"},
    {"range": "bytes=0-0"},
    {"if-match": '"other"'},
]


@pytest.fixture(autouse=True)
def private(image: Image) -> Image:
    update_image(image=image, visibility="private")
    return image


def with_session(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def with_token(user: User) -> Client:
    return Client(headers={"authorization": f"Bearer {AccessToken.for_user(user)}"})


def filled(headers: dict[str, str], stored: Stored) -> dict[str, str]:
    return {
        name: value.format(etag=stored.etag, modified=stored.modified)
        for name, value in headers.items()
    }


# --- whose they are -----------------------------------------------------------------------------


@pytest.mark.parametrize("login", [with_session, with_token])
def test_private__members_and_superusers_see_it(
    thumb: Stored,
    original: Stored,
    member: User,
    viewer: User,
    superuser: User,
    login: Callable[[User], Client],
) -> None:
    for user in (member, viewer, superuser):
        for stored in (thumb, original):
            assert body_of(login(user).get(stored.url)) == stored.content


@pytest.mark.parametrize("headers", CONDITIONS)
def test_private__is_404_to_all_others_whatever_they_hold(
    visitor: Client, thumb: Stored, outsider: User, headers: dict[str, str]
) -> None:
    forged = Client(headers={"authorization": "Bearer forged"})
    for client in (visitor, forged, with_session(outsider), with_token(outsider)):
        for ask in (client.get, client.head):
            assert_refused(ask(thumb.url, headers=filled(headers, thumb)), 404)


def test_private__and_unknown_are_one_answer(
    visitor: Client, outsider: User, thumb: Stored, settings: Any
) -> None:
    for client in (visitor, with_session(outsider), with_token(outsider)):
        for settings.DEBUG in (False, True):
            private = client.get(thumb.url)
            unknown = client.get("/media/images/2026/01/01/unknown.webp")

            assert_refused(private, 404)
            assert dict(private.items()) == dict(unknown.items())
            assert private.content == unknown.content


def test_private__ends_with_the_membership_and_the_account(thumb: Stored, member: User) -> None:
    clients = [with_session(member), with_token(member)]
    membership = Membership.objects.get(user=member)
    membership.delete()
    for client in clients:
        held = client.get(thumb.url, headers={"if-none-match": thumb.etag})
        assert_refused(held, 404)
    membership.save(force_insert=True)
    assert [status_of(client.get(thumb.url)) for client in clients] == [200, 200]

    User.objects.filter(pk=member.pk).update(is_active=False)
    assert [status_of(client.get(thumb.url)) for client in clients] == [404, 404]


def test_private__of_a_public_image_ends_what_anybody_holds(
    visitor: Client, private: Image, thumb: Stored
) -> None:
    update_image(image=private, visibility="public")
    assert visitor.get(thumb.url, headers={"if-none-match": thumb.etag}).status_code == 304

    update_image(image=private, visibility="private")
    assert_refused(visitor.get(thumb.url, headers={"if-none-match": thumb.etag}), 404)


def test_private__of_a_model_is_theirs_whom_it_names(
    superuser: User, member: User, upload: Any, transactional_db: None
) -> None:
    """As a reference image is its user's alone, and no superuser's."""
    portrait = Portrait.objects.create(user=member, image=upload())
    source = Portrait.image_field_object().source
    files = MediaFile.objects.of_object(source, portrait.pk)
    urls = [f"/media/{key}" for key in files.values_list("key", flat=True)]
    assert len(urls) == 3

    for url in urls:
        assert status_of(with_session(member).get(url)) == 200
        for other in (with_session(superuser), Client()):
            assert_refused(other.get(url), 404)


def test_private__of_a_registered_source_is_theirs_for_whom_it_says_so(
    member: User,
    superuser: User,
    media_root: Path,
    upload: Upload,
    monkeypatch: pytest.MonkeyPatch,
    transactional_db: None,
) -> None:
    monkeypatch.setattr(key_source, "_key_sources", {})
    keep(media_root, upload, "contracts/a.jpg", "contracts/b.jpg")
    gallery.register_source(
        "contracts",
        keys="contracts/",
        visibility="private",
        may_see=lambda user, key: user.pk == member.pk and key == "contracts/a.jpg",
    )
    make_all("contracts")
    for name, status in (("a", 200), ("a_thumb", 200), ("b", 404), ("b_thumb", 404)):
        url = f"/media/contracts/{name}.{'webp' if '_' in name else 'jpg'}"
        assert status_of(with_session(member).get(url)) == status
        for other in (with_session(superuser), Client()):
            assert_refused(other.get(url), 404)


# --- caches -------------------------------------------------------------------------------------


def test_private__no_shared_cache_may_keep_it(thumb: Stored, member: User) -> None:
    client = with_session(member)
    held = {"if-none-match": thumb.etag}
    for response in (
        client.get(thumb.url),
        client.head(thumb.url),
        client.get(thumb.url, headers=held),
        client.get(thumb.url, headers={"range": "bytes=0-3"}),
    ):
        assert response.status_code in {200, 206, 304}
        assert response["Cache-Control"] == "private, no-cache"
        assert {each.strip() for each in response["Vary"].split(",")} == {"Authorization", "Cookie"}
        assert response["ETag"] == thumb.etag
        assert response["Cross-Origin-Resource-Policy"] == "same-site"


def test_private__costs_no_storage_for_a_304_and_few_queries(
    thumb: Stored, member: User, media_root: Any
) -> None:
    client = with_token(member)
    (media_root / thumb.file.key).unlink()
    with CaptureQueriesContext(connection) as queries:
        response = client.get(thumb.url, headers={"if-none-match": thumb.etag})

    assert response.status_code == 304
    assert len(queries) == 3  # the file, the user, and whether the user may
