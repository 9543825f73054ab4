"""An image's place in one object's gallery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Deferrable, Q

from gallery.imaging.focal_point import FocalPoint
from gallery.models.fields import FocalPointField, focal_point_of, ppoi_constraint
from gallery.models.gallery import Gallery, remove_relations
from gallery.models.image import Image
from gallery.models.pipeline import pipeline
from gallery.querysets import RelationQuerySet

if TYPE_CHECKING:
    from gallery.renditions.handles import Rendition


class _Relations(RelationQuerySet):
    """Relations that are not deleted without mending their galleries."""

    def delete(self) -> tuple[int, dict[str, int]]:
        """Detach the images: ranks close, covers are handed on, crops nobody uses are retired."""
        return remove_relations(self)

    delete.alters_data = True  # type: ignore[attr-defined]  # as Django marks its own
    delete.queryset_only = True  # type: ignore[attr-defined]  # likewise


class PolymorphicImageRelation(models.Model):
    """One image in the gallery of one object, with what is said about it there.

    `object_id` is text so that integer and UUID keys both work. Empty custom fields mean "as the
    image says"; a null focal point means "the image's own".
    """

    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, related_name="image_relations"
    )
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="relations")
    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    object_id = models.CharField(max_length=64)
    content_object = GenericForeignKey("content_type", "object_id")

    is_cover = models.BooleanField(default=False)
    order = models.PositiveIntegerField(default=0)
    ppoi = FocalPointField("own focal point", null=True, blank=True)
    rendition_set = models.CharField(
        max_length=64, blank=True, editable=False, help_text="The object's; empty: the image's own."
    )
    custom_title = models.CharField(max_length=255, blank=True)
    custom_alt_text = models.CharField(max_length=500, blank=True)
    custom_description = models.TextField(blank=True)
    custom_decorative = models.BooleanField(
        null=True, blank=True, help_text="Whether it says nothing here; empty: as the image says."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = _Relations.as_manager()

    class Meta:
        ordering: ClassVar = ["order", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "image"], name="relation_image_once"
            ),
            models.UniqueConstraint(
                fields=["content_type", "object_id"],
                condition=Q(is_cover=True),
                name="relation_one_cover",
            ),
            # Deferred, so that a reorder may pass through states in which two share a place.
            models.UniqueConstraint(
                fields=["content_type", "object_id", "order"],
                deferrable=Deferrable.DEFERRED,
                name="relation_one_place",
            ),
            models.CheckConstraint(condition=~Q(object_id=""), name="relation_has_object"),
            ppoi_constraint("ppoi", name="relation_focal_point_in_range"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["content_type", "object_id", "order"], name="relation_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.image_id} in {self.content_type_id}:{self.object_id}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Detach the image, as for many."""
        return type(self).objects.filter(pk=self.pk).delete()

    @property
    def gallery(self) -> Gallery:
        """The gallery this is a place in."""
        return Gallery(self.content_type_id, self.object_id)

    @property
    def own_focal_point(self) -> FocalPoint | None:
        """Where crops centre here and nowhere else; None means the image's own point."""
        return None if self.ppoi is None else focal_point_of(self.ppoi)

    @property
    def focal_point(self) -> FocalPoint:
        """Where crops centre here: the relation's own point, else the image's."""
        return self.own_focal_point or self.image.focal_point

    def renditions(self) -> list[Rendition]:
        """Return the renditions that the image has here, made or not; asks nobody."""
        return pipeline().renditions(
            self.image, focal_point=self.focal_point, rendition_set=self.rendition_set
        )

    def rendition(self, name: str) -> Rendition:
        """Return the rendition called `name` that the image has here, made or not; asks nobody.

        Raises:
            UnknownRendition: its set has none of this name.
        """
        return pipeline().named(self.renditions(), name)

    @property
    def title(self) -> str:
        """The title here: the relation's own, else the image's."""
        return self.custom_title or self.image.title

    @property
    def alt_text(self) -> str:
        """The alt text here: the relation's own, else the image's; none where it is decorative."""
        return "" if self.decorative else self.custom_alt_text or self.image.alt_text

    @property
    def decorative(self) -> bool:
        """Whether it says nothing here, so that screen readers skip it.

        An alt text that was written for this place says otherwise than the image.
        """
        if self.custom_decorative is not None:
            return self.custom_decorative
        return self.image.decorative and not self.custom_alt_text

    @property
    def is_missing_alt(self) -> bool:
        """Whether it needs words here and has none."""
        return not self.decorative and not self.alt_text

    @property
    def description(self) -> str:
        """The description here: the relation's own, else the image's."""
        return self.custom_description or self.image.description
