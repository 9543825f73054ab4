"""Settle what is due: delete files that nothing uses, bring back those in use after all."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, auto
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from gallery.conf import gallery_settings
from gallery.exceptions import StorageUnavailable
from gallery.ledger.exposing import expose_due
from gallery.ledger.users import user_of
from gallery.models import MediaFile
from gallery.storage import media_storage, storage_errors

if TYPE_CHECKING:
    from gallery.querysets import MediaFileQuerySet

logger = logging.getLogger(__name__)

SWEEP_BATCH = 200
# A storage that fails to delete a file is left alone: as long as it has failed so far, so that the
# pauses double, within these bounds.
SHORTEST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(days=1)


class Outcome(StrEnum):
    """What became of one row that was due."""

    deleted = auto()
    revived = auto()
    """In use after all: live again."""
    waiting = auto()
    """Somebody else is at it, or at one of its renditions."""
    failed = auto()


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one sweep did, in files."""

    deleted: int = 0
    revived: int = 0
    waiting: int = 0
    failed: int = 0

    @classmethod
    def of(cls, outcomes: Counter[Outcome]) -> SweepReport:
        """Count."""
        return cls(**{outcome.value: outcomes[outcome] for outcome in Outcome})


def sweep(
    *, progress: Callable[[], object] = lambda: None, limit: int | None = None
) -> SweepReport:
    """Delete every file that is due and its row; bring back to life what is in use after all.

    Each row is looked at once, so a sweep ends whatever the storage does. Any number of sweeps may
    run at once.

    Args:
        progress: called once for each row.
        limit: stop after this many rows.
    """
    outcomes: Counter[Outcome] = Counter()
    for pk in _due(limit):
        outcomes[_settle_with_renditions(pk)] += 1
        progress()
    older_than = timedelta(seconds=gallery_settings().pending_seconds)
    try:
        with storage_errors():
            media_storage().discard_unfinished(older_than=older_than)
    except StorageUnavailable:
        logger.exception("discarding_unfinished_failed")
        outcomes[Outcome.failed] += 1
    outcomes[Outcome.failed] += expose_due()
    return SweepReport.of(outcomes)


def sweep_keys(keys: Sequence[str]) -> SweepReport:
    """Settle those of the given files that are due."""
    due = MediaFile.objects.due().filter(key__in=keys)
    renditions_first = due.order_by(F("original").asc(nulls_last=True), "pk")
    pks = list(renditions_first.values_list("pk", flat=True))
    return SweepReport.of(Counter(_settle_with_renditions(pk) for pk in pks))


def _due(limit: int | None) -> Iterator[int]:
    """Yield what is due, each row once, renditions before the originals they stem from."""
    left = limit
    for is_original in (False, True):
        rows = MediaFile.objects.due().filter(original__isnull=is_original).order_by("pk")
        for pk in _paged(rows, left):
            yield pk
            left = None if left is None else left - 1


def _paged(rows: MediaFileQuerySet, limit: int | None) -> Iterator[int]:
    last, left = 0, limit
    while left is None or left > 0:
        size = SWEEP_BATCH if left is None else min(SWEEP_BATCH, left)
        page = list(rows.filter(pk__gt=last).values_list("pk", flat=True)[:size])
        if not page:
            return
        yield from page
        last = page[-1]
        left = None if left is None else left - len(page)


def _settle_with_renditions(pk: int) -> Outcome:
    """Settle one due row. An original takes along what was made of it and is nobody's now."""
    outcome = _settle(pk)
    renditions = MediaFile.objects.due().filter(original=pk).values_list("pk", flat=True)
    if outcome is not Outcome.waiting or not renditions:
        return outcome
    for rendition in renditions:
        _settle(rendition)
    return _settle(pk)


@transaction.atomic
def _settle(pk: int) -> Outcome:
    """Delete one due file, then its row. Killed in between, the next sweep does both again."""
    may_skip = connection.features.has_select_for_update_skip_locked
    file = MediaFile.objects.due().filter(pk=pk).select_for_update(skip_locked=may_skip).first()
    if file is None:
        return Outcome.waiting
    if file.is_original:
        if _revive(file):
            return Outcome.revived
        if file.renditions.exists():
            # They go first. Those on their way are left until they have arrived, or are overdue.
            not_due = file.renditions.filter(state=MediaFile.State.LIVE)
            not_due.update(state=MediaFile.State.STALE, delete_after=timezone.now())
            return Outcome.waiting
    try:
        with storage_errors():
            media_storage().delete(file.key)
    except StorageUnavailable:
        logger.exception("media_delete_failed key=%s", file.key)
        _postpone(file)
        return Outcome.failed
    file.delete()
    return Outcome.deleted


def _revive(original: MediaFile) -> bool:
    """Bring an original back that a committed row refers to; tell whether one does."""
    user = user_of(original)
    if user is None:
        return False
    # What it lacks is made after commit.
    user.settle_files()
    return True


def _postpone(file: MediaFile) -> None:
    now = timezone.now()
    since_due = now - (file.delete_after or now)
    pause = min(max(since_due, SHORTEST_PAUSE), LONGEST_PAUSE)
    MediaFile.objects.filter(pk=file.pk).update(retry_after=now + pause, updated_at=now)
