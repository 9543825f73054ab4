"""Paths that want out: each is the same 404, and the storage never hears of it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from tests.gallery.api.harness import watch_storage
from tests.gallery.media.conftest import Stored
from tests.gallery.media.http import assert_refused, status_of

pytestmark = pytest.mark.django_db

UPS = [
    *("..", "%2e%2e", "%252e%252e", "..%00", "%c0%ae%c0%ae", "\u2025", "\uff0e\uff0e", "..;"),
    *("....", ".%2e", "%u002e%u002e", "..%0a", "..%20", "\u2024\u2024"),
]
SLASHES = ["/", "%2f", "%252f", "\\", "%5c", "%255c", "//", "/./", "%c0%af", "\u2215", "\u29f8"]
TARGETS = ["etc/passwd", "settings/base.py", "secret.txt", "windows\\win.ini"]
SUFFIXES = ["", "%00.jpg", "/", "?", "#", "%0d%0aX-Evil:1"]

DEPTHS = range(1, 7)

GENERATED = [
    f"{up}{slash}" * depth + f"{target}{suffix}"
    for up, slash, depth, target, suffix in itertools.product(
        UPS, SLASHES, DEPTHS, TARGETS, SUFFIXES
    )
]
ODD = [
    *("", "/", "//", ".", "..", "/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "\x00", "%00"),
    *("file:///etc/passwd", "http://evil.example/x", "C:\\windows\\win.ini", "~root/.ssh/id_rsa"),
    *("%", "%%", "%zz", "%ff%fe", "%ed%a0%80", "a" * 256, "a" * 5000, "a/" * 2000, "\u202e", "💣"),
    *("%0a", "a%0ab", "%0d%0aX-Evil: 1", "' OR 1=1 --", "images/%", "images/_", "*", "images/*"),
]


def variations(key: str) -> list[str]:
    """Return spellings of a key that exists, none of which is the key."""
    folder, _, name = key.rpartition("/")
    return [
        f"/{key}",
        f"./{key}",
        f"{key}/",
        f"{key}%00",
        f"{key}%20",
        f"{key}.",
        f"{key}::$DATA",
        f"{key};.jpg",
        f"{folder}//{name}",
        f"{folder}/./{name}",
        f"{folder}/x/../{name}",
        f"{folder}%252f{name}",
        f"{folder}\\{name}",
        key.upper(),
        f"../media/{key}",
        key.replace("images", "images/../images"),
        key.replace(".", "%252e"),
    ]


def ask(visitor: Client, path: str) -> Any:
    # As the server hands it over: what is percent-encoded is decoded once, nothing is resolved.
    return visitor.get("/media/" + quote(path, safe="/%?#:;@!$&'()*+,=~"))


def test_media__22000_ways_out_are_one_404(
    visitor: Client,
    thumb: Stored,
    media_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    (media_root.parent / "secret.txt").write_text("secret")
    (media_root / "secret.txt").write_text("secret")
    calls = watch_storage(monkeypatch)
    paths = [*GENERATED, *ODD, *variations(thumb.file.key)]
    assert len(paths) > 22_000

    for path in paths:
        response = ask(visitor, path)
        assert response.status_code == 404, path
        assert response["Content-Type"] == "text/plain", path
        assert "X-Evil" not in response
        assert b"secret" not in response.content
    assert calls == []


def test_media__the_exact_key_is_no_404(visitor: Client, thumb: Stored) -> None:
    assert status_of(ask(visitor, thumb.file.key)) == 200
    # What a client may spell otherwise without meaning another path.
    assert status_of(visitor.get(thumb.url.replace("images", "%69mages"))) == 200


@pytest.mark.parametrize("path", ["", "%0a", "a%0db.jpg", *ODD[3:], *GENERATED[::1100]])
def test_media__refusals_are_plain_with_debug_too(
    visitor: Client, settings: Any, path: str
) -> None:
    settings.DEBUG = True

    assert_refused(ask(visitor, path), 404)


def test_media__without_its_slash_is_plain_too(visitor: Client, settings: Any) -> None:
    settings.DEBUG = True
    response = visitor.get("/media")
    assert (response.status_code, response["Content-Type"]) == (404, "text/plain")
