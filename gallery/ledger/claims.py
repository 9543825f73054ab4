"""One of many processes makes a file that all of them were asked for; the others wait."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from gallery.models import RenditionClaim


def claim(key: str, *, seconds: float) -> str | None:
    """Take the right to make the file `key`; return its name, None while somebody else has it.

    Args:
        key: the file's.
        seconds: after so long the holder counts as dead, and somebody else may have it.
    """
    holder, now = secrets.token_hex(16), timezone.now()
    values = {"holder": holder, "expires_at": now + timedelta(seconds=seconds)}
    try:
        with transaction.atomic():
            RenditionClaim.objects.create(key=key, **values)
    except IntegrityError:
        expired = RenditionClaim.objects.filter(key=key, expires_at__lte=now)
        if not expired.update(**values):
            return None
    return holder


def let_go(key: str, holder: str) -> None:
    """Give a right back, unless somebody has taken it over."""
    RenditionClaim.objects.filter(key=key, holder=holder).delete()
