"""What every answer of the media proxy says about caching, safety and names."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.http import content_disposition_header, http_date, quote_etag

from gallery.models import MediaFile
from gallery.storage import IMMUTABLE

# Whatever the bytes are, a browser that opens them directly runs nothing and frames nothing.
SAFETY = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    # Images are embedded by other sites: that is what they are for.
    "Cross-Origin-Resource-Policy": "cross-origin",
}

# A private file may be kept by its visitor's browser, which asks each time whether it still may
# show it; the answer to that is a 304. No cache between may keep it, and none takes one visitor's
# for another's.
_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}

# What browsers show, by the endings that mean it; everything else is for saving.
_SHOWN = {
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/avif": (".avif",),
}


@dataclass(frozen=True, slots=True)
class Version:
    """What tells one state of a file from another, in HTTP's terms."""

    etag: str
    modified: int
    """In seconds since 1970."""

    @classmethod
    def of(cls, file: MediaFile) -> Version:
        """Return that of a file, from its row."""
        return cls(quote_etag(file.sha256), int(file.created_at.timestamp()))

    @property
    def headers(self) -> dict[str, str]:
        """Those that name it."""
        return {"ETag": self.etag, "Last-Modified": http_date(self.modified)}


def is_private(file: MediaFile) -> bool:
    """Tell whether only some may have this file."""
    return file.visibility != MediaFile.Visibility.PUBLIC


def lasting(request: HttpRequest, file: MediaFile) -> dict[str, str]:
    """Return the headers of every answer that is about the file's bytes, a 304 included."""
    caching = _PRIVATE if is_private(file) else {"Cache-Control": IMMUTABLE}
    headers = {**Version.of(file).headers, **caching, "Accept-Ranges": "bytes", **SAFETY}
    if is_private(file) and "signature" not in request.GET:
        # By a visitor's cookie: other sites may not find out what it shows.
        headers["Cross-Origin-Resource-Policy"] = "same-site"
    return headers


def disposition(file: MediaFile) -> str:
    """Return the Content-Disposition: how to call the file, and whether a browser may show it."""
    name = file.file_name or file.key.rpartition("/")[2]
    endings = _SHOWN.get(file.content_type, ())
    if endings and not name.lower().endswith(endings):
        # As what it is: nobody saves a page or a program under a picture's name, or the reverse.
        name = f"{name}{endings[0]}"
    header: str = content_disposition_header(not endings, name) or ""
    return header
