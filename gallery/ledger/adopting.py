"""Originals that were in the storage before us: the ledger knows them, and never deletes them.

They have no model's row. Their source is a name without dots, and their object is their key. They
are recorded live at once: a pending row would have the sweep delete a file that is not ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from django.core.files.storage import default_storage
from django.utils import timezone

from gallery.exceptions import KeyTaken
from gallery.ledger.exposing import note_changes
from gallery.models import MediaFile
from gallery.storage import storage_errors

State = MediaFile.State


def adopted_id(key: str) -> str:
    """Return the object id of an adopted original: as long as the column, whatever the key."""
    return hashlib.sha256(key.encode()).hexdigest()


def is_adopted(file: MediaFile) -> bool:
    """Tell whether this is the row of a file that somebody else keeps.

    A rendition that lost its original has a row of its own under the same source, until it is
    swept: its object is another key.
    """
    is_named = "." not in file.source and file.is_original
    return is_named and file.object_id == adopted_id(file.key)


def adopt(file: MediaFile) -> None:
    """Record a file that is in the storage as a live original of its source.

    Raises:
        KeyTaken: the ledger knows the key as another file.
    """
    file.object_id, file.state, file.delete_after = adopted_id(file.key), State.LIVE, None
    # Another process may be adopting the same.
    MediaFile.objects.bulk_create([file], ignore_conflicts=True)
    rows = MediaFile.objects.of_object(file.source, file.object_id)
    if not rows.filter(key=file.key, state=State.LIVE).exists():
        raise KeyTaken


def show_adopted(source: str, key: str, *, visibility: str) -> None:
    """Let an adopted original and what was made of it be seen by those that its source says."""
    family = MediaFile.objects.of_object(source, adopted_id(key))
    note_changes(family, visibility=visibility)
    family.update(visibility=visibility, updated_at=timezone.now())


def refuse_taken(keys: Collection[str], *, original: MediaFile | None) -> None:
    """Refuse to put renditions of an adopted original where other files are.

    Args:
        keys: where its renditions are to be put.
        original: its row; None before it is adopted.

    Raises:
        KeyTaken: there is a file that is no rendition of it.
    """
    if original is not None and not is_adopted(original):
        return  # ours are called by what nobody else knows
    known = dict(MediaFile.objects.filter(key__in=keys).values_list("key", "original_id"))
    own = original.pk if original else None
    if any(own is None or found != own for found in known.values()):
        raise KeyTaken
    with storage_errors():
        is_taken = any(default_storage.exists(key) for key in keys if key not in known)
    if is_taken:
        raise KeyTaken
