"""`Range`: some bytes of a file, never more than it has."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gallery.media.ranges import ByteRange, UnsatisfiableRange, parse_range
from tests.gallery.media.conftest import Stored
from tests.gallery.media.http import assert_refused, body_of

pytestmark = pytest.mark.django_db

NUMBERS = st.integers(0, 300) | st.just(10**18)


@given(first=st.none() | NUMBERS, last=st.none() | NUMBERS, size=st.integers(1, 200))
@example(first=0, last=None, size=1)
@example(first=None, last=0, size=1)
def test_parse_range__agrees_with_slicing(first: int | None, last: int | None, size: int) -> None:
    content = bytes(index % 256 for index in range(size))
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    if first is None:
        wanted = content[-last:] if last else b""
        is_nonsense = last is None
    else:
        wanted = content[first:] if last is None else content[first : last + 1]
        is_nonsense = last is not None and last < first
    try:
        found = parse_range(header, size=size)
    except UnsatisfiableRange:
        assert wanted == b""
        assert not is_nonsense
        return
    if found is None:
        assert is_nonsense
        return
    assert content[found.first : found.last + 1] == wanted
    assert found.length == len(wanted) > 0


@given(st.text(max_size=40) | st.from_regex(r"(bytes)?=?[-0-9, ]*", fullmatch=True))
def test_parse_range__takes_anything(header: str) -> None:
    try:
        found = parse_range(header, size=100)
    except UnsatisfiableRange:
        return
    assert found is None or (0 <= found.first <= found.last < 100)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=0-9", slice(0, 10)),
        ("bytes=5-", slice(5, None)),
        ("bytes=-5", slice(-5, None)),
        ("bytes=-1000000", slice(0, None)),
        ("bytes=0-1000000", slice(0, None)),
        ("bytes=0-", slice(0, None)),
        ("BYTES=1-2", slice(1, 3)),
        ("bytes= 1-2 ", slice(1, 3)),
    ],
)
def test_range__is_206_with_exactly_those_bytes(
    visitor: Client, thumb: Stored, header: str, part: slice
) -> None:
    response = visitor.get(thumb.url, headers={"range": header})
    first, last, _ = part.indices(len(thumb.content))

    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last - 1}/{len(thumb.content)}"
    assert response["Content-Length"] == str(last - first)
    assert response["Content-Type"] == "image/webp"
    assert response["ETag"] == thumb.etag
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert body_of(response) == thumb.content[part]


@pytest.mark.parametrize(
    "header", ["bytes={size}-", "bytes={size}-{size}", "bytes=-0", "bytes=9999999-"]
)
def test_range__beyond_the_end_is_416(visitor: Client, thumb: Stored, header: str) -> None:
    size = len(thumb.content)
    response = visitor.get(thumb.url, headers={"range": header.format(size=size)})

    assert_refused(response, 416)
    assert response["Content-Range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    "header",
    [
        "bytes=0-1,3-4",
        "bytes=" + ",".join(["0-"] * 1000),
        "bytes=0-0,-1",
        "bytes=5-2",
        "bytes=-",
        "bytes=a-b",
        "bytes=1.5-2",
        "bytes=--1",
        "bytes=-1-2",
        "bytes 0-1",
        "items=0-1",
        "bytes=",
        "",
        "bytes=\u0661-\u0662",
        "bytes=" + "9" * 30 + "-",
        "bytes=0x1-0x2",
        "bytes=1_0-2_0",
    ],
)
def test_range__that_is_not_one_range_gets_the_whole(
    visitor: Client, thumb: Stored, header: str
) -> None:
    response = visitor.get(thumb.url, headers={"range": header})

    assert response.status_code == 200
    assert body_of(response) == thumb.content
    assert "Content-Range" not in response


@given(first=st.integers(0, 3000), length=st.integers(0, 3000))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_range__over_http_agrees_with_slicing(
    visitor: Client, thumb: Stored, first: int, length: int
) -> None:
    response = visitor.get(thumb.url, headers={"range": f"bytes={first}-{first + length}"})
    wanted = thumb.content[first : first + length + 1]

    assert response.status_code == (206 if wanted else 416)
    assert body_of(response) == (wanted or body_of(response))


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("{etag}", 206),
        ("{modified}", 206),
        ('"other"', 200),
        ("W/{etag}", 200),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 200),
        ("Tue, 19 Jan 2100 03:14:07 GMT", 200),
        ("nonsense", 200),
        ("*", 200),
    ],
)
def test_if_range__gives_a_part_only_of_the_same_version(
    visitor: Client, thumb: Stored, condition: str, status: int
) -> None:
    condition = condition.format(etag=thumb.etag, modified=thumb.modified)
    response = visitor.get(thumb.url, headers={"range": "bytes=0-3", "if-range": condition})

    assert response.status_code == status
    assert body_of(response) == (thumb.content[:4] if status == 206 else thumb.content)


def test_if_range__of_another_version_never_is_416(visitor: Client, thumb: Stored) -> None:
    headers = {"range": "bytes=9999999-", "if-range": '"other"'}

    assert body_of(visitor.get(thumb.url, headers=headers)) == thumb.content


def test_range__means_nothing_to_head(visitor: Client, thumb: Stored) -> None:
    plain = visitor.head(thumb.url)
    for header in ("bytes=0-1", "bytes=9999999-"):
        ranged = visitor.head(thumb.url, headers={"range": header})
        assert ranged.status_code == 200
        assert dict(ranged.items()) == dict(plain.items())


def test_byte_range__counts_both_ends() -> None:
    assert ByteRange(3, 3).length == 1
