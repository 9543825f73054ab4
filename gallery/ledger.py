"""Every change of the ledger: announce, go live, retire, sweep.

A file is announced (a *pending* row, committed by itself) before it is put. The transaction that
uses it turns the row *live*; the transaction that stops using it turns the row *stale*. Whatever
a killed process leaves behind is one of these states, and `sweep` settles each of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from gallery.conf import gallery_settings
from gallery.exceptions import OriginalGone, StorageUnavailable
from gallery.models import HasRenditions, MediaFile
from gallery.storage import media_storage, storage_errors

logger = logging.getLogger(__name__)

# After a failed delete the sweep leaves the storage alone for a while.
RETRY_DELETE_AFTER = timedelta(minutes=5)
SWEEP_BATCH = 200


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one sweep did, in files."""

    deleted: int = 0
    kept: int = 0
    failed: int = 0


def announce(files: Sequence[MediaFile]) -> None:
    """Commit pending rows for files about to be put. Must run outside any transaction.

    A live row stays as it is, so that two makers of one rendition agree; a pending or stale one is
    given a new deadline: the file is wanted again.

    Raises:
        RuntimeError: called inside a transaction, whose rollback would lose the only trace.
    """
    deadline = timezone.now() + timedelta(seconds=gallery_settings().pending_seconds)
    for file in files:
        file.state = MediaFile.State.PENDING
        file.delete_after = deadline
    with transaction.atomic(durable=True):
        MediaFile.objects.bulk_create(files, ignore_conflicts=True)
        keys = [file.key for file in files]
        MediaFile.objects.filter(key__in=keys).exclude(state=MediaFile.State.LIVE).update(
            state=MediaFile.State.PENDING, delete_after=deadline
        )


def go_live(key: str, *, object_id: object, visibility: str) -> None:
    """Turn an announced original live; part of the transaction that refers to it.

    Raises:
        OriginalGone: the row is not there any more: the sweep took it for abandoned.
    """
    changed = MediaFile.objects.filter(key=key, original=None).update(
        state=MediaFile.State.LIVE,
        delete_after=None,
        object_id=str(object_id),
        visibility=visibility,
        updated_at=timezone.now(),
    )
    if not changed:
        raise OriginalGone


@transaction.atomic
def publish_renditions(
    original_key: str, files: Sequence[MediaFile], *, still_wanted: Callable[[], set[str]]
) -> set[str]:
    """Turn put renditions live, all in one statement, if the original still wants them.

    Args:
        original_key: the original's key; its row is locked, so that a focal point that moves
            meanwhile either sees these rows or is seen by `still_wanted`.
        files: what was put, with the facts of the encoded bytes.
        still_wanted: returns, under the lock, the keys that the object wants now.

    Returns:
        The keys that are live now. The others are stale and due: the sweep deletes them.
    """
    locked = MediaFile.objects.select_for_update().order_by("pk")
    original = locked.filter(key=original_key, state=MediaFile.State.LIVE).first()
    if original is None:
        return set()
    # A row that the sweep took meanwhile may have taken its file along: not to be trusted.
    announced = set(locked.filter(key__in=[f.key for f in files]).values_list("key", flat=True))
    publishable = announced & still_wanted()
    now = timezone.now()
    for file in files:
        is_live = file.key in publishable
        file.state = MediaFile.State.LIVE if is_live else MediaFile.State.STALE
        file.delete_after = None if is_live else now
        file.object_id, file.visibility = original.object_id, original.visibility
        file.updated_at = now
    MediaFile.objects.bulk_create(
        files,
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=[
            *("state", "delete_after", "object_id", "visibility", "updated_at"),
            *("content_type", "width", "height", "size", "sha256", "fingerprint"),
        ],
    )
    return publishable


@transaction.atomic
def settle_renditions(
    original_key: str, *, is_wanted: Callable[[MediaFile], bool], visibility: str
) -> None:
    """Retire live renditions that are not wanted; bring back wanted ones still in their grace.

    The original's row is locked: see `publish_renditions`.
    """
    original = MediaFile.objects.select_for_update().filter(key=original_key).first()
    if original is None:
        return
    live, stale = [], []
    for file in original.renditions.servable():
        (live if is_wanted(file) else stale).append(file)
    retire([file for file in stale if file.state == MediaFile.State.LIVE], grace=grace_period())
    MediaFile.objects.filter(pk__in=[file.pk for file in live]).update(
        state=MediaFile.State.LIVE, delete_after=None, updated_at=timezone.now()
    )
    everything = Q(pk=original.pk) | Q(original=original)
    MediaFile.objects.filter(everything).exclude(visibility=visibility).update(
        visibility=visibility, updated_at=timezone.now()
    )


def retire(files: Iterable[MediaFile], *, grace: timedelta) -> list[str]:
    """Turn rows stale; they answer for `grace` more and are swept then. Return their keys."""
    rows = list(files)
    MediaFile.objects.filter(pk__in=[file.pk for file in rows]).update(
        state=MediaFile.State.STALE,
        delete_after=timezone.now() + grace,
        updated_at=timezone.now(),
    )
    return [file.key for file in rows]


def grace_period() -> timedelta:
    """Return how long a replaced file still answers."""
    return timedelta(seconds=gallery_settings().grace_seconds)


def abandon(key: str) -> None:
    """Give up an announced file now, as after a failed put; what cannot be done is left to sweep."""
    MediaFile.objects.filter(key=key, state=MediaFile.State.PENDING).update(
        delete_after=timezone.now()
    )
    with suppress(StorageUnavailable):
        sweep_keys([key])


def sweep_keys(keys: Sequence[str]) -> SweepReport:
    """Settle the given keys if they are due."""
    rows = MediaFile.objects.due().filter(key__in=keys).values_list("pk", flat=True)
    return _settle_all(list(rows), progress=lambda: None)


def sweep(*, progress: Callable[[], None] = lambda: None, limit: int | None = None) -> SweepReport:
    """Delete every file that is due and its row; bring back to life what is in use after all.

    Args:
        progress: called once for each row settled.
        limit: stop after this many rows.
    """
    report = SweepReport()
    seen = 0
    while limit is None or seen < limit:
        size = SWEEP_BATCH if limit is None else min(SWEEP_BATCH, limit - seen)
        batch = list(MediaFile.objects.due().values_list("pk", flat=True)[:size])
        if not batch:
            break
        done = _settle_all(batch, progress=progress)
        report = SweepReport(
            report.deleted + done.deleted, report.kept + done.kept, report.failed + done.failed
        )
        seen += len(batch)
    media_storage().discard_unfinished(
        older_than=timedelta(seconds=gallery_settings().pending_seconds)
    )
    return report


def _settle_all(pks: Sequence[int], *, progress: Callable[[], None]) -> SweepReport:
    outcomes = {"deleted": 0, "kept": 0, "failed": 0}
    for pk in pks:
        outcomes[_settle(pk)] += 1
        progress()
    return SweepReport(**outcomes)


@transaction.atomic
def _settle(pk: int) -> str:
    """Delete one due file, then its row. Killed in between, the next sweep does both again."""
    due = MediaFile.objects.due().filter(pk=pk)
    row = due.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    file = row.first()
    if file is None:
        return "kept"
    user = _user_of(file)
    if user is not None:
        # Its transaction committed and the one that should have said so here did not.
        go_live(file.key, object_id=user.pk, visibility=user.media_visibility())
        return "kept"
    if file.renditions.exists():
        # They go first; this one's turn comes when they are gone.
        not_due = file.renditions.exclude(delete_after__lte=timezone.now())
        not_due.update(state=MediaFile.State.STALE, delete_after=timezone.now())
        return _postpone(file, outcome="kept")
    try:
        with storage_errors():
            media_storage().delete(file.key)
    except StorageUnavailable:
        logger.exception("media_delete_failed key=%s", file.key)
        return _postpone(file, outcome="failed")
    file.delete()
    return "deleted"


def _postpone(file: MediaFile, *, outcome: str) -> str:
    file.delete_after = timezone.now() + RETRY_DELETE_AFTER
    file.save(update_fields=["delete_after", "updated_at"])
    return outcome


def _user_of(file: MediaFile) -> HasRenditions | None:
    """Return the model row that holds this original, if any does."""
    if not file.is_original:
        return None
    app_label, model_name, field_name = file.source.split(".")
    try:
        model = apps.get_model(app_label, model_name)
    except LookupError:
        return None
    user: HasRenditions | None = model._base_manager.filter(**{field_name: file.key}).first()
    return user
