"""One stored file, wherever it is stored."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from gallery.storage import IMMUTABLE, LocalStorage, S3Storage, media_storage
from tests.storages.backends import ON_CEPH, ON_S3, S3, Backend
from tests.storages.conftest import UseS3

KEY = "images/2026/11/21/a b~ü.webp"
QUOTED = "/images/2026/11/21/a%20b~%C3%BC.webp"


def put(backend: Backend, content: bytes = b"0123456789", key: str = KEY) -> None:
    backend.storage.put(key, content, content_type="image/webp")


def anonymous_status(method: str, url: str) -> int:
    """Return what somebody without credentials is answered."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request(method, f"{parts.path}?{parts.query}")
        return connection.getresponse().status
    finally:
        connection.close()


def test_backend__is_what_the_site_uses_and_empty(backend: Backend) -> None:
    expected = LocalStorage if backend.name == "disk" else S3Storage
    assert isinstance(media_storage(), expected)
    assert backend.keys() == set()
    assert backend.requests == []


def test_put__stores_exactly_these_bytes_under_exactly_this_key(backend: Backend) -> None:
    put(backend)
    put(backend, b"others", "images/other.webp")

    assert backend.keys() == {KEY, "images/other.webp"}
    assert backend.bytes(KEY) == b"0123456789"
    assert backend.storage.read(KEY) == b"0123456789"
    with backend.storage.open(KEY) as file:
        assert file.read() == b"0123456789"


def test_put__twice__replaces(backend: Backend) -> None:
    put(backend)
    put(backend, b"new")

    assert backend.keys() == {KEY}
    assert backend.bytes(KEY) == b"new"


def test_put__of_nothing__is_an_empty_file(backend: Backend) -> None:
    put(backend, b"")

    assert backend.bytes(KEY) == backend.storage.read(KEY) == b""


def test_open_part__begins_where_it_should(backend: Backend) -> None:
    put(backend)
    with backend.storage.open_part(KEY, first=3, length=4) as file:
        assert file.read(4) == b"3456"
    with backend.storage.open_part(KEY, first=9, length=1) as file:
        assert file.read(1) == b"9"


def test_url__is_the_same_everywhere_and_asks_nobody(backend: Backend) -> None:
    assert backend.storage.url(KEY) == f"/media{QUOTED}"
    assert backend.requests == []


def test_delete__twice__leaves_the_others(backend: Backend) -> None:
    put(backend)
    put(backend, b"other", "images/other.webp")
    backend.storage.delete(KEY)
    backend.storage.delete(KEY)

    assert backend.keys() == {"images/other.webp"}


def test_missing_key__is_not_found(backend: Backend) -> None:
    with pytest.raises(FileNotFoundError):
        backend.storage.read("images/no.webp")
    with pytest.raises(FileNotFoundError):
        backend.storage.open_part("images/no.webp", first=0, length=1)


def test_discard_unfinished__leaves_what_is_finished(backend: Backend) -> None:
    put(backend)

    assert backend.storage.discard_unfinished(older_than=timedelta()) == 0
    assert backend.keys() == {KEY}


@ON_S3
def test_every_operation__is_one_request(backend: S3) -> None:
    put(backend)
    backend.storage.read(KEY)
    backend.storage.open_part(KEY, first=1, length=2).close()
    backend.storage.delete(KEY)

    methods = ("PUT", "GET", "GET", "DELETE")
    assert backend.requests == [(method, QUOTED) for method in methods]


@ON_S3
def test_requests__of_other_threads__are_counted_and_those_of_the_test_are_not(
    backend: S3,
) -> None:
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(lambda number: put(backend, b"1", f"{number}.webp"), range(4)))

    assert backend.keys() == {f"{number}.webp" for number in range(4)}
    assert sorted(backend.requests) == [("PUT", f"/{number}.webp") for number in range(4)]


@ON_S3
def test_objects__say_what_they_are_and_may_be_kept(backend: S3) -> None:
    put(backend)

    said = backend.head(KEY)
    assert (said["ContentType"], said["CacheControl"]) == ("image/webp", IMMUTABLE)
    assert said["ContentLength"] == 10
    assert "ContentEncoding" not in said


@ON_CEPH
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_objects__are_private(backend: S3, method: str) -> None:
    put(backend)
    url = backend.plain_url(KEY)

    assert anonymous_status(method, url) == 403
    assert anonymous_status(method, url.replace(".webp", "-missing.webp")) == 403
    assert backend.bytes(KEY) == b"0123456789"


@ON_CEPH
def test_bucket__is_listed_to_nobody(backend: S3) -> None:
    put(backend)

    assert anonymous_status("GET", backend.plain_url("")) == 403


@ON_S3
def test_more_options__are_used_and_what_is_sent_is_still_counted(
    backend: S3, use_s3: UseS3
) -> None:
    use_s3(location="folder")
    put(backend)

    assert backend.keys() == {f"folder/{KEY}"}
    assert backend.requests == [("PUT", f"/folder{QUOTED}")]
