"""What a focal point is picked on: some whole picture of the image, and the crops it decides."""

from __future__ import annotations

from typing import Final

from gallery.models import HasRenditions
from gallery.models.widgets import PickerCrop, PickerPicture
from gallery.renditions.handles import handles
from gallery.renditions.sets import set_for
from gallery.renditions.urls import original_url

_LARGEST: Final = 1024  # pixels a side; what is shown has 420, on dense screens twice as many


def picker_picture(instance: HasRenditions, *, rendition_set: str = "") -> PickerPicture:
    """Return the picture of `instance` for its picker, also before there is one.

    Asks the ledger once unless `with_renditions()` did; never asks the storage.

    Args:
        instance: what the image belongs to; perhaps not saved yet.
        rendition_set: the set of one use of the image, instead of its own.

    Raises:
        InvalidRenditionSpec: its set cannot be read.
    """
    crops = tuple(
        PickerCrop(spec.name, spec.width, spec.height)
        for spec in set_for(instance, rendition_set)
        if spec.follows_focal_point
    )
    if not instance.original_key or not instance.stored_image.is_committed:
        return PickerPicture(crops=crops)
    width, height = instance.original_size
    return PickerPicture(_shown(instance, rendition_set), width, height, crops)


def _shown(instance: HasRenditions, rendition_set: str) -> str:
    """Return the URL of the largest whole picture that is made and not too large."""
    made = [
        each
        for each in handles(instance, set_for(instance, rendition_set))
        if not each.spec.follows_focal_point
        and max(each.width, each.height) <= _LARGEST
        and each.file
    ]
    if not made:
        return original_url(instance)
    return max(made, key=lambda each: each.width * each.height).url
