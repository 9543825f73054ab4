"""Files below MEDIA_ROOT: whole or not at all, readable by the group, never outside."""

from __future__ import annotations

import os
import stat
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.test import override_settings

from gallery.exceptions import StorageUnavailable
from gallery.storage import LocalStorage, media_storage, storage_errors
from tests.gallery.heart import on_disk

TYPE: dict[str, Any] = {"content_type": "image/jpeg"}


def test_put__new_key__is_whole_and_not_for_others(media_root: Path) -> None:
    media_storage().put("a/b/c.jpg", b"12345", **TYPE)

    path = media_root / "a/b/c.jpg"
    assert path.read_bytes() == b"12345"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert on_disk(media_root) == {"a/b/c.jpg"}
    with media_storage().open("a/b/c.jpg") as file:
        assert file.read() == b"12345"


def test_put__existing_key__replaces_it_in_one_step(media_root: Path) -> None:
    storage = media_storage()
    contents = [bytes([n]) * 200_000 for n in range(20)]
    storage.put("same.jpg", contents[0], **TYPE)
    seen: set[bytes] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add((media_root / "same.jpg").read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for content in contents:
        storage.put("same.jpg", content, **TYPE)
    done.set()
    reader.join()

    assert seen <= set(contents)


@pytest.mark.parametrize("at", ["write", "rename"])
def test_put__interrupted__leaves_the_old_file_and_nothing_else(
    media_root: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    storage = media_storage()
    storage.put("a.jpg", b"old", **TYPE)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(*((os, "fsync", fail) if at == "write" else (Path, "replace", fail)))
    with pytest.raises(StorageUnavailable), storage_errors():
        storage.put("a.jpg", b"new", **TYPE)

    assert (media_root / "a.jpg").read_bytes() == b"old"
    assert on_disk(media_root) == {"a.jpg"}


@pytest.mark.parametrize(
    "key", ["../x.jpg", "/etc/x.jpg", "a/../../x.jpg", "..", "a/../../media2/x"]
)
def test_key__that_leads_outside__is_no_outage(media_root: Path, key: str) -> None:
    with pytest.raises(SuspiciousFileOperation), storage_errors():
        media_storage().put(key, b"x", **TYPE)
    with pytest.raises(SuspiciousFileOperation), storage_errors():
        media_storage().open(key)

    assert on_disk(media_root.parent) == set()


def test_delete__missing_file__is_done() -> None:
    media_storage().delete("never/was.jpg")


@pytest.mark.parametrize(
    ("key", "url"),
    [
        ("images/a.jpg", "/media/images/a.jpg"),
        ("a b_ä~.jpg", "/media/a%20b_%C3%A4~.jpg"),
        ("a?b#c%.jpg", "/media/a%3Fb%23c%25.jpg"),
    ],
)
def test_url__any_key__is_its_own_and_needs_no_file(key: str, url: str) -> None:
    assert media_storage().url(key) == url


def test_url__no_key__is_an_error() -> None:
    with pytest.raises(ValueError, match="no URL"):
        media_storage().url("")


def test_discard_unfinished__old_ones__are_deleted_and_counted(media_root: Path) -> None:
    storage = media_storage()
    assert storage.discard_unfinished(older_than=timedelta()) == 0
    incoming = media_root / ".incoming"
    incoming.mkdir(parents=True)
    for name, age in (("old", 7200), ("new", 0)):
        (incoming / name).write_bytes(b"half")
        then = (incoming / name).stat().st_mtime - age
        os.utime(incoming / name, (then, then))

    assert storage.discard_unfinished(older_than=timedelta(hours=1)) == 1
    assert on_disk(media_root) == {".incoming/new"}


def test_discard_unfinished__file_gone_meanwhile__goes_on(
    media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (media_root / ".incoming").mkdir(parents=True)
    for name in ("a", "b"):
        (media_root / ".incoming" / name).write_bytes(b"half")
    unlink = Path.unlink

    def by_somebody_else(self: Path, *args: bool) -> None:
        unlink(self)
        unlink(self)

    monkeypatch.setattr(Path, "unlink", by_somebody_else)

    assert media_storage().discard_unfinished(older_than=timedelta(seconds=-1)) == 0
    assert on_disk(media_root) == set()


@override_settings(FILE_UPLOAD_PERMISSIONS=0o600)
def test_put__configured_permissions__are_used(media_root: Path) -> None:
    LocalStorage(location=media_root).put("a.jpg", b"x", **TYPE)

    assert stat.S_IMODE((media_root / "a.jpg").stat().st_mode) == 0o600
