"""Change what is said about an image, who sees it, and where it is cropped."""

from __future__ import annotations

from typing import Unpack

from django.db import transaction

from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image
from gallery.services.uploads import Description, as_warmed, lock_image
from orgs import preconditions
from orgs.preconditions import Precondition


def update_image(
    *,
    image: Image,
    focal_point: FocalPoint | None = None,
    precondition: Precondition = preconditions.none,
    **description: Unpack[Description],
) -> Image:
    """Save the given values; a moved focal point re-crops under new keys after commit.

    Crops on the old point answer until their grace period ends, unless another use has it too.

    Raises:
        Image.DoesNotExist: somebody deleted it meanwhile.
    """
    for name, value in description.items():
        setattr(image, name, value)
    changed = {*description, "updated_at"}
    if focal_point is not None:
        # Saved even if `image` has it already: that may have been read before somebody moved it.
        image.focal_point = focal_point
        changed.add("ppoi")
    with transaction.atomic():
        lock_image(image)
        precondition()
        image.save(update_fields=changed)
    return as_warmed(image)
