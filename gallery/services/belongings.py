"""Images that came with one object, and go with it: those uploaded into its gallery.

Where a model with a gallery has a `key_prefix` of its own, what is uploaded there can be told from
what was attached from the library. `attachments.detach` leaves both in the library.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.db import models

from gallery.models import Image
from gallery.models.gallery import lock_images
from gallery.registry import Attachable
from gallery.services.locked_gallery import LockedGallery, locked_gallery
from orgs import preconditions
from orgs.models import Organization
from orgs.preconditions import Precondition

MayDelete = Callable[[Image], bool]


def anybodys(_image: Image) -> bool:
    """Let any image be deleted."""
    return True


def take_out(
    *,
    obj: models.Model,
    image_id: int,
    organization: Organization | None = None,
    may_delete: MayDelete = anybodys,
    precondition: Precondition = preconditions.none,
) -> None:
    """Take an image out of the gallery; delete it if it came with the object.

    What `may_delete` says no to stays in the library.

    Raises:
        NotAttachable: the object has no gallery.
        NotAttached: the image is not in it.
    """
    with locked_gallery(obj, organization) as locked:
        locked.relation_of(image_id)
        precondition()
        _take_out(locked, [image_id], may_delete)


def delete_with_belongings(
    *,
    obj: models.Model,
    organization: Organization | None = None,
    may_delete: MayDelete = anybodys,
    precondition: Precondition = preconditions.none,
) -> None:
    """Delete the object, and the images that came with it.

    What `may_delete` says no to stays in the library.

    Raises:
        NotAttachable: the object has no gallery, or is gone already.
    """
    with locked_gallery(obj, organization) as locked:
        precondition()
        _take_out(locked, [relation.image_id for relation in locked.relations], may_delete)
        obj.delete()


def _take_out(locked: LockedGallery, image_ids: Collection[int], may_delete: MayDelete) -> None:
    # Whoever attaches an image locks it, so that none is attached elsewhere from here on.
    images = lock_images(Image.objects.filter(pk__in=image_ids))
    locked.remove(image_ids)
    came_along = [
        each.pk for each in images if _came_along(each, locked.attachable) and may_delete(each)
    ]
    Image.objects.filter(pk__in=came_along, relations=None).delete()


def _came_along(image: Image, attachable: Attachable) -> bool:
    prefix = attachable.key_prefix
    # Of a gallery that shares the library's folder, nobody could tell.
    return prefix not in {"", Image.key_prefix} and image.original_key.startswith(f"{prefix}/")
