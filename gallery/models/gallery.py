"""The gallery of one object as a whole: its lock, and what must hold of its relations together.

Whoever changes a gallery holds its lock. Locks are taken in one order, so that nobody waits in
turn: galleries, then images by primary key, then relations, then the ledger's rows. Whoever takes
several galleries waits for none of them with another in hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import OperationalError, models, transaction

if TYPE_CHECKING:
    from gallery.models.image import Image
    from gallery.models.relation import PolymorphicImageRelation
    from gallery.querysets import ImageQuerySet, RelationQuerySet


LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's code for a lock that somebody else has."""


@dataclass(frozen=True, slots=True, order=True)
class Gallery:
    """The images attached to one object, of whatever model."""

    content_type_id: int
    object_id: str

    @classmethod
    def of(cls, obj: models.Model) -> Gallery:
        """Return the gallery of `obj`; a proxy has that of its concrete model."""
        return cls(ContentType.objects.get_for_model(obj).pk, str(obj.pk))

    @property
    def relations(self) -> RelationQuerySet:
        """Its relations, in order."""
        return relations().in_gallery(self.content_type_id, self.object_id).in_order()

    def lock(self, *, is_patient: bool = True) -> models.Model | None:
        """Lock the object until the transaction ends; return it as it is now, None if it is gone.

        A lock on its row, so that it also holds up the deletion of the object.

        Raises:
            OperationalError: somebody else has it, and the caller would rather not wait.
        """
        model = ContentType.objects.get_for_id(self.content_type_id).model_class()
        if model is None:
            return None
        try:
            key = model._meta.pk.to_python(self.object_id)
        except (ValueError, ValidationError):
            return None  # no key of this model looks like that
        rows = model._base_manager.select_for_update(no_key=True, nowait=not is_patient)
        return rows.filter(pk=key).first()

    def arrange(self, in_order: Sequence[PolymorphicImageRelation]) -> None:
        """Count the places of all relations from 0 without gaps. Under the lock.

        The database holds PostgreSQL to it when the transaction ends.
        """
        moved = []
        for place, relation in enumerate(in_order):
            if relation.order != place:
                relation.order = place
                moved.append(relation)
        if moved:
            relations().bulk_update(moved, ["order"])

    def put_on_cover(self, cover: PolymorphicImageRelation | None) -> None:
        """Make `cover` the only one, or have none. Under the lock."""
        # Clear first: the database takes no second cover, not for a moment.
        covers = self.relations.filter(is_cover=True)
        (covers.exclude(pk=cover.pk) if cover else covers).update(is_cover=False)
        if cover is not None and not cover.is_cover:
            cover.is_cover = True
            cover.save(update_fields=["is_cover"])


def relations() -> RelationQuerySet:
    """Return all relations there are."""
    model = apps.get_model("gallery", "PolymorphicImageRelation")
    return cast("RelationQuerySet", model.objects.all())


def galleries_of(found: RelationQuerySet) -> set[Gallery]:
    """Return the galleries that some relations are in."""
    keys = found.order_by().values_list("content_type_id", "object_id").distinct()
    return {Gallery(*key) for key in keys}


def lock_galleries(galleries: Iterable[Gallery]) -> None:
    """Lock several galleries, and never wait for one with another in hand.

    An order of ours would not do: Django deletes objects, and what hangs on them, in its own.
    Those of deleted objects are nobody's.
    """
    wanted = set(galleries)
    busy: Gallery | None = None
    while True:
        with transaction.atomic():
            busy = _lock_all(wanted, first=busy)
            if busy is None:
                return
            transaction.set_rollback(True)


def _lock_all(galleries: Iterable[Gallery], *, first: Gallery | None) -> Gallery | None:
    """Lock galleries, waiting for `first` alone; return one that somebody else has, if any.

    Then the caller lets go of all, and comes back with that one first. No savepoint of its own:
    whoever waits for a lock of a savepoint that was released waits, in PostgreSQL, for the end of
    the whole transaction from then on, even when the savepoint around it is rolled back.
    """
    in_turn = sorted(galleries, key=lambda gallery: (gallery != first, gallery))
    for gallery in in_turn:
        try:
            gallery.lock(is_patient=gallery is in_turn[0])
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                raise
            return gallery
    return None


def lock_with_galleries(images: ImageQuerySet) -> list[int]:
    """Lock `images` and before them every gallery they are in; return their primary keys.

    Part of the current transaction, to whose end they are attached nowhere else.
    """
    pks = list(images.order_by().values_list("pk", flat=True))
    uses = relations().filter(image__in=pks)
    rows = apps.get_model("gallery", "Image")._base_manager.filter(pk__in=pks)
    busy: Gallery | None = None
    while True:
        with transaction.atomic():
            locked = galleries_of(uses)
            busy = _lock_all(locked, first=busy)
            if busy is None:
                there = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
                if galleries_of(uses) <= locked:
                    return there
            # Busy, or attached meanwhile: let go of everything and begin again.
            transaction.set_rollback(True)


def lock_images(images: ImageQuerySet) -> list[Image]:
    """Lock images for a change, in the order of their keys, and return those that are there."""
    return list(images.select_for_update(no_key=True).order_by("pk"))


def abandon(gallery: Gallery) -> None:
    """Delete the relations of a deleted object; part of the transaction that deletes it.

    Crops on a focal point that only they had are retired after commit: Django deletes object after
    object, and whoever locks images on the way locks them in no order.
    """
    cropped = set(gallery.relations.exclude(ppoi=None).values_list("image_id", flat=True))
    models.QuerySet.delete(gallery.relations)

    def settle() -> None:
        images = apps.get_model("gallery", "Image").objects
        for pk in sorted(cropped):
            with transaction.atomic():
                for image in lock_images(images.filter(pk=pk)):
                    image.settle_files()

    if cropped:
        transaction.on_commit(settle, robust=True)


@transaction.atomic
def use_rendition_set(gallery: Gallery, set_of: Callable[[models.Model], str]) -> None:
    """Give the images in a gallery the renditions that they have there; those missing are made.

    By what the row says under the lock: `save()` may have left fields out, or was not the last.
    """
    current = gallery.lock() if gallery.relations.exists() else None
    if current is None:
        return
    rendition_set = set_of(current)
    others = gallery.relations.exclude(rendition_set=rendition_set)
    image_ids = set(others.values_list("image_id", flat=True))
    images = lock_images(apps.get_model("gallery", "Image").objects.filter(pk__in=image_ids))
    others.update(rendition_set=rendition_set)
    for image in images:
        image.settle_files()


@transaction.atomic
def remove_relations(found: RelationQuerySet) -> tuple[int, dict[str, int]]:
    """Delete relations and mend what they leave behind; return what Django's `delete()` returns.

    The ranks close, a lost cover goes to the first of the rest, and crops on a focal point that
    only a deleted relation had are retired.
    """
    galleries = galleries_of(found)
    lock_galleries(galleries)
    # Read again: the locks may have come after somebody else's change.
    again = relations().filter(pk__in=found.order_by().values("pk"))
    doomed = [relation for relation in again if relation.gallery in galleries]
    images = apps.get_model("gallery", "Image").objects
    cropped = {relation.image_id for relation in doomed if relation.ppoi is not None}
    to_settle = lock_images(images.filter(pk__in=cropped))
    rows = relations().filter(pk__in=[relation.pk for relation in doomed])
    deleted = models.QuerySet.delete(rows)
    without_cover = {relation.gallery for relation in doomed if relation.is_cover}
    for gallery in sorted(galleries):
        rest = list(gallery.relations)
        gallery.arrange(rest)
        if rest and gallery in without_cover:
            gallery.put_on_cover(rest[0])
    for image in to_settle:
        image.settle_files()
    return deleted
