"""Carry a request out once, however often it arrives: claim its key, remember the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from gallery.conf import gallery_settings
from gallery.exceptions import KeyInUse, KeyReused
from gallery.models import IdempotencyKey


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to carry out the request of a key; lost when it takes too long."""

    pk: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: an HTTP status, the headers that matter and the body."""

    status: int
    headers: dict[str, str]
    body: bytes


def claim(*, user: Model, key: str, fingerprint: str) -> Claim | Answer:
    """Claim `key` for a request, or return what was answered to it before.

    A claim whose process died is free again after `IDEMPOTENCY_LEASE_SECONDS`: the request is then
    carried out anew. Answers are forgotten after `IDEMPOTENCY_SECONDS`.

    Raises:
        KeyReused: the key belongs to another request.
        KeyInUse: the request is being carried out at this moment.
    """
    now = timezone.now()
    while True:
        try:
            with transaction.atomic():
                row = IdempotencyKey.objects.create(
                    user_id=user.pk, key=key, fingerprint=fingerprint, started_at=now
                )
            return Claim(row.pk, now)
        except IntegrityError:
            found = _claim_again(user, key, fingerprint, now)
        if found is not None:
            return found


@transaction.atomic
def _claim_again(user: Model, key: str, fingerprint: str, now: datetime) -> Claim | Answer | None:
    """Look at a key that is there already; None when it is not, after all."""
    rows = IdempotencyKey.objects.select_for_update().filter(user=user.pk, key=key)
    row = rows.first()
    if row is None:
        return None
    limits = gallery_settings()
    is_running = row.status is None
    seconds = limits.idempotency_lease_seconds if is_running else limits.idempotency_seconds
    if row.started_at + timedelta(seconds=seconds) <= now:
        rows.update(fingerprint=fingerprint, started_at=now, status=None, headers={}, body=b"")
        return Claim(row.pk, now)
    if row.fingerprint != fingerprint:
        raise KeyReused
    if row.status is None:
        raise KeyInUse
    return Answer(row.status, row.headers, bytes(row.body))


def remember(claim: Claim, answer: Answer) -> None:
    """Keep the answer to a claimed request. One that had lost its claim changes nothing."""
    _claimed(claim).update(status=answer.status, headers=answer.headers, body=answer.body)


def release(claim: Claim) -> None:
    """Forget a claim whose request failed for reasons that may pass: it may be tried again."""
    _claimed(claim).delete()


def forget_expired() -> int:
    """Delete what nobody may ask for any more; return how many keys that were."""
    limits = gallery_settings()
    seconds = max(limits.idempotency_seconds, limits.idempotency_lease_seconds)
    until = timezone.now() - timedelta(seconds=seconds)
    return IdempotencyKey.objects.filter(started_at__lte=until).delete()[0]


def _claimed(claim: Claim) -> QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(
        pk=claim.pk, started_at=claim.started_at, status__isnull=True
    )
