"""Attach images to objects, detach them, say their order, their cover and how they look there.

Every verb holds the lock of the one gallery it changes, so that any number of them at once end as
if they had come one after the other: at most one cover, places counted from 0 without gaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Unpack, cast

from django.contrib.auth.models import AbstractBaseUser
from django.core.files.base import File
from django.db import models

from gallery.exceptions import OrderMismatch
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, PolymorphicImageRelation
from gallery.services.locked_gallery import Placement, locked_gallery
from gallery.services.uploads import (
    Description,
    FailedUpload,
    UploadIds,
    as_warmed,
    made_once,
    stored,
    unnamed,
    upload_each,
)
from orgs import preconditions
from orgs.models import Organization
from orgs.preconditions import Precondition


def attach(
    *,
    obj: models.Model,
    image: Image,
    organization: Organization | None = None,
    **placement: Unpack[Placement],
) -> PolymorphicImageRelation:
    """Attach one image at the end; the first of a gallery becomes its cover.

    What is attached already keeps its place, unless `placement` says otherwise.

    Args:
        obj: whose gallery.
        image: of the same organisation.
        organization: whose `obj` must be when it is locked; here and below, any if None.
        placement: what is said about the image there.

    Raises:
        NotAttachable: the object has no gallery, or is not of `organization`.
        UnknownImages: the image is not of the object's organisation, or gone.
        GalleryFull: there are as many images as allowed.
    """
    with locked_gallery(obj, organization) as locked:
        [relation] = locked.add([image.pk])
        locked.place(relation, placement)
    return relation


def bulk_attach(
    *,
    obj: models.Model,
    image_ids: Iterable[int],
    organization: Organization | None = None,
) -> list[PolymorphicImageRelation]:
    """Attach several images at the end, in this order: all of them or, with an error, none.

    Those attached already keep their place. Returns the relation of each image, once, as asked.

    Raises:
        NotAttachable, UnknownImages, GalleryFull: as for one.
    """
    with locked_gallery(obj, organization) as locked:
        return locked.add(image_ids)


def upload_and_attach(
    *,
    obj: models.Model,
    creator: AbstractBaseUser | None,
    upload: File[Any],
    organization: Organization | None = None,
    description: Description | None = None,
    image_focal_point: FocalPoint = FocalPoint.CENTER,
    upload_id: str | None = None,
    **placement: Unpack[Placement],
) -> PolymorphicImageRelation:
    """Store `upload` as a new image of the object's organisation, attached in one transaction.

    `image_focal_point` is the image's own, wherever it is shown; a `focal_point` is for this place.

    Raises:
        NotAttachable, GalleryFull: as for an image that exists; nothing was stored.
        ImageRejected: the bytes are not an acceptable image; nothing was stored.
        StorageUnavailable: the storage failed; nothing was recorded.
    """
    with locked_gallery(obj, organization) as locked:
        # Before the work: whether there is room. It is asked again when the file is stored.
        locked.require_room(for_images=0 if upload_id else 1)

    made: list[PolymorphicImageRelation] = []

    def make() -> Image:
        image = Image(
            organization_id=locked.organization_id,
            creator=cast("Any", creator),
            upload_id=upload_id,
            **(description or {}),
        )
        image.upload_limits = locked.attachable.upload_limits
        image.key_prefix = locked.attachable.key_prefix or image.key_prefix
        image.file = upload
        image.focal_point = image_focal_point
        made.append(_save_and_attach(image, obj, organization, placement))
        return image

    image = as_warmed(made_once(upload_id, make))
    # Of an upload that arrived before, the first answer was lost: it is attached already.
    relation = made[0] if made else attach(obj=obj, image=image, organization=organization)
    relation.image = image
    return relation


def _save_and_attach(
    image: Image, obj: models.Model, organization: Organization | None, placement: Placement
) -> PolymorphicImageRelation:
    with stored(image), locked_gallery(obj, organization) as locked:
        locked.require_room(for_images=1)
        image.save()
        [relation] = locked.add([image.pk])
        locked.place(relation, placement)
    return relation


def upload_and_attach_each(
    *,
    obj: models.Model,
    creator: AbstractBaseUser | None,
    uploads: Sequence[File[Any]],
    organization: Organization | None = None,
    upload_ids: UploadIds = unnamed,
) -> tuple[list[Image], list[FailedUpload]]:
    """Upload and attach several files, each standing alone; return what was stored and what not."""
    return upload_each(
        uploads,
        lambda index, upload: (
            upload_and_attach(
                obj=obj,
                creator=creator,
                upload=upload,
                organization=organization,
                upload_id=upload_ids(index),
            ).image
        ),
    )


def detach(
    *,
    obj: models.Model,
    image_id: int,
    organization: Organization | None = None,
    precondition: Precondition = preconditions.none,
) -> None:
    """Take one image out of the gallery; a lost cover goes to the first of the rest.

    Raises:
        NotAttachable: the object has no gallery.
        NotAttached: the image is not in it.
    """
    with locked_gallery(obj, organization) as locked:
        relation = locked.relation_of(image_id)
        precondition()
        relation.delete()


def bulk_detach(
    *,
    obj: models.Model,
    image_ids: Iterable[int],
    organization: Organization | None = None,
) -> None:
    """Take several images out of the gallery, those that are in it: all or, with an error, none.

    Raises:
        NotAttachable: the object has no gallery.
        UnknownImages: some are not of the object's organisation.
    """
    wanted = set(image_ids)
    with locked_gallery(obj, organization) as locked:
        locked.require_images(wanted)
        locked.gallery.relations.filter(image__in=wanted).delete()


def reorder(
    *,
    obj: models.Model,
    image_ids: Sequence[int],
    organization: Organization | None = None,
) -> list[PolymorphicImageRelation]:
    """Put the images in this order, which names each of the gallery's exactly once.

    Raises:
        NotAttachable: the object has no gallery.
        OrderMismatch: other images, some missing or named twice; nothing moved. `image_ids` says
            what is in the gallery, in its present order.
    """
    with locked_gallery(obj, organization) as locked:
        by_image = {relation.image_id: relation for relation in locked.relations}
        if sorted(image_ids) != sorted(by_image):
            raise OrderMismatch(image_ids=list(by_image))
        in_order = [by_image[image_id] for image_id in image_ids]
        locked.gallery.arrange(in_order)
    return in_order


def set_cover(
    *, obj: models.Model, image_id: int, organization: Organization | None = None
) -> None:
    """Make an image of the gallery its cover; its place stays.

    Raises:
        NotAttachable: the object has no gallery.
        NotAttached: the image is not in it.
    """
    with locked_gallery(obj, organization) as locked:
        locked.put_on_cover(locked.relation_of(image_id))


def unset_cover(*, obj: models.Model, organization: Organization | None = None) -> None:
    """Leave the gallery without a cover of its own; `obj.cover` is its first image then.

    Raises:
        NotAttachable: the object has no gallery.
    """
    with locked_gallery(obj, organization) as locked:
        locked.put_on_cover(None)


def update_relation(
    *,
    obj: models.Model,
    image_id: int,
    organization: Organization | None = None,
    precondition: Precondition = preconditions.none,
    **placement: Unpack[Placement],
) -> PolymorphicImageRelation:
    """Change what is said about an image in this gallery, and nothing about it elsewhere.

    A focal point of its own re-crops the renditions that follow it, after commit and for this
    gallery only; another use with the same point shares the files.

    Raises:
        NotAttachable: the object has no gallery.
        NotAttached: the image is not in it.
    """
    with locked_gallery(obj, organization) as locked:
        relation = locked.relation_of(image_id)
        precondition()
        locked.place(relation, placement)
    return relation


def leave_images_behind(*, obj: models.Model) -> None:
    """Detach what is of another organisation than the object, as after it changed hands.

    Every other verb does so too, before anything else.

    Raises:
        NotAttachable: the object has no gallery.
    """
    with locked_gallery(obj):
        pass
