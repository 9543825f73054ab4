"""Make the ledger and the storage agree again, where that loses nothing."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from gallery.conf import gallery_settings
from gallery.imaging.formats import content_type_of
from gallery.ledger.sweeping import sweep_keys
from gallery.ledger.users import user_of
from gallery.ledger.verifying import Finding, Kind
from gallery.ledger.warming import fail_warming, queue_warming
from gallery.models import HasRenditions, MediaFile
from gallery.storage import media_storage, storage_errors

FILE_MISSING, FILE_DAMAGED = "file_missing", "file_damaged"


def mend(finding: Finding) -> bool:
    """Do what can be done about one finding; tell whether it is as it should be now, or will be.

    A rendition is dropped and its original queued, to be warmed. A file that nobody knows gets a
    row, by which the sweep deletes it after the grace period. An original that is lost stays lost:
    its object says so.

    Raises:
        StorageUnavailable: the storage did not answer.
    """
    if finding.is_lost:
        _record_loss(finding)
        return False
    if finding.kind is Kind.foreign:
        return True
    if finding.kind is Kind.unknown:
        _retire_unknown(finding.file)
    elif finding.kind is Kind.unrecorded:
        return _record(finding.file)
    else:
        _drop_rendition(finding.file)
    return True


def _record_loss(finding: Finding) -> None:
    code = FILE_MISSING if finding.kind is Kind.missing else FILE_DAMAGED
    fail_warming(finding.key, code, is_final=True)
    user = user_of(finding.file)
    if isinstance(user, HasRenditions):
        user.record_warming(code)


def _retire_unknown(file: MediaFile) -> None:
    grace = timedelta(seconds=gallery_settings().grace_seconds)
    file.state, file.delete_after = MediaFile.State.STALE, timezone.now() + grace
    # Somebody may have announced it by now.
    MediaFile.objects.bulk_create([file], ignore_conflicts=True)


def _record(file: MediaFile) -> bool:
    """Write the row of a file that an object refers to, with the facts that there are."""
    user = user_of(file)
    if not isinstance(user, HasRenditions):
        return True  # nobody does any more; the next look finds a file that nobody knows
    file.width, file.height = user.original_size
    if not file.width or not file.height:
        return False
    with storage_errors():
        data = media_storage().read(file.key)
    file.size, file.sha256 = len(data), hashlib.sha256(data).hexdigest()
    file.content_type, file.visibility = content_type_of(file.key), user.media_visibility()
    grace = timedelta(seconds=gallery_settings().pending_seconds)
    file.state, file.delete_after = MediaFile.State.PENDING, timezone.now() + grace
    MediaFile.objects.bulk_create([file], ignore_conflicts=True)
    user.settle_files()
    return True


def _drop_rendition(file: MediaFile) -> None:
    """Delete a damaged rendition and have it made again; one that was made anew stays."""
    with transaction.atomic():
        same = MediaFile.objects.filter(
            pk=file.pk, state=MediaFile.State.LIVE, size=file.size, sha256=file.sha256
        )
        if not same.select_for_update().exists():
            return
        same.update(state=MediaFile.State.STALE, delete_after=timezone.now())
        if file.original is not None:
            queue_warming(file.original.key)
    sweep_keys([file.key])
