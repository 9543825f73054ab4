"""Signatures that let somebody without credentials do one thing until a certain time."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import urlencode

from django.core.signing import BadSignature, Signer

# Those who ask again within a minute are given the same URLs, which their browsers know already.
_ROUNDED_TO_SECONDS = 60
# No time has twenty digits.
_EXPIRES = re.compile(r"\d{1,19}", re.ASCII)
_SIGNATURE = re.compile(r"[A-Za-z0-9_-]{20,100}", re.ASCII)
_VOUCHER = re.compile(r"(?P<kind>[a-z]{1,16})-(?P<pk>[A-Za-z0-9-]{1,64})", re.ASCII)


class Purpose(StrEnum):
    """What a signature is for; one for something else is none."""

    media = "gallery.media"
    direct_upload = "gallery.direct_upload"


class VoucherKind(StrEnum):
    """What a voucher stands for."""

    user = "user"
    share = "share"


@dataclass(frozen=True, slots=True)
class Voucher:
    """Whose right to see a file a signature passes on: it is worth what that right is by then."""

    kind: VoucherKind
    pk: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return what `str()` made; None for anything else."""
        match = _VOUCHER.fullmatch(text)
        if match is None or match["kind"] not in set(VoucherKind):
            return None
        return cls(VoucherKind(match["kind"]), match["pk"])

    def __str__(self) -> str:
        return f"{self.kind}-{self.pk}"


def expiry(seconds: int) -> int:
    """Return the time so many seconds from now, in seconds since 1970, rounded up to a minute."""
    return -(-(int(time.time()) + seconds) // _ROUNDED_TO_SECONDS) * _ROUNDED_TO_SECONDS


def media_query(key: str, *, voucher: Voucher, expires: int) -> str:
    """Return what to append to the URL of a file, after `?`, so that it answers until `expires`."""
    signature = _signature(Purpose.media, f"{key}\n{voucher}", expires)
    return urlencode({"expires": expires, "by": voucher, "signature": signature})


def media_voucher(key: str, query: Mapping[str, str]) -> Voucher | None:
    """Return who vouches for a request with this query; None unless its signature is valid.

    Whether the voucher is worth anything by now is for the database to say.
    """
    voucher = Voucher.parse(query.get("by", ""))
    if voucher is None or not _is_valid(Purpose.media, f"{key}\n{voucher}", query):
        return None
    return voucher


def upload_query(upload_id: object, *, expires: int) -> str:
    """Return the query of a URL that takes the file of one direct upload until `expires`."""
    signature = _signature(Purpose.direct_upload, str(upload_id), expires)
    return urlencode({"expires": expires, "signature": signature})


def is_upload_allowed(upload_id: object, query: Mapping[str, str]) -> bool:
    """Tell whether this is the query that `upload_query` made, and its time is not over."""
    return _is_valid(Purpose.direct_upload, str(upload_id), query)


def _signature(purpose: Purpose, subject: str, expires: int) -> str:
    return Signer(salt=purpose).signature(f"{subject}\n{expires}")


def _is_valid(purpose: Purpose, subject: str, query: Mapping[str, str]) -> bool:
    """Compare in constant time, with SECRET_KEY and each of SECRET_KEY_FALLBACKS."""
    expires, signature = query.get("expires", ""), query.get("signature", "")
    if not _EXPIRES.fullmatch(expires) or not _SIGNATURE.fullmatch(signature):
        return False
    signer = Signer(salt=purpose)
    try:
        signer.unsign(f"{subject}\n{expires}{signer.sep}{signature}")
    except BadSignature:
        return False
    return int(expires) > time.time()
