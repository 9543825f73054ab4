"""A short way for the request that is asked most: a GET of a whole, small file that is public.

Whether the file is there, and public, is asked of the ledger each time, by one statement. What is
said about it is what Django said the last time, of the same bytes; everything that Django has not
said yet, or that is not as plain, is Django's to answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import Error as AnyDatabaseError
from django.db import connection

from gallery.conf import Delivery, gallery_settings
from gallery.exceptions import StorageUnavailable
from gallery.media.delivery import AT_ONCE
from gallery.media.ranges import ByteRange
from gallery.media.streams import read_part
from gallery.models import MediaFile
from gallery.storage import IMMUTABLE, media_storage

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

# About whom Django has to think: parts, and conditions on anything but the exact bytes.
_NOT_PLAIN = ("HTTP_RANGE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")
# On what the site's own headers may depend besides: whether the request came by https.
_SCHEME = ("wsgi.url_scheme", "HTTP_X_FORWARDED_PROTO")
OF_BODY = {"Content-Length", "Content-Type", "Content-Disposition"}
# Two kilobytes each.
_MOST = 5000


class FastLane:
    """A WSGI application in front of Django's."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._headers: dict[tuple[str, ...], Headers] = {}
        self._prefix = settings.MEDIA_URL

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer, or let Django."""
        key = self._plain_key(environ)
        facts = _facts_of(key) if key else None
        if key is None or facts is None:
            return self._application(environ, start_response)
        sha256, size = facts
        known_as = (key, sha256, *(str(environ.get(name)) for name in _SCHEME))
        headers = self._headers.get(known_as)
        asked = environ.get("HTTP_IF_NONE_MATCH")
        is_conditional = asked is not None or "HTTP_IF_MODIFIED_SINCE" in environ
        if headers is None:
            listen = start_response if is_conditional else self._learning(known_as, start_response)
            return self._application(environ, listen)
        if asked == f'"{sha256}"':
            start_response("304 Not Modified", [each for each in headers if each[0] not in OF_BODY])
            return [b""]
        if is_conditional:
            return self._application(environ, start_response)
        try:
            content = _content_of(key, size)
        except StorageUnavailable:
            return self._application(environ, start_response)
        start_response("200 OK", list(headers))
        return [content]

    def _plain_key(self, environ: Environ) -> str | None:
        """Return the key that is asked for, None unless the request is as plain as can be."""
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] != "GET" or not path.startswith(self._prefix):
            return None
        if not path.isascii() or "\x00" in path or any(name in environ for name in _NOT_PLAIN):
            return None
        return path[len(self._prefix) :] if _is_said_alike_each_time() else None

    def _learning(
        self, known_as: tuple[str, ...], start_response: Callable[..., Any]
    ) -> Callable[..., Any]:
        """Return a `start_response` that remembers what Django says with the whole file."""

        def learn(status: str, headers: Headers, *rest: Any) -> Any:
            # It may be another file by now, or none, or one that is private.
            is_the_same = ("ETag", f'"{known_as[1]}"') in headers
            if status.startswith("200 ") and is_the_same and _are_for_everybody(headers):
                if len(self._headers) >= _MOST:
                    self._headers.clear()
                self._headers[known_as] = list(headers)
            return start_response(status, headers, *rest)

        return learn


def _are_for_everybody(headers: Headers) -> bool:
    said = {name.lower(): value for name, value in headers}
    return said.get("cache-control") == IMMUTABLE and "set-cookie" not in said


def _is_said_alike_each_time() -> bool:
    """Tell whether an answer is right for the next one too: URLs of a bucket are not."""
    match gallery_settings().delivery:
        case Delivery.stream | Delivery.public:
            return True
        case Delivery.accelerate:
            return media_storage().direct_uploads is None
    return False


def _content_of(key: str, size: int) -> bytes:
    if gallery_settings().delivery == Delivery.accelerate:
        return b""  # the server in front has been told where it is
    return read_part(key, ByteRange(0, size - 1))


def _facts_of(key: str) -> tuple[str, int] | None:
    """Return digest and size of a file that is public and small; None for any other.

    Without the database it is Django's to say so.
    """
    try:
        found = MediaFile.objects.public_facts(key)
    except AnyDatabaseError:
        return None
    finally:
        # As at the end of every request.
        connection.close_if_unusable_or_obsolete()
    return found if found is not None and found[1] <= AT_ONCE else None
