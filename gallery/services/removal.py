"""Delete images; their files follow after commit, or with the next sweep."""

from __future__ import annotations

from django.db import transaction

from gallery.exceptions import ImageInUse
from gallery.models import Image


@transaction.atomic
def delete_image(*, image: Image, force: bool = False) -> None:
    """Delete an image with its places in galleries and all its files.

    Raises:
        ImageInUse: it is attached and `force` is not given; nothing was changed.
    """
    locked = Image.objects.select_for_update().get(pk=image.pk)
    if not force and locked.relations.exists():
        raise ImageInUse
    locked.delete()
