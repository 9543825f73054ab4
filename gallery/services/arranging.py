"""A whole gallery at once, as an editor leaves it: what is out, what is new, order and cover."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import models

from gallery.models import Image, PolymorphicImageRelation
from gallery.models.gallery import lock_images
from gallery.services.locked_gallery import LockedGallery, Placement, locked_gallery


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """One image of the gallery, and what is to change about it there."""

    image: Image
    """In the library, or a new one whose file is stored and whose row is not saved yet."""
    placement: Placement
    """What is said anew; empty where all stays. An order is not said here."""
    is_new: bool
    """Whether the image comes to the gallery now."""


def arrange_gallery(
    *,
    obj: models.Model,
    places: Sequence[Place],
    detached: Collection[int] = (),
    is_reordered: bool = False,
) -> list[PolymorphicImageRelation]:
    """Apply everything an editor did to one gallery: all of it or, with an error, nothing.

    What others changed meanwhile and the editor did not stays. Images that others attached come
    last where the order is said anew.

    Args:
        obj: whose gallery.
        places: its images in order, without the detached ones. The rows of new ones are saved here.
        detached: the ids of images to take out, those that are in it.
        is_reordered: whether the order of `places` is to be that of the gallery.

    Returns:
        The relation of each place.

    Raises:
        NotAttachable: the object has no gallery.
        NotAttached: somebody detached one of the places meanwhile.
        UnknownImages: a new one is not of the object's organisation, or gone.
        GalleryFull: there would be more images than allowed.
    """
    with locked_gallery(obj) as locked:
        locked.remove(detached)
        # Before any of them is changed, in the order in which everybody locks them.
        touched = {place.image.pk for place in places if place.placement or place.is_new}
        lock_images(Image.objects.filter(pk__in=touched - {None}))
        relations = [_relation_of(place, locked) for place in places]
        for relation, place in zip(relations, places, strict=True):
            locked.place(relation, place.placement)
        if is_reordered:
            locked.put_first(relations)
    return relations


def _relation_of(place: Place, locked: LockedGallery) -> PolymorphicImageRelation:
    if not place.is_new:
        return locked.relation_of(place.image.pk)
    if place.image._state.adding:
        place.image.organization_id = locked.organization_id
        locked.require_room(for_images=1)
        place.image.save()
    [relation] = locked.add([place.image.pk])
    return relation
