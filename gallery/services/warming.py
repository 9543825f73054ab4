"""Have the renditions of an image made that are missing."""

from __future__ import annotations

from django.db import transaction

from gallery.models import Image
from gallery.services.uploads import as_warmed, lock_image
from orgs import preconditions
from orgs.preconditions import Precondition


def warm_image(*, image: Image, precondition: Precondition = preconditions.none) -> Image:
    """Make what the image lacks, after commit: here, or by a worker where its set says so.

    An image that was given up gets new attempts. What is made just in time is left to that.

    Returns:
        The image; `pending` while a worker is at it.

    Raises:
        Image.DoesNotExist: somebody deleted it meanwhile.
    """
    with transaction.atomic():
        lock_image(image)
        precondition()
        image.settle_files()
    return as_warmed(image)
