"""Change what is said about an image, who sees it, and where it is cropped."""

from __future__ import annotations

from typing import Unpack

from django.db import transaction

from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image
from gallery.services.uploads import Description, as_warmed


def update_image(
    *, image: Image, focal_point: FocalPoint | None = None, **description: Unpack[Description]
) -> Image:
    """Save the given values; a moved focal point re-crops under new keys after commit.

    Crops on the old point answer until their grace period ends, unless another use has it too.
    """
    for name, value in description.items():
        setattr(image, name, value)
    changed = set(description)
    if focal_point is not None and focal_point != image.focal_point:
        image.focal_point = focal_point
        image.status = Image.Status.PENDING
        changed |= {"ppoi", "status"}
    with transaction.atomic():
        image.save(update_fields={*changed, "updated_at"})
    return as_warmed(image)
