"""Who may have a file by asking its bucket: that follows the ledger, where the bucket has ACLs.

The row that changes notes that the bucket is to be told, in the same transaction; whoever committed
it tells it, or the sweep does.
"""

from __future__ import annotations

import logging

from django.db import connection, transaction
from django.utils import timezone

from gallery.exceptions import StorageUnavailable
from gallery.models import MediaFile
from gallery.querysets import MediaFileQuerySet
from gallery.storage import media_storage, storage_errors

logger = logging.getLogger(__name__)


def note_changes(rows: MediaFileQuerySet, *, visibility: str) -> None:
    """Note, before these rows get this visibility, of which files the bucket has to be told."""
    if media_storage().has_acls:
        rows.exclude(visibility=visibility).update(acl_due=timezone.now())


def note_change(file: MediaFile, *, visibility: str) -> None:
    """Do the same with a row that is not saved yet."""
    if media_storage().has_acls and file.visibility != visibility:
        file.acl_due = timezone.now()


def expose_object(source: str, object_id: object) -> int:
    """Tell the bucket who may see the files of one object; return how often that failed."""
    return _expose(MediaFile.objects.of_object(source, object_id))


def expose_due() -> int:
    """Tell the bucket whatever it was not told yet; return how often that failed."""
    return _expose(MediaFile.objects.all())


def _expose(rows: MediaFileQuerySet) -> int:
    if not media_storage().has_acls:
        return 0
    due = list(rows.acl_due().order_by("pk").values_list("pk", flat=True))
    return sum(not _expose_one(pk) for pk in due)


@transaction.atomic
def _expose_one(pk: int) -> bool:
    """Tell the bucket, under the lock on the row: who tells it last must be who changed it last."""
    may_skip = connection.features.has_select_for_update_skip_locked
    due = MediaFile.objects.acl_due().filter(pk=pk)
    file = due.select_for_update(skip_locked=may_skip).first()
    if file is None:
        return True  # somebody else is at it
    is_public = file.visibility == MediaFile.Visibility.PUBLIC
    try:
        with storage_errors():
            media_storage().set_acl(file.key, is_public=is_public)
    except StorageUnavailable:
        logger.exception("acl_not_set key=%s", file.key)
        return False
    MediaFile.objects.filter(pk=pk).update(acl_due=None, updated_at=timezone.now())
    return True
