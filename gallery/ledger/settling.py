"""Make the ledger agree with a model's row, in the transaction that changes the row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from gallery.conf import gallery_settings
from gallery.exceptions import OriginalGone
from gallery.ledger.exposing import note_changes
from gallery.ledger.users import user_of
from gallery.models import MediaFile


def go_live(key: str, *, object_id: object, visibility: str) -> None:
    """Turn an announced original live; part of the transaction that refers to it.

    Raises:
        OriginalGone: the row is not there any more: the sweep took it for abandoned.
    """
    originals = MediaFile.objects.filter(key=key, original=None)
    note_changes(originals, visibility=visibility)
    belongs = {"object_id": str(object_id), "visibility": visibility, "updated_at": timezone.now()}
    live = {"state": MediaFile.State.LIVE, "delete_after": None, "retry_after": None, **belongs}
    if originals.filter(object_id="").update(**live):
        return
    # It has been another object's, or this one's before: what was made of it comes along.
    if not originals.update(**live):
        raise OriginalGone
    renditions = MediaFile.objects.filter(original__key=key)
    note_changes(renditions, visibility=visibility)
    renditions.update(**belongs)


@transaction.atomic
def settle(
    source: str,
    object_id: object,
    *,
    key: str,
    visibility: str,
    is_wanted: Callable[[MediaFile], bool],
) -> None:
    """Make all files of one object agree with it.

    Its original is live, and so are its wanted renditions, also those retired and not swept yet.
    Every other live file goes stale and answers for the grace period. All are visible to the same
    people. Pending files are left to those who announced them.

    Args:
        source: the object's field, `app_label.model.field`.
        object_id: its primary key.
        key: its original's key; empty for none.
        visibility: a `MediaFile.Visibility`.
        is_wanted: tells whether a rendition of that original is still asked for.

    Raises:
        OriginalGone: no original has this key.
    """
    family = _lock(source, object_id)
    original = next((file for file in family if file.key == key), None)
    if key and (original is None or original.state != MediaFile.State.LIVE):
        go_live(key, object_id=object_id, visibility=visibility)
    revived, retired = [], []
    for file in family:
        is_live = file.state == MediaFile.State.LIVE
        is_kept = file.key == key or (
            original is not None and file.original_id == original.pk and is_wanted(file)
        )
        if is_live and not is_kept:
            retired.append(file)
        elif is_kept and file.key != key and _is_in_grace(file):
            revived.append(file)
    _retire(retired, grace=timedelta(seconds=gallery_settings().grace_seconds))
    _update(revived, state=MediaFile.State.LIVE, delete_after=None, retry_after=None)
    changed = [file for file in family if file.visibility != visibility]
    if changed:
        pks = [file.pk for file in changed]
        note_changes(MediaFile.objects.filter(pk__in=pks), visibility=visibility)
        _update(changed, visibility=visibility)


def _is_in_grace(file: MediaFile) -> bool:
    """Tell whether a stale file still answers; later the sweep may be deleting it already."""
    is_stale = file.state == MediaFile.State.STALE
    return is_stale and file.delete_after is not None and file.delete_after > timezone.now()


@transaction.atomic
def release(source: str, object_id: object) -> list[str]:
    """Retire every file of a deleted object at once: it does not answer any more.

    Pending files wait for those who are putting them; the original's row waits for these.

    Returns:
        The keys that are due now.
    """
    family = _lock(source, object_id)
    return _retire(
        [file for file in family if file.state != MediaFile.State.PENDING], grace=timedelta(0)
    )


def _lock(source: str, object_id: object) -> list[MediaFile]:
    """Lock all files an object has or had, in the order of the primary keys."""
    # Not a full lock: that one would hold up whoever announces another rendition.
    rows = MediaFile.objects.of_object(source, object_id).select_for_update(no_key=True)
    return list(rows.order_by("pk"))


def _retire(files: list[MediaFile], *, grace: timedelta) -> list[str]:
    """Turn files stale, but for originals that another object uses too; return their keys."""
    for original in [file for file in files if file.is_original]:
        user = user_of(original)
        if user is not None:
            go_live(original.key, object_id=user.pk, visibility=user.media_visibility())
            files = [f for f in files if original.pk not in {f.pk, f.original_id}]
    _update(files, state=MediaFile.State.STALE, delete_after=timezone.now() + grace)
    return [file.key for file in files]


def _update(files: Iterable[MediaFile], **values: object) -> None:
    pks = [file.pk for file in files]
    if pks:
        MediaFile.objects.filter(pk__in=pks).update(**values, updated_at=timezone.now())
