"""Which operations of a storage are reported as slow."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest

from gallery.storage import LocalStorage, media_storage

LOGGER = "gallery.storage.timing"


@pytest.fixture
def storage() -> Any:
    return media_storage()


def lines_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == LOGGER]


def test_slow__operations_are_reported_once_with_what_they_were_about(
    storage: Any, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    settings.GALLERY = {"SLOW_STORAGE_MS": 0}
    storage.put("images/a b.txt", b"x", content_type="text/plain")
    storage.read("images/a b.txt")
    storage.open("images/a b.txt").close()
    storage.stat("images/a b.txt")
    storage.delete("images/a b.txt")

    found = [re.sub(r"=\d+$", "=0", line) for line in lines_of(caplog)]
    assert found == [
        f"storage_slow operation={operation} key=images/a%20b.txt milliseconds=0"
        for operation in ("put", "read", "open", "stat", "delete")
    ]
    record = caplog.records[0]
    assert record.levelno == logging.WARNING
    fields = {name: record.__dict__[name] for name in ("operation", "key")}
    assert fields == {"operation": "put", "key": "images/a%20b.txt"}
    assert record.__dict__["milliseconds"] >= 0


def test_slow__failures_are_reported_too_and_no_key_breaks_the_line(
    storage: Any, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    settings.GALLERY = {"SLOW_STORAGE_MS": 0}
    with pytest.raises(FileNotFoundError):
        storage.read("images/a\r\nINFO forged\x1b[31m")

    (line,) = lines_of(caplog)
    assert line.startswith("storage_slow operation=read key=images/a%0D%0AINFO%20forged%1B%5B31m ")


def test_quick__operations_are_not_reported(storage: Any, caplog: pytest.LogCaptureFixture) -> None:
    storage.put("images/a.txt", b"x", content_type="text/plain")
    assert storage.read("images/a.txt") == b"x"

    assert lines_of(caplog) == []


def test_timed__operations_keep_their_names() -> None:
    assert LocalStorage.put.__name__ == "put"
    assert LocalStorage.put.__doc__
