"""Exchange or remove the one image of any object: `ImageMixin` and `HasRenditions`."""

from __future__ import annotations

from typing import Any

from django.core.files.base import File
from django.db import transaction

from gallery.exceptions import ObjectGone
from gallery.imaging.focal_point import FocalPoint
from gallery.models import HasRenditions
from gallery.services.uploads import stored
from orgs import preconditions
from orgs.preconditions import Precondition


def set_image(
    *,
    instance: HasRenditions,
    upload: File[Any],
    focal_point: FocalPoint = FocalPoint.CENTER,
    precondition: Precondition = preconditions.none,
) -> None:
    """Store `upload` as the image of a saved object; what was there answers for the grace period.

    Nothing else of `instance` is saved, but the times that are when it is.

    Raises:
        ImageRejected: the bytes are not an acceptable image; nothing was changed.
        StorageUnavailable: the storage failed; nothing was changed.
        ObjectGone: somebody deleted the object meanwhile.
    """
    precondition()  # before the work, and again when nobody else can change a thing
    setattr(instance, instance.image_field, upload)
    instance.focal_point = focal_point
    with stored(instance), transaction.atomic():
        _save(instance, precondition)


def clear_image(
    *, instance: HasRenditions, precondition: Precondition = preconditions.none
) -> None:
    """Leave a saved object without an image; the file answers for the grace period.

    Raises:
        ObjectGone: somebody deleted the object meanwhile.
    """
    setattr(instance, instance.image_field, "")
    with transaction.atomic():
        _save(instance, precondition)


def _save(instance: HasRenditions, precondition: Precondition) -> None:
    if instance.as_stored(is_locked=True) is None:
        raise ObjectGone
    precondition()
    times = {field.name for field in instance._meta.concrete_fields if _is_of_each_change(field)}
    instance.save(update_fields={instance.image_field, *times})


def _is_of_each_change(field: Any) -> bool:
    return bool(getattr(field, "auto_now", False))
