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

ROUNDS = 3


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
    for _ in range(ROUNDS):
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
    # Released and claimed by others all the time; or the user is gone, and soon told so.
    raise KeyInUse


@transaction.atomic
def _claim_again(user: Model, key: str, fingerprint: str, now: datetime) -> Claim | Answer | None:
    """Look at a key that is there already; None when it is not, after all."""
    rows = IdempotencyKey.objects.select_for_update().filter(user=user.pk, key=key)
    row = rows.first()
    if row is None:
        return None
    age = (now - row.started_at).total_seconds()
    limits = gallery_settings()
    if row.status is not None and age >= limits.idempotency_seconds:
        row.delete()
        return None
    if row.fingerprint != fingerprint:
        raise KeyReused
    if row.status is not None:
        return Answer(row.status, row.headers, bytes(row.body))
    if age < limits.idempotency_lease_seconds:
        raise KeyInUse
    # The same row: what its uploads are named after, so that none is stored twice.
    rows.update(started_at=now)
    return Claim(row.pk, now)


def remember(claim: Claim, answer: Answer) -> None:
    """Keep the answer to a claimed request. One that had lost its claim changes nothing."""
    _claimed(claim).update(status=answer.status, headers=answer.headers, body=answer.body)


def release(claim: Claim) -> None:
    """Give up a claim whose request failed for reasons that may pass: it may be tried again now."""
    lease = timedelta(seconds=gallery_settings().idempotency_lease_seconds)
    _claimed(claim).update(started_at=timezone.now() - lease)


def _claimed(claim: Claim) -> QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(
        pk=claim.pk, started_at=claim.started_at, status__isnull=True
    )
