"""Delete images; their files follow after commit, or with the next sweep."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypedDict

from django.db import transaction

from gallery.exceptions import DeletionNotAllowed, GalleryError, ImageInUse, ImageNotFound
from gallery.models import Image
from gallery.models.gallery import lock_with_galleries
from orgs import preconditions
from orgs.models import Organization
from orgs.preconditions import Precondition

MAX_USES_SHOWN = 100


class Usage(TypedDict):
    """One object that has an image in its gallery."""

    app_label: str
    model: str
    object_id: str


@transaction.atomic
def delete_image(
    *, image: Image, force: bool = False, precondition: Precondition = preconditions.none
) -> None:
    """Delete an image with its places in galleries and all its files.

    The galleries close their ranks and hand their cover on. An image that somebody else deleted
    meanwhile is what was asked for: no error.

    Raises:
        ImageInUse: it is attached and `force` is not given; nothing was changed. `usage` says
            where, the first hundred places, and `count` how many there are.
    """
    if not lock_with_galleries(Image.objects.filter(pk=image.pk)):
        return
    precondition()
    if not force:
        count = image.relations.count()
        if count:
            raise ImageInUse(usage=usage_of(image), count=count)
    image.delete()


@dataclass(frozen=True, slots=True)
class FailedDeletion:
    """One image that was not deleted, and why."""

    id: int
    error: GalleryError


def delete_images(
    *,
    organization: Organization,
    image_ids: Iterable[int],
    may_delete: Callable[[Image], bool],
    force: bool = False,
) -> tuple[list[int], list[FailedDeletion]]:
    """Delete several images of an organisation, each standing alone, those named twice once.

    Args:
        organization: whose images; the ids of others are unknown.
        image_ids: in the order of the answer.
        may_delete: tells whether the one who asks may delete an image.
        force: also those that are attached.

    Returns:
        The ids of those that are gone, and the others.
    """
    wanted = list(dict.fromkeys(image_ids))
    images = Image.objects.in_org(organization).in_bulk(wanted)
    deleted: list[int] = []
    failures: list[FailedDeletion] = []
    for image_id in wanted:
        image = images.get(image_id)
        try:
            if image is None:
                raise ImageNotFound
            if not may_delete(image):
                raise DeletionNotAllowed
            delete_image(image=image, force=force)
        except GalleryError as error:
            failures.append(FailedDeletion(image_id, error))
        else:
            deleted.append(image_id)
    return deleted, failures


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
