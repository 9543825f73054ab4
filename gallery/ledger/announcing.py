"""From nothing to a stored file: announce it, put it, publish it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from gallery.conf import gallery_settings
from gallery.exceptions import OriginalGone
from gallery.ledger.exposing import expose_object, note_change
from gallery.ledger.sweeping import sweep_keys
from gallery.models import MediaFile
from gallery.storage import media_storage, storage_errors


def announce(files: Sequence[MediaFile], *, until: datetime | None = None) -> None:
    """Commit pending rows for files about to be put. Must run outside any transaction.

    A live row stays as it is, so that two makers of one rendition agree; a pending or stale one is
    given a new deadline: the file is wanted again. Each of `files` gets the primary key of its row,
    which stands for this announcement: a row that was swept and announced anew has another.

    Args:
        files: with everything that is known of them.
        until: when to take them for abandoned, if not after `PENDING_SECONDS`.

    Raises:
        RuntimeError: called inside a transaction, whose rollback would lose the only trace.
        OriginalGone: the original of a rendition was swept meanwhile.
    """
    deadline = until or timezone.now() + timedelta(seconds=gallery_settings().pending_seconds)
    for file in files:
        file.pk, file.state, file.delete_after = None, MediaFile.State.PENDING, deadline
    # In one order, so that two announcements of the same keys wait for each other and not in turn.
    by_key = {file.key: file for file in sorted(files, key=lambda file: file.key)}
    rows = MediaFile.objects.filter(key__in=by_key)
    try:
        with transaction.atomic(durable=True):
            # Waits for a sweep that is deleting one of them.
            locked = rows.select_for_update().order_by("pk")
            states = dict(locked.values_list("key", "state"))
            new = [file for key, file in by_key.items() if key not in states]
            MediaFile.objects.bulk_create(new, ignore_conflicts=True)
            if any(state != MediaFile.State.LIVE for state in states.values()):
                rows.exclude(state=MediaFile.State.LIVE).update(
                    state=MediaFile.State.PENDING,
                    delete_after=deadline,
                    retry_after=None,
                    updated_at=timezone.now(),
                )
            for key, pk in rows.values_list("key", "pk"):
                by_key[key].pk = pk
    except IntegrityError as error:
        # The only thing a row refers to is its original.
        raise OriginalGone from error


def put(file: MediaFile, data: bytes) -> None:
    """Store the bytes of an announced file.

    Raises:
        StorageUnavailable: the storage failed; what it may have kept is found by the sweep.
    """
    with storage_errors():
        is_public = file.visibility == MediaFile.Visibility.PUBLIC
        media_storage().put(file.key, data, content_type=file.content_type, is_public=is_public)
    if file.delete_after is not None and file.delete_after <= timezone.now():
        # It took so long that the sweep may have come before the file did: nobody knows of it.
        announce([file])


def give_up(key: str) -> None:
    """Retract an announcement, as after a failed put; the sweep gets what cannot be deleted."""
    MediaFile.objects.filter(key=key, state=MediaFile.State.PENDING).update(
        delete_after=timezone.now()
    )
    sweep_keys([key])


def publish_renditions(
    original_key: str, files: Sequence[MediaFile], *, still_wanted: Callable[[], set[str]]
) -> set[str]:
    """Turn put renditions live, all in one statement, if the original still wants them.

    Args:
        original_key: the original's key; its row is locked, so that a focal point that moves
            meanwhile either sees these rows or is seen by `still_wanted`.
        files: what was announced and put, with the facts of the encoded bytes.
        still_wanted: returns, under the lock, the keys that the object wants now.

    Returns:
        The keys that are live now. The files of the others are deleted.
    """
    keys = {file.key for file in files}
    published = _publish(original_key, files, still_wanted)
    if any(file.acl_due for file in files):
        # Who may see them changed while they were put.
        expose_object(files[0].source, files[0].object_id)
    if published != keys:
        _retract_unknown([file for file in files if file.key not in published])
        # The original too: where it was released meanwhile, it only waited for these.
        sweep_keys([*(keys - published), original_key])
    return published


def _retract_unknown(files: Sequence[MediaFile]) -> None:
    """Have files deleted that were put after the sweep had taken their rows: nobody knows of them.

    Somebody else had announced the same keys, and had no use for them any more.
    """
    keys = [file.key for file in files]
    known = set(MediaFile.objects.filter(key__in=keys).values_list("key", flat=True))
    unknown = [file for file in files if file.key not in known]
    for file in unknown:
        # As files of their own: their original may be gone too.
        file.original, file.rendition, file.fingerprint = None, "", ""
    if unknown:
        announce(unknown)
        for file in unknown:
            give_up(file.key)


@transaction.atomic
def _publish(
    original_key: str, files: Sequence[MediaFile], still_wanted: Callable[[], set[str]]
) -> set[str]:
    # Not a full lock: that one would hold up whoever announces another rendition.
    originals = MediaFile.objects.select_for_update(no_key=True)
    original = originals.filter(key=original_key, state=MediaFile.State.LIVE).first()
    # A row that the sweep took meanwhile took its file along, even where there is a new one now.
    announced = MediaFile.objects.filter(pk__in=[file.pk for file in files])
    there = set(announced.select_for_update().order_by("pk").values_list("pk", flat=True))
    wanted = still_wanted() if original else set()
    now = timezone.now()
    publishable = [file for file in files if file.pk in there and file.key in wanted]
    for file in publishable:
        assert original is not None  # noqa: S101  (or nothing is wanted)
        file.state, file.delete_after, file.retry_after = MediaFile.State.LIVE, None, None
        note_change(file, visibility=original.visibility)
        file.object_id, file.visibility = original.object_id, original.visibility
        file.updated_at = now
    MediaFile.objects.bulk_update(
        publishable,
        [
            *("state", "delete_after", "retry_after", "object_id", "visibility", "acl_due"),
            "updated_at",
            *("content_type", "width", "height", "size", "sha256", "fingerprint"),
        ],
    )
    unwanted = there - {file.pk for file in publishable}
    MediaFile.objects.filter(pk__in=unwanted, state=MediaFile.State.PENDING).update(
        delete_after=now, updated_at=now
    )
    return {file.key for file in publishable}
