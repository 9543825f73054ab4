"""What a visitor gets when the storage has lost a file, half of it, or its mind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from gallery.querysets import MediaFileQuerySet
from gallery.storage import LocalStorage
from tests.gallery.media.conftest import Stored
from tests.gallery.media.http import assert_refused, body_of

pytestmark = pytest.mark.django_db


def test_media__missing_in_storage_is_404_that_nobody_keeps(
    visitor: Client, thumb: Stored, media_root: Path
) -> None:
    (media_root / thumb.file.key).unlink()

    assert_refused(visitor.get(thumb.url), 404)
    assert_refused(visitor.get(thumb.url, headers={"range": "bytes=0-0"}), 404)


@pytest.mark.parametrize(
    "error", [OSError("disk on fire"), PermissionError("no"), TimeoutError("slow"), ValueError("?")]
)
def test_media__storage_down_is_503(
    visitor: Client,
    thumb: Stored,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(LocalStorage, "open", fail)
    for settings.DEBUG in (False, True):
        response = visitor.get(thumb.url)
        assert_refused(response, 503)
        assert int(response["Retry-After"]) > 0
        assert str(error) not in response.content.decode()


@pytest.mark.parametrize("error", [OperationalError("no connection"), InterfaceError("closed")])
def test_media__database_down_is_503(
    visitor: Client,
    thumb: Stored,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(MediaFileQuerySet, "servable_one", fail)
    for settings.DEBUG in (False, True):
        response = visitor.get(thumb.url)
        assert_refused(response, 503)
        assert int(response["Retry-After"]) > 0
        assert str(error) not in response.content.decode()


def test_media__a_small_file_shorter_than_the_ledger_says_is_503(
    visitor: Client, thumb: Stored, media_root: Path
) -> None:
    (media_root / thumb.file.key).write_bytes(thumb.content[:-1])

    assert_refused(visitor.get(thumb.url), 503)


def test_media__a_large_file_shorter_than_the_ledger_says_breaks_off(
    visitor: Client, large: Stored, media_root: Path
) -> None:
    """A quiet end would be cached for a year as if it were the whole picture."""
    (media_root / large.file.key).write_bytes(large.content[:-1])
    response = visitor.get(large.url)

    with pytest.raises(EOFError):
        body_of(response)


def test_media__never_sends_more_than_the_ledger_says(
    visitor: Client, thumb: Stored, media_root: Path
) -> None:
    (media_root / thumb.file.key).write_bytes(thumb.content + b"and more")

    assert body_of(visitor.get(thumb.url)) == thumb.content


def test_media__lets_go_of_the_file_when_nobody_reads(
    visitor: Client, large: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    open_file = LocalStorage.open

    def note(*args: Any) -> Any:
        opened.append(open_file(*args))
        return opened[-1]

    monkeypatch.setattr(LocalStorage, "open", note)
    response = visitor.get(large.url)
    assert not opened[0].closed
    response.close()

    assert opened[0].closed


def test_media__reads_a_large_file_in_small_pieces(visitor: Client, large: Stored) -> None:
    pieces = list(visitor.get(large.url).streaming_content)  # type: ignore[attr-defined]

    assert b"".join(pieces) == large.content
    assert max(len(piece) for piece in pieces) <= 64 * 1024
