"""Rows that are worth nothing once their time is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from gallery.conf import gallery_settings
from gallery.models import DirectUpload, IdempotencyKey, RenditionClaim, Share


def expired() -> dict[str, QuerySet[Any]]:
    """Return what nobody may ask for any more, by what people call it.

    Shares and uploads are refused from the second they expire. Files are the sweep's: their rows
    are in the ledger.
    """
    limits, now = gallery_settings(), timezone.now()
    seconds = max(limits.idempotency_seconds, limits.idempotency_lease_seconds)
    last_request = now - timedelta(seconds=seconds)
    return {
        "idempotency keys": IdempotencyKey.objects.filter(started_at__lte=last_request),
        "shares": Share.objects.filter(expires_at__lte=now),
        "direct uploads": DirectUpload.objects.filter(expires_at__lte=now),
        # Of processes that were killed while they made a file.
        "claims": RenditionClaim.objects.filter(expires_at__lte=now),
    }


def forget_expired() -> dict[str, int]:
    """Delete all of that; return how many rows there were of each."""
    return {name: rows.delete()[0] for name, rows in expired().items()}
