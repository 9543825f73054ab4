"""Shares by REST: made, listed, revoked at once, and their tokens shown once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from gallery.api.views import sharing
from gallery.models import IdempotencyKey, Image, Share
from gallery.services.sharing import share_image
from tests.accounts.clients import client_of, field_codes_of, problem_of
from tests.gallery.api.harness import AddImage, status_of

pytestmark = pytest.mark.django_db
RESOLVE = "/api/v1/images/shared/images/resolve/"
JSON = "application/json"


@pytest.fixture
def client(member: User) -> APIClient:
    return client_of(member)


@pytest.fixture
def private(add_image: AddImage) -> Image:
    return add_image(visibility="private")


def shares_of(image: Image) -> str:
    return f"/api/v1/images/orgs/acme/images/{image.pk}/shares/"


def shared(client: APIClient, image: Image, **said: Any) -> dict[str, Any]:
    response: Any = client.post(shares_of(image), said)
    assert response.status_code == 201, response.content
    share: dict[str, Any] = response.json()
    return share


def resolved(token: object, **more: Any) -> Any:
    """Ask as somebody without credentials, held to CSRF as in production."""
    body = json.dumps({"token": token})
    return Client(enforce_csrf_checks=True).post(RESOLVE, body, content_type=JSON, **more)


def until(**ahead: float) -> str:
    return (timezone.now() + timedelta(**ahead)).isoformat()


# --- what it is like ----------------------------------------------------------------------------


def test_share__is_shown_with_its_token_once(
    client: APIClient, member: User, private: Image
) -> None:
    response: Any = client.post(shares_of(private), {})
    share = response.json()

    assert response.status_code == 201
    assert response["Location"] == f"http://testserver{shares_of(private)}{share['id']}/"
    assert list(share) == ["id", "token", "creator", "created_at", "expires_at"]
    assert share["creator"] == member.pk
    lasts = datetime.fromisoformat(share["expires_at"]) - timezone.now()
    assert timedelta(days=7, minutes=-1) < lasts <= timedelta(days=7)
    assert len(share["token"]) == 43
    del share["token"]
    listed: Any = client.get(shares_of(private))
    assert listed.json() == {"count": 1, "next": None, "previous": None, "results": [share]}


def test_token__with_a_key_is_given_once_and_kept_nowhere(
    client: APIClient, private: Image
) -> None:
    answers: list[Any] = [
        client.post(shares_of(private), {}, headers={"idempotency-key": "a", "accept": accept})
        for accept in (JSON, JSON, "text/html")
    ]
    token = answers[0].json()["token"]

    assert [answer.status_code for answer in answers] == [201] * 3
    for again in answers[1:]:
        assert json.loads(again.content) == {**answers[0].json(), "token": None}
        assert again["Idempotency-Replayed"] == "true"
        assert again["Location"] == answers[0]["Location"]
    assert (Share.objects.count(), IdempotencyKey.objects.count()) == (1, 1)
    assert token not in whole_database()
    assert resolved(token).status_code == 200
    assert token not in whole_database()


def test_token__shown_in_the_browsable_api__is_kept_nowhere_either(
    client: APIClient, private: Image
) -> None:
    headers = {"idempotency-key": "a", "accept": "text/html"}
    page = client.post(shares_of(private), {}, headers=headers).content.decode()
    again = client.post(shares_of(private), {}, headers=headers).content.decode()

    token = page.partition("&quot;token&quot;: &quot;")[2].partition("&quot;")[0]
    assert len(token) == 43, page
    assert token not in again
    assert token not in whole_database()


def whole_database() -> str:
    """Return every value of every row."""
    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    assert {"gallery_share", "gallery_idempotencykey", "django_session"} <= set(tables)
    said = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            for row in cursor.fetchall():
                said += [
                    bytes(v).decode(errors="replace") if _is_binary(v) else str(v) for v in row
                ]
    return "\n".join(said)


def _is_binary(value: object) -> bool:
    return isinstance(value, bytes | memoryview)


# --- how long -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("2026-06-01T12:00:00Z", "2026-06-01T12:00:00Z"),
        ("2026-06-01T12:00:00", "2026-06-01T12:00:00Z"),
        ("2026-06-01T12:00:00+05:30", "2026-06-01T06:30:00Z"),
        ("2026-06-01T12:00:00-12:00", "2026-06-02T00:00:00Z"),
        ("2026-06-01T12:00:00.123456Z", "2026-06-01T12:00:00.123456Z"),
        ("2026-06-01 12:00", "2026-06-01T12:00:00Z"),
        ("2026-01-01T00:00:01Z", "2026-01-01T00:00:01Z"),
        ("2027-01-02T00:00:00Z", "2027-01-02T00:00:00Z"),
    ],
)
def test_expiry__within_a_year__is_that_moment(
    client: APIClient, private: Image, monkeypatch: pytest.MonkeyPatch, said: str, means: str
) -> None:
    _let_it_be_new_year(monkeypatch)

    assert shared(client, private, expires_at=said)["expires_at"] == means


@pytest.mark.parametrize(
    "said",
    [
        *("2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", "1970-01-01T00:00:00Z"),
        *("0001-01-01T00:00:00Z", "2026-01-01T05:00:00+05:30", "2027-01-02T00:00:01Z"),
        *("2027-01-01T23:00:00-02:00", "9999-12-31T23:59:59Z"),
    ],
)
def test_expiry__that_is_over_or_too_far__is_400(
    client: APIClient, private: Image, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    _let_it_be_new_year(monkeypatch)
    response: Any = client.post(shares_of(private), {"expires_at": said})

    assert (response.status_code, problem_of(response)["code"]) == (400, "invalid_expiry")
    assert not Share.objects.exists()


def _let_it_be_new_year(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr("gallery.services.sharing.timezone.now", lambda: now)


@pytest.mark.parametrize(
    "value",
    [
        *("", "tomorrow", "2026-13-01T00:00:00Z", "June", "12:00", "\0", "9" * 5000),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z"),
        *("2026-06-01T12:00:00+99:99", "2026-06-01\0T12:00:00Z", "\ud800", None, True, 0, 1e300),
        *(1767225600, [], {}, ["2026-06-01T12:00:00Z"], "-2026-06-01T12:00:00Z"),
    ],
)
def test_expiry__that_is_no_moment__is_400(client: APIClient, private: Image, value: Any) -> None:
    body = json.dumps({"expires_at": value})
    response: Any = client.generic("POST", shares_of(private), body, content_type=JSON)

    assert list(field_codes_of(response)) == ["expires_at"]
    assert not Share.objects.exists()


# --- what is not there --------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["[]", "null", "5", "{", "", "{}", "[" * 100_000, "9" * 5000])
def test_bodies__that_are_no_object__are_400(client: APIClient, image: Image, body: str) -> None:
    answer: Any = Client().post(RESOLVE, body, content_type=JSON)
    assert (answer.status_code, bool(problem_of(answer))) == (400, True)

    if body not in {"", "{}"}:  # which say nothing, and a share needs nothing to be said
        share: Any = client.generic("POST", shares_of(image), body, content_type=JSON)
        assert (share.status_code, bool(problem_of(share))) == (400, True)
    assert not Share.objects.exists()


def test_revoking__ends_the_token_and_its_urls_and_no_other(
    client: APIClient, private: Image
) -> None:
    first, second = shared(client, private), shared(client, private)
    urls = [resolved(share["token"]).json() for share in (first, second)]
    assert client.delete(f"{shares_of(private)}{first['id']}/").status_code == 204

    assert [resolved(share["token"]).status_code for share in (first, second)] == [404, 200]
    for given, status in zip(urls, (404, 200), strict=True):
        assert {status_of(Client(), url) for url in given["variants"].values()} == {status}
    again: Any = client.delete(f"{shares_of(private)}{first['id']}/")
    never: Any = client.delete(f"{shares_of(private)}{10**30}/")
    assert problem_of(again) == problem_of(never)
    assert again.status_code == 404


def test_revoking__by_another_image__is_404(
    client: APIClient, private: Image, image: Image
) -> None:
    share = shared(client, private)

    assert client.delete(f"{shares_of(image)}{share['id']}/").status_code == 404
    assert Share.objects.exists()


def test_list__has_only_what_has_not_expired_and_only_of_its_image(
    client: APIClient, private: Image, image: Image
) -> None:
    expired, kept, of_another = (shared(client, each) for each in (private, private, image))
    Share.objects.filter(pk=expired["id"]).update(expires_at=timezone.now())

    for each, expected in ((private, kept), (image, of_another)):
        listed: Any = client.get(shares_of(each))
        assert [share["id"] for share in listed.json()["results"]] == [expected["id"]]


def test_share__of_an_image_that_is_deleted_at_that_moment__is_404(
    client: APIClient, private: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    def share_too_late(*, image: Image, **values: Any) -> Any:
        Image.objects.get(pk=image.pk).delete()
        return share_image(image=image, **values)

    monkeypatch.setattr(sharing, "share_image", share_too_late)
    response: Any = client.post(shares_of(private), {})

    assert (response.status_code, problem_of(response)["code"]) == (404, "not_found")
    assert not Share.objects.exists()


def test_queries__are_as_many_however_many_shares_there_are(
    client: APIClient, private: Image
) -> None:
    def counted(ask: Any) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert ask().status_code in {200, 201}
        return len(queries)

    counts = []
    for _ in range(3):
        token = shared(client, private)["token"]
        asked = (
            lambda: client.get(shares_of(private)),
            lambda token=token: resolved(token),
            lambda: client.post(shares_of(private), {}),
        )
        counts.append([counted(ask) for ask in asked])

    assert counts[0] == counts[1] == counts[2]
    assert counts[0][1] == 2  # the share with its image, and the renditions
