"""One object's gallery under its lock, and what can be done to it there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypedDict, cast

from django.db import models, transaction

from gallery.conf import gallery_settings
from gallery.exceptions import GalleryFull, NotAttachable, NotAttached, ObjectGone, UnknownImages
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Gallery, Image, PolymorphicImageRelation
from gallery.models.gallery import lock_images
from gallery.registry import Attachable, attachable_of
from orgs.models import Organization


class Placement(TypedDict, total=False):
    """What is said about an image in one gallery."""

    custom_title: str
    custom_alt_text: str
    custom_description: str
    custom_decorative: bool | None
    """None is as the image says."""
    is_cover: bool
    order: int
    """Its place from 0; beyond the last one is the last one."""
    focal_point: FocalPoint | None
    """Where crops centre here; None is the image's own point."""


@dataclass(slots=True)
class LockedGallery:
    """A gallery that nobody else changes for as long as the transaction lasts."""

    gallery: Gallery
    attachable: Attachable
    organization_id: int
    rendition_set: str
    """The set that images have in this gallery; empty for their own."""
    relations: list[PolymorphicImageRelation]
    """All of them, in order."""

    def relation_of(self, image_id: int) -> PolymorphicImageRelation:
        """Return the place of an image.

        Raises:
            NotAttached: it has none.
        """
        for relation in self.relations:
            if relation.image_id == image_id:
                return relation
        raise NotAttached

    def require_room(self, *, for_images: int) -> None:
        """Insist that so many more images fit.

        Raises:
            GalleryFull: they don't.
        """
        limit = gallery_settings().max_per_object
        if len(self.relations) + for_images > limit:
            raise GalleryFull(f"A gallery has at most {limit} images.", limit=limit)

    def require_images(self, image_ids: set[int]) -> None:
        """Insist that these are images of the organisation, and lock them.

        Raises:
            UnknownImages: some are not. Which of them exist elsewhere, nobody learns.
        """
        ours = Image.objects.filter(organization=self.organization_id, pk__in=image_ids)
        there = {image.pk for image in lock_images(ours.only("pk"))}
        if there != image_ids:
            raise UnknownImages(image_ids=sorted(image_ids - there))

    def add(self, image_ids: Iterable[int]) -> list[PolymorphicImageRelation]:
        """Attach what is not attached yet; return the relation of each image, as asked."""
        wanted = list(dict.fromkeys(image_ids))
        self.require_images(set(wanted))
        by_image = {relation.image_id: relation for relation in self.relations}
        new = [image_id for image_id in wanted if image_id not in by_image]
        self.require_room(for_images=len(new))
        # Whatever was written past the services has left no gaps when this is through.
        self.gallery.arrange(self.relations)
        taken = len(self.relations)
        created = PolymorphicImageRelation.objects.bulk_create(
            PolymorphicImageRelation(
                organization_id=self.organization_id,
                content_type_id=self.gallery.content_type_id,
                object_id=self.gallery.object_id,
                image_id=image_id,
                order=place,
                is_cover=place == 0,
                rendition_set=self.rendition_set,
            )
            for place, image_id in enumerate(new, start=taken)
        )
        if self.rendition_set:
            for image in lock_images(Image.objects.filter(pk__in=new)):
                image.settle_files()  # which has what is missing made
        self.relations += created
        by_image |= {relation.image_id: relation for relation in created}
        return [by_image[image_id] for image_id in wanted]

    def place(self, relation: PolymorphicImageRelation, placement: Placement) -> None:
        """Apply what is given and leave the rest."""
        moves = "focal_point" in placement and placement["focal_point"] != relation.own_focal_point
        # The image before any relation, as everybody does: its files are settled in the end.
        images = lock_images(Image.objects.filter(pk=relation.image_id)) if moves else []
        if "order" in placement:
            others = [other for other in self.relations if other is not relation]
            others.insert(placement["order"], relation)
            self.gallery.arrange(others)
        if "is_cover" in placement and placement["is_cover"] != relation.is_cover:
            self.put_on_cover(relation if placement["is_cover"] else None)
        texts = {name for name in placement if name.startswith("custom_")}
        for name in texts:
            setattr(relation, name, cast("dict[str, Any]", placement)[name])
        if texts:
            relation.save(update_fields=texts)
        for image in images:
            relation.ppoi = placement["focal_point"]
            relation.save(update_fields=["ppoi"])
            image.settle_files()

    def remove(self, image_ids: Collection[int]) -> None:
        """Detach those of these images that are in the gallery."""
        if image_ids:
            self.gallery.relations.filter(image__in=image_ids).delete()
            self.relations = list(self.gallery.relations)

    def put_first(self, relations: Sequence[PolymorphicImageRelation]) -> None:
        """Put these in this order, and the others behind them as they are."""
        there = {relation.pk for relation in relations}
        self.relations = [*relations, *(each for each in self.relations if each.pk not in there)]
        self.gallery.arrange(self.relations)

    def put_on_cover(self, cover: PolymorphicImageRelation | None) -> None:
        """Make `cover`, one of the relations, the only one, or have none."""
        self.gallery.put_on_cover(cover)
        for relation in self.relations:
            relation.is_cover = relation is cover


@contextmanager
def locked_gallery(
    obj: models.Model, organization: Organization | None = None
) -> Iterator[LockedGallery]:
    """Open a transaction in which only the caller changes the gallery of `obj`.

    Args:
        obj: of a registered model.
        organization: whose the object must be by now; any if None.

    Raises:
        NotAttachable: the object has no gallery, or is in no organisation, or in another one.
        ObjectGone: somebody deleted it meanwhile.
    """
    attachable = attachable_of(obj._meta.model)
    if attachable is None:
        raise NotAttachable
    gallery = Gallery.of(obj)
    with transaction.atomic():
        current = gallery.lock()
        if current is None:
            raise ObjectGone
        organization_id = attachable.organization_id_of(current)
        if organization_id is None or (organization and organization.pk != organization_id):
            raise NotAttachable
        relations = list(gallery.relations)
        if any(relation.organization_id != organization_id for relation in relations):
            # The object changed hands. Another organisation's images do not come along.
            gallery.relations.exclude(organization=organization_id).delete()
            relations = list(gallery.relations)
        rendition_set = attachable.rendition_set_of(current)
        yield LockedGallery(gallery, attachable, organization_id, rendition_set, relations)
