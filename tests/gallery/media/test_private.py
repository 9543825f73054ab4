"""Private files: whose they are, whom they vouch for, and what caches may do with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import User
from gallery.models import Image, MediaFile, Share
from gallery.services.editing import update_image
from gallery.services.removal import delete_image
from gallery.services.sharing import resolve_share, revoke_share, share_image, urls_for
from orgs.models import Membership, Role
from tests.factories import MembershipFactory
from tests.gallery.media.conftest import Stored
from tests.gallery.media.http import assert_refused, body_of, status_of
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


# --- signatures ---------------------------------------------------------------------------------


def test_signed__answers_whoever_has_it(visitor: Client, private: Image, member: User) -> None:
    urls = urls_for(image=private, user=member)

    assert set(urls.variants) == {"original", "thumb", "sm", "md", "lg"}
    for url in urls.variants.values():
        response = visitor.get(url)
        assert status_of(response) == 200
        assert response["Cache-Control"] == "private, no-cache"
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_signed__ends_in_time(
    visitor: Client, private: Image, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = urls_for(image=private, user=member)
    assert urls.expires_at is not None
    left = urls.expires_at - timezone.now()
    assert timedelta(minutes=59) < left <= timedelta(minutes=61)

    for seconds, status in ((-1, 200), (0, 404)):
        moment = urls.expires_at.timestamp() + seconds
        monkeypatch.setattr("gallery.signing.time.time", lambda moment=moment: moment)
        held = {"if-none-match": "*"} if status == 404 else {}
        assert status_of(visitor.get(urls.url, headers=held)) == status


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        ("expires=1", "expires=9"),
        ("by=user-", "by=user-1"),
        ("by=user-", "by=share-"),
        ("by=user-", "by=admin-"),
        ("signature=", "signature=A"),
        ("signature=", "signature=&other="),
        ("expires=", "expires=0"),
        ("expires=", "expires=+"),
        ("expires=", "expires=%00"),
    ],
)
def test_signed__tampered_with_is_404(
    visitor: Client, private: Image, member: User, part: str, instead: str
) -> None:
    url = urls_for(image=private, user=member).url
    assert part in url

    assert_refused(visitor.get(url.replace(part, instead, 1)), 404)


def test_signed__every_changed_character_is_404(
    visitor: Client, private: Image, member: User
) -> None:
    url = urls_for(image=private, user=member).url
    for place in range(url.index("signature=") + len("signature="), len(url)):
        other = "A" if url[place] != "A" else "B"
        # Also the last one, whose two last bits say nothing in base64.
        assert visitor.get(url[:place] + other + url[place + 1 :]).status_code == 404


def test_signed__is_for_one_key(visitor: Client, private: Image, member: User) -> None:
    variants = urls_for(image=private, user=member).variants
    query = variants["thumb"].partition("?")[2]

    assert_refused(visitor.get(f"{variants['original'].partition('?')[0]}?{query}"), 404)


def test_signed__follows_the_keys(
    visitor: Client, private: Image, member: User, settings: Any
) -> None:
    url = urls_for(image=private, user=member).url
    former = settings.SECRET_KEY
    settings.SECRET_KEY = "another-" + "0" * 50
    assert_refused(visitor.get(url), 404)

    settings.SECRET_KEY_FALLBACKS = [former]
    assert status_of(visitor.get(url)) == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert status_of(visitor.get(urls_for(image=private, user=member).url)) == 200


def test_signed__is_worth_what_its_user_may_see(
    visitor: Client, private: Image, member: User
) -> None:
    url = urls_for(image=private, user=member).url
    Membership.objects.filter(user=member).delete()
    assert_refused(visitor.get(url, headers={"if-none-match": "*"}), 404)

    MembershipFactory.create(organization=private.organization, user=member, role=Role.VIEWER)
    assert status_of(visitor.get(url)) == 200
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert_refused(visitor.get(url), 404)


def test_signed__a_rendition_that_cannot_be_made_leads_to_the_original_signed(
    visitor: Client, private: Image, thumb: Stored, member: User
) -> None:
    url = urls_for(image=private, user=member).variants["thumb"]
    MediaFile.objects.filter(pk=thumb.file.pk).delete()
    MediaFile.objects.filter(key=private.original_key).update(warming="failed")
    response = visitor.get(url)

    assert response.status_code == 302
    assert status_of(visitor.get(response["Location"])) == 200
    assert_refused(visitor.get(url.partition("?")[0]), 404)


def test_signed__a_rendition_that_is_not_made_is_made(
    visitor: Client, private: Image, thumb: Stored, member: User, transactional_db: None
) -> None:
    url = urls_for(image=private, user=member).variants["thumb"]
    MediaFile.objects.filter(pk=thumb.file.pk).delete()
    assert_refused(visitor.get(url.partition("?")[0]), 404)
    assert not MediaFile.objects.filter(key=thumb.file.key).exists()

    assert status_of(visitor.get(url)) == 200


# --- shares -------------------------------------------------------------------------------------


def test_share__answers_until_it_is_revoked(visitor: Client, private: Image, member: User) -> None:
    share, token = share_image(image=private, creator=member)
    assert token not in str(Share.objects.values_list().get())
    urls = resolve_share(token=token)
    assert {status_of(visitor.get(url)) for url in urls.variants.values()} == {200}
    Membership.objects.filter(user=member).delete()
    assert status_of(visitor.get(urls.url)) == 200  # it is the share's, not the member's

    revoke_share(image=private, share_id=share.pk)
    for url in urls.variants.values():
        assert_refused(visitor.get(url, headers={"if-none-match": "*"}), 404)


def test_share__its_urls_end_with_it(private: Image, member: User) -> None:
    until = timezone.now() + timedelta(minutes=5)
    _, token = share_image(image=private, creator=member, expires_at=until)
    urls = resolve_share(token=token)

    assert urls.expires_at is not None
    assert until - timedelta(seconds=1) < urls.expires_at <= until


def test_share__is_for_its_image_alone(
    visitor: Client, private: Image, member: User, upload: Any
) -> None:
    share, token = share_image(image=private, creator=member)
    url = resolve_share(token=token).url
    Share.objects.filter(pk=share.pk).update(
        image=Image.objects.create(
            organization=private.organization, visibility="private", file=upload("other.png")
        )
    )

    assert_refused(visitor.get(url), 404)


def test_share__ends_with_its_image(visitor: Client, private: Image, member: User) -> None:
    _, token = share_image(image=private, creator=member)
    url = resolve_share(token=token).url
    delete_image(image=private)

    assert not Share.objects.exists()
    assert_refused(visitor.get(url), 404)


def test_share__shows_the_file_that_the_image_has_by_now(
    private: Image, member: User, upload: Any, transactional_db: None
) -> None:
    _, token = share_image(image=private, creator=member)
    private.file = upload("new.png")
    private.save()

    assert resolve_share(token=token).url.startswith(f"/media/{private.original_key}?")
