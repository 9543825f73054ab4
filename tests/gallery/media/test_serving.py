"""`GET|HEAD /media/<key>`: the headers a browser keeps a file for a year by."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date

from accounts.models import User
from gallery.models import Image, MediaFile
from tests.gallery.api.harness import watch_storage
from tests.gallery.media.conftest import Stored
from tests.gallery.media.http import assert_refused, body_of, status_of

pytestmark = pytest.mark.django_db

SAFETY = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.mark.parametrize("which", ["original", "thumb"])
def test_media__get_has_the_headers_of_the_contract(
    visitor: Client, request: pytest.FixtureRequest, which: str
) -> None:
    stored: Stored = request.getfixturevalue(which)
    response = visitor.get(stored.url)

    assert response.status_code == 200
    expected = {
        **SAFETY,
        "Content-Type": {"original": "image/jpeg", "thumb": "image/webp"}[which],
        "Content-Length": str(len(stored.content)),
        "Cache-Control": IMMUTABLE,
        "ETag": stored.etag,
        "Last-Modified": stored.modified,
        "Accept-Ranges": "bytes",
    }
    assert {name: response[name] for name in expected} == expected
    assert body_of(response) == stored.content


def test_media__nothing_in_the_answer_depends_on_the_visitor(
    visitor: Client, thumb: Stored, member: User
) -> None:
    browser = Client()
    browser.force_login(member)
    for client in (visitor, browser):
        response = client.get(thumb.url, headers={"accept": "text/html", "host": "localhost"})
        assert status_of(response) == 200
        assert "Vary" not in response
        assert "Set-Cookie" not in response
        assert not response.cookies
        assert response["Content-Type"] == "image/webp"


def test_media__head_has_the_headers_of_get_and_no_body(
    visitor: Client, thumb: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    got = visitor.get(thumb.url)
    body_of(got)
    calls = watch_storage(monkeypatch)
    head = visitor.head(thumb.url)

    assert head.status_code == 200
    assert dict(head.items()) == dict(got.items())
    assert body_of(head) == b""
    assert calls == []


def test_media__costs_one_query(
    visitor: Client, thumb: Stored, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        body_of(visitor.get(thumb.url))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_media__other_methods_are_405_without_html(
    visitor: Client, thumb: Stored, settings: Any, method: str
) -> None:
    for settings.DEBUG in (False, True):
        response = visitor.generic(method, thumb.url)
        assert_refused(response, 405)
        assert response["Allow"] == "GET, HEAD"


# --- conditions ---------------------------------------------------------------------------------

EARLIER = http_date(86_400)
LATER = http_date(4_000_000_000)


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if-none-match": "{etag}"}, 304),
        ({"if-none-match": "W/{etag}"}, 304),
        ({"if-none-match": '"other", {etag}'}, 304),
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": '"other"'}, 200),
        ({"if-none-match": "{etag}", "if-modified-since": EARLIER}, 304),
        ({"if-none-match": '"other"', "if-modified-since": LATER}, 200),
        ({"if-modified-since": "{modified}"}, 304),
        ({"if-modified-since": LATER}, 304),
        ({"if-modified-since": EARLIER}, 200),
        ({"if-modified-since": "yesterday"}, 200),
        ({"if-match": "{etag}"}, 200),
        ({"if-match": "*"}, 200),
        ({"if-match": '"other"'}, 412),
        ({"if-match": "W/{etag}"}, 412),
        ({"if-unmodified-since": EARLIER}, 412),
        ({"if-unmodified-since": "{modified}"}, 200),
        ({"if-none-match": "{etag}", "range": "bytes=0-1"}, 304),
    ],
)
def test_media__answers_conditions(
    visitor: Client, thumb: Stored, method: str, headers: dict[str, str], status: int
) -> None:
    filled = {
        name: value.format(etag=thumb.etag, modified=thumb.modified)
        for name, value in headers.items()
    }
    response = getattr(visitor, method)(thumb.url, headers=filled)

    assert status_of(response) == status
    if status == 304:
        assert body_of(response) == b""
        assert "Content-Length" not in response or response["Content-Length"] == "0"
        expected = {**SAFETY, "ETag": thumb.etag, "Cache-Control": IMMUTABLE}
        assert {name: response[name] for name in expected} == expected
        assert response["Last-Modified"] == thumb.modified
    if status == 412:
        assert response["Cache-Control"] == "no-store"
        assert response["Content-Type"] == "text/plain"


def test_media__304_asks_no_storage(
    visitor: Client, thumb: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = watch_storage(monkeypatch)
    visitor.get(thumb.url, headers={"if-none-match": thumb.etag})

    assert calls == []


# --- who may see --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "seconds", "status"),
    [
        ("live", None, 200),
        ("stale", 60, 200),
        ("stale", -1, 404),
        ("pending", 60, 404),
        ("pending", -1, 404),
    ],
)
def test_media__answers_by_the_state_in_the_ledger(
    visitor: Client, original: Stored, state: str, seconds: int | None, status: int
) -> None:
    until = None if seconds is None else timezone.now() + timedelta(seconds=seconds)
    MediaFile.objects.filter(pk=original.file.pk).update(state=state, delete_after=until)

    for method in (visitor.get, visitor.head):
        assert status_of(method(original.url)) == status


def test_media__a_file_that_is_in_no_ledger_is_404(visitor: Client, media_root: Path) -> None:
    (media_root / "secret.txt").parent.mkdir(parents=True, exist_ok=True)
    (media_root / "secret.txt").write_text("hello")

    assert_refused(visitor.get("/media/secret.txt"), 404)


def test_media__of_a_deleted_image_is_404_at_once(
    visitor: Client, image: Image, thumb: Stored
) -> None:
    image.delete()

    assert_refused(visitor.get(thumb.url), 404)
