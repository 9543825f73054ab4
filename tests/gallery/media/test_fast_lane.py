"""The short way says what Django says, of the same bytes, and only while everybody may see them."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from gallery.media import fast_lane
from gallery.media.fast_lane import FastLane
from gallery.models import Image, MediaFile
from gallery.querysets import MediaFileQuerySet
from gallery.services.editing import update_image
from gallery.services.sharing import urls_for
from tests.gallery.api.harness import watch_storage
from tests.gallery.media.conftest import Stored

pytestmark = pytest.mark.django_db(transaction=True)
Answer = tuple[str, dict[str, str], bytes]


class Site:
    """The site as a WSGI server sees it; counts what Django had to answer."""

    def __init__(self) -> None:
        self.django, self.asked = WSGIHandler(), 0
        self.lane = FastLane(self.count)

    def count(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        self.asked += 1
        return self.django(environ, start)

    def get(self, url: str, *, directly: bool = False, **environ: Any) -> Answer:
        path, _, query = url.partition("?")
        request = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            **environ,
        }
        said: list[Any] = []
        application: Any = self.django if directly else self.lane
        content = application(request, lambda status, headers: said.extend((status, headers)))
        body = b"".join(content)
        if hasattr(content, "close"):
            content.close()
        return said[0], dict(said[1]), body


@pytest.fixture
def site() -> Site:
    return Site()


def test_lane__says_what_django_says(site: Site, thumb: Stored, original: Stored) -> None:
    for stored in (thumb, original):
        expected = site.get(stored.url, directly=True)
        assert expected[0] == "200 OK"
        site.asked = 0
        answers = [site.get(stored.url) for _ in range(3)]

        assert answers == [expected] * 3
        assert site.asked == 1


def test_lane__a_304_is_djangos(site: Site, thumb: Stored) -> None:
    held: dict[str, Any] = {"HTTP_IF_NONE_MATCH": thumb.etag}
    expected = site.get(thumb.url, directly=True, **held)
    site.get(thumb.url)
    site.asked = 0
    status, headers, body = site.get(thumb.url, **held)

    assert (status, body, site.asked) == (expected[0], b"", 0)
    assert headers == {k: v for k, v in expected[1].items() if k != "Content-Length"}


@pytest.mark.parametrize(
    "environ",
    [
        {"REQUEST_METHOD": "HEAD"},
        {"REQUEST_METHOD": "POST"},
        {"HTTP_RANGE": "bytes=0-3"},
        {"HTTP_IF_MATCH": '"other"'},
        {"HTTP_IF_NONE_MATCH": "*"},
        {"HTTP_IF_NONE_MATCH": '"other"'},
        {"HTTP_IF_MODIFIED_SINCE": "Sat, 01 Jan 2000 00:00:00 GMT"},
        {"HTTP_IF_MODIFIED_SINCE": "Sat, 01 Jan 2100 00:00:00 GMT"},
        {"HTTP_IF_UNMODIFIED_SINCE": "Sat, 01 Jan 2000 00:00:00 GMT"},
        {"PATH_INFO": "/media/images/2026/01/01/unknown.webp"},
        {"PATH_INFO": "/media/"},
        {"PATH_INFO": "/media/a\x00b"},
        {"PATH_INFO": "/media/\xe9.jpg"},
        {"PATH_INFO": "/media/" + "a" * 5000},
    ],
)
def test_lane__whatever_is_not_plain_is_djangos(
    site: Site, thumb: Stored, environ: dict[str, Any]
) -> None:
    expected = site.get(thumb.url, directly=True, **environ)
    site.get(thumb.url)
    site.asked = 0

    assert site.get(thumb.url, **environ) == expected
    assert site.asked == 1


def test_lane__knows_at_once_when_a_file_is_private_or_gone(
    site: Site, image: Image, thumb: Stored
) -> None:
    held: dict[str, Any] = {"HTTP_IF_NONE_MATCH": thumb.etag}
    site.get(thumb.url)
    update_image(image=image, visibility="private")
    nothing: dict[str, Any] = {}
    for environ in (nothing, held):
        assert site.get(thumb.url, **environ)[0] == "404 Not Found"

    update_image(image=image, visibility="public")
    assert site.get(thumb.url, **held)[0] == "304 Not Modified"
    image.delete()
    for environ in (nothing, held):
        assert site.get(thumb.url, **environ)[0] == "404 Not Found"


def test_lane__never_keeps_what_was_said_of_a_private_file(
    site: Site, image: Image, thumb: Stored, member: User
) -> None:
    update_image(image=image, visibility="private")
    signed = urls_for(image=image, user=member).variants["thumb"]
    assert site.get(signed)[0] == "200 OK"
    update_image(image=image, visibility="public")

    assert site.get(thumb.url)[1]["Cache-Control"].startswith("public")


@pytest.mark.parametrize(
    ("name", "value"), [("Set-Cookie", "sessionid=secret"), ("Cache-Control", "private, no-cache")]
)
def test_lane__learns_nothing_that_is_for_one_visitor(
    site: Site, thumb: Stored, name: str, value: str
) -> None:
    """As when an image turns private, and public again, while Django answers its member."""
    django: Any = site.django

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        def say(status: str, headers: list[tuple[str, str]]) -> Any:
            return start(status, [*(each for each in headers if each[0] != name), (name, value)])

        content: Iterable[bytes] = django(environ, say)
        return content

    site.django = answer  # type: ignore[assignment]
    assert value in site.get(thumb.url)[1][name]
    site.django = django

    assert value not in site.get(thumb.url)[1].get(name, "")


def test_lane__says_of_other_bytes_what_django_says_of_them(
    site: Site, thumb: Stored, media_root: Any
) -> None:
    site.get(thumb.url)
    (media_root / thumb.file.key).write_bytes(b"other")
    MediaFile.objects.filter(pk=thumb.file.pk).update(sha256="0" * 64, size=5)
    status, headers, body = site.get(thumb.url)

    assert (status, headers["ETag"], body) == ("200 OK", f'"{"0" * 64}"', b"other")
    assert headers["Content-Length"] == "5"


def test_lane__a_file_that_is_gone_from_the_disk_is_djangos_404(
    site: Site, thumb: Stored, media_root: Any
) -> None:
    site.get(thumb.url)
    (media_root / thumb.file.key).unlink()
    status, headers, _ = site.get(thumb.url)

    assert (status, headers["Cache-Control"]) == ("404 Not Found", "no-store")


def test_lane__https_has_headers_of_its_own(site: Site, thumb: Stored, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 60
    https: dict[str, Any] = {"wsgi.url_scheme": "https"}
    site = Site()
    for _ in range(2):
        assert "Strict-Transport-Security" not in site.get(thumb.url)[1]
        secure = site.get(thumb.url, **https)
        assert secure[1]["Strict-Transport-Security"] == "max-age=60"
    assert site.asked == 2


def test_lane__a_redirect_to_https_is_not_learned(site: Site, thumb: Stored, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    site = Site()

    assert [site.get(thumb.url)[0] for _ in range(2)] == ["301 Moved Permanently"] * 2


def test_lane__one_statement_and_no_storage_for_a_304(
    site: Site, thumb: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.get(thumb.url)
    calls = watch_storage(monkeypatch)
    with CaptureQueriesContext(connection) as queries:
        site.get(thumb.url, HTTP_IF_NONE_MATCH=thumb.etag)

    assert len(queries) == 1
    assert calls == []


def test_lane__without_the_database_django_says_so(
    site: Site, thumb: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.get(thumb.url)
    site.asked = 0

    def fail(*_: Any) -> None:
        raise DatabaseError

    with monkeypatch.context() as broken:
        broken.setattr(MediaFileQuerySet, "public_facts", fail)
        assert site.get(thumb.url)[0] == "200 OK"
    assert site.asked == 1


def test_lane__remembers_some(
    site: Site, thumb: Stored, original: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast_lane, "_MOST", 1)
    for stored in (thumb, original, thumb):
        assert site.get(stored.url)[2] == stored.content

    assert len(site.lane._headers) == 1


def test_lane__accelerates_by_the_disk_and_never_by_a_signed_url(
    site: Site, thumb: Stored, settings: Any
) -> None:
    settings.GALLERY = {**settings.GALLERY, "DELIVERY": "accelerate"}
    answers = [site.get(thumb.url) for _ in range(2)]

    assert site.asked == 1
    assert answers[0] == answers[1]
    assert answers[1][1]["X-Accel-Redirect"] == f"/_media/{thumb.file.key}"
    assert answers[1][2] == b""


def test_lane__is_what_the_site_is_served_by() -> None:
    from settings.wsgi import application  # noqa: PLC0415  (as a server would)

    assert isinstance(application, FastLane)
    assert django_settings.WSGI_APPLICATION == "settings.wsgi.application"
