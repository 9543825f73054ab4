"""Signed URLs and shares: what a signature is worth, and when it ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from gallery.models import Image, MediaFile, Share
from gallery.services.editing import update_image
from gallery.services.removal import delete_image
from gallery.services.sharing import resolve_share, revoke_share, share_image, urls_for
from orgs.models import Membership, Role
from tests.factories import MembershipFactory
from tests.gallery.media.conftest import Stored
from tests.gallery.media.http import assert_refused, status_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def private(image: Image) -> Image:
    update_image(image=image, visibility="private")
    return image


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
