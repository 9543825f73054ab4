"""`GET images/{id}/urls/` and the tokens of shares: where an image answers without credentials."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from gallery.imaging.focal_point import FocalPoint
from gallery.models import IdempotencyKey, Image, MediaFile, Share
from gallery.services.editing import update_image
from orgs.models import Membership
from tests.accounts.clients import client_of, field_codes_of, problem_of
from tests.conftest import Upload
from tests.gallery.api.harness import AddImage, committed, status_of, watch_storage
from tests.gallery.api.test_shares import RESOLVE, resolved, shared, shares_of, until

pytestmark = pytest.mark.django_db
VARIANTS = ["original", "thumb", "sm", "md", "lg"]


@pytest.fixture
def client(member: User) -> APIClient:
    return client_of(member)


@pytest.fixture
def private(add_image: AddImage) -> Image:
    """Return a private image that is large enough for each variant to be a file of its own."""
    return add_image(size=(2000, 1500), visibility="private")


def urls_of(client: APIClient, image: Image) -> dict[str, Any]:
    response: Any = client.get(f"/api/v1/images/orgs/acme/images/{image.pk}/urls/")
    assert response.status_code == 200, response.content
    assert response["Cache-Control"] == "no-store"
    urls: dict[str, Any] = response.json()
    assert list(urls) == ["url", "variants", "expires_at"]
    assert list(urls["variants"]) == VARIANTS
    assert urls["url"] == urls["variants"]["original"]
    return urls


def statuses(urls: dict[str, Any]) -> set[int]:
    """Ask for every variant as somebody without credentials."""
    visitor = Client()
    return {status_of(visitor, url) for url in urls["variants"].values()}


def plain(url: str) -> str:
    return url.partition("?")[0]


def test_urls__of_a_public_image__are_its_own_for_ever(client: APIClient, image: Image) -> None:
    urls = urls_of(client, image)
    detail: Any = client.get(f"/api/v1/images/orgs/acme/images/{image.pk}/")

    assert urls["variants"] == detail.json()["variants"]
    assert urls["expires_at"] is None
    assert statuses(urls) == {200}


def test_urls__of_a_private_image__answer_anybody_and_say_until_when(
    client: APIClient, private: Image
) -> None:
    asked_at = datetime.now(tz=UTC)
    urls = urls_of(client, private)
    detail: Any = client.get(f"/api/v1/images/orgs/acme/images/{private.pk}/")

    own = detail.json()["variants"]
    assert {name: plain(url) for name, url in urls["variants"].items()} == own
    assert len(set(own.values())) == 5
    assert statuses(urls) == {200}
    assert statuses({"variants": own}) == {404}
    until = datetime.fromisoformat(urls["expires_at"])
    # Whole seconds, rounded up to a minute; the request may have taken one or two itself.
    assert 3599 <= (until - asked_at).total_seconds() <= 3670
    assert until.second == 0
    for url in urls["variants"].values():
        assert f"?expires={int(until.timestamp())}&by=user-" in url


def test_urls__of_what_is_not_made_yet__are_the_original_signed(
    client: APIClient, private: Image
) -> None:
    MediaFile.objects.exclude(original=None).delete()
    urls = urls_of(client, private)

    assert set(urls["variants"].values()) == {urls["url"]}
    assert statuses(urls) == {200}


def test_urls__after_the_focal_point_moved__answer_and_there_are_new_ones(
    client: APIClient, private: Image
) -> None:
    before = urls_of(client, private)
    with committed():
        update_image(image=private, focal_point=FocalPoint(10, 90))
    after = urls_of(client, private)

    changed = {name for name in VARIANTS if before["variants"][name] != after["variants"][name]}
    assert changed == {"thumb"}
    assert statuses(before) == statuses(after) == {200}


def test_urls__after_the_file_was_replaced__answer_and_there_are_new_ones(
    client: APIClient, private: Image, upload: Upload
) -> None:
    before = urls_of(client, private)
    with committed():
        put: Any = client.put(
            f"/api/v1/images/orgs/acme/images/{private.pk}/file/",
            {"file": upload("new.png", (2000, 1500))},
            format="multipart",
        )
    after = urls_of(client, private)

    assert put.status_code == 200
    assert not set(before["variants"].values()) & set(after["variants"].values())
    assert statuses(before) == statuses(after) == {200}
    MediaFile.objects.filter(state="stale").update(delete_after=datetime.now(tz=UTC))
    assert statuses(before) == {404}


def test_urls__follow_the_visibility(client: APIClient, private: Image) -> None:
    signed = urls_of(client, private)
    update_image(image=private, visibility="public")
    public = urls_of(client, private)
    assert public["expires_at"] is None
    assert statuses(signed) == statuses(public) == {200}

    update_image(image=private, visibility="private")
    assert statuses(public) == {404}
    assert statuses(signed) == {200}


def test_urls__of_a_superuser_and_of_a_viewer__are_worth_what_they_may_see(
    private: Image, superuser: User, viewer: User
) -> None:
    for user in (superuser, viewer):
        assert statuses(urls_of(client_of(user), private)) == {200}
    urls = urls_of(client_of(viewer), private)
    Membership.objects.filter(user=viewer).delete()
    assert statuses(urls) == {404}


def test_urls__cost_few_queries_and_no_storage(
    client: APIClient, private: Image, add_image: AddImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    calls = watch_storage(monkeypatch)
    for image in (private, add_image(visibility="public"), private):
        calls.clear()
        with CaptureQueriesContext(connection) as queries:
            urls_of(client, image)
        counts.append(len(queries))
        assert calls == []

    # The user, the organisation with the role, the image and its renditions.
    assert len(set(counts)) == 1
    assert counts[0] <= 4, counts


# --- of a share ---------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_resolve__gives_urls_that_answer_anybody(
    client: APIClient, add_image: AddImage, visibility: str
) -> None:
    image = add_image(size=(2000, 1500), visibility=visibility)
    answer = resolved(shared(client, image)["token"])
    urls = answer.json()

    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert list(urls) == ["url", "variants", "expires_at"]
    assert list(urls["variants"]) == ["original", "thumb", "sm", "md", "lg"]
    assert urls["url"] == urls["variants"]["original"]
    assert len(set(urls["variants"].values())) == 5
    assert {status_of(Client(), url) for url in urls["variants"].values()} == {200}
    left = datetime.fromisoformat(urls["expires_at"]) - timezone.now()
    assert timedelta(minutes=59) < left <= timedelta(minutes=61)


def test_resolve__of_a_share_that_ends_soon__ends_with_it(
    client: APIClient, private: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = resolved(shared(client, private, expires_at=until(minutes=5))["token"]).json()
    ends = Share.objects.get().expires_at

    assert urls["expires_at"] == ends.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    monkeypatch.setattr("gallery.signing.time.time", ends.timestamp)
    assert status_of(Client(), urls["url"]) == 404


def test_tokens__that_are_worth_nothing__are_one_404(
    client: APIClient, private: Image, add_image: AddImage
) -> None:
    revoked, expired, gone = (shared(client, private)["token"] for _ in range(3))
    shares = list(Share.objects.order_by("pk"))
    assert client.delete(f"{shares_of(private)}{shares[0].pk}/").status_code == 204
    Share.objects.filter(pk=shares[1].pk).update(expires_at=timezone.now())
    other = add_image()
    Share.objects.filter(pk=shares[2].pk).update(image=other)
    client.delete(f"/api/v1/images/orgs/acme/images/{other.pk}/")
    hashes = [share.token_hash for share in shares]
    never = ["a", "A" * 43, "A" * 128, "ü", "🏖", "' OR 1=1 --", "%", "*", str(shares[0].pk)]

    answers = [resolved(token) for token in (revoked, expired, gone, *hashes, *never)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.items())) for answer in answers}) == 1
    assert problem_of(answers[0])["code"] == "not_found"


def test_resolve__looks_at_nobodys_credentials(
    client: APIClient, private: Image, outsider: User
) -> None:
    token = shared(client, private)["token"]
    forged = {"headers": {"authorization": "Bearer forged", "idempotency-key": "a"}}

    assert resolved(token, **forged).status_code == 200
    answer: Any = client_of(outsider).post(RESOLVE, {"token": token})
    assert answer.status_code == 200
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize(
    "token", ["", "  ", "a" * 129, "a\0", "\ud800", None, 5, True, [], {}, 1e9]
)
def test_tokens__that_are_no_text__are_400(db: None, token: Any) -> None:
    assert list(field_codes_of(resolved(token))) == ["token"]
