"""Delete images; their files follow after commit, or with the next sweep."""

from __future__ import annotations

from typing import TypedDict

from django.db import transaction

from gallery.exceptions import ImageInUse
from gallery.models import Image

MAX_USES_SHOWN = 100


class Usage(TypedDict):
    """One object that has an image in its gallery."""

    app_label: str
    model: str
    object_id: str


@transaction.atomic
def delete_image(*, image: Image, force: bool = False) -> None:
    """Delete an image with its places in galleries and all its files.

    An image that somebody else deleted meanwhile is what was asked for: no error.

    Raises:
        ImageInUse: it is attached and `force` is not given; nothing was changed. `usage` says
            where, the first hundred places, and `count` how many there are.
    """
    locked = Image.objects.select_for_update().filter(pk=image.pk).first()
    if locked is None:
        return
    if not force:
        count = locked.relations.count()
        if count:
            raise ImageInUse(usage=usage_of(locked), count=count)
    locked.delete()


def usage_of(image: Image) -> list[Usage]:
    """Return where an image is used, the first hundred places."""
    relations = image.relations.select_related("content_type").order_by("pk")
    return [
        Usage(
            app_label=relation.content_type.app_label,
            model=relation.content_type.model,
            object_id=relation.object_id,
        )
        for relation in relations[:MAX_USES_SHOWN]
    ]
