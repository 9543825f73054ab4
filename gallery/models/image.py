"""An image in an organisation's library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from gallery.models.fields import FocalPointField, ImageField, focal_point_of, ppoi_constraint
from gallery.models.gallery import lock_with_galleries, relations
from gallery.models.media_file import MediaFile
from gallery.models.mixins import HasRenditions, Use
from gallery.querysets import ImageQuerySet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self


class _Images(ImageQuerySet):
    """Images that are not deleted without mending the galleries they are in."""

    @transaction.atomic
    def delete(self) -> tuple[int, dict[str, int]]:
        """Take the images out of all galleries, then delete them; their files follow."""
        pks = lock_with_galleries(self)
        total, by_model = relations().filter(image__in=pks).delete()
        rows = self.model._base_manager.filter(pk__in=pks)
        more, more_by_model = models.QuerySet.delete(rows)
        return total + more, {**by_model, **more_by_model}

    delete.alters_data = True  # type: ignore[attr-defined]  # as Django marks its own
    delete.queryset_only = True  # type: ignore[attr-defined]  # likewise


class Image(HasRenditions):
    """A picture with its description, its focal point and the facts of its stored original."""

    class Status(models.TextChoices):
        PENDING = "pending"
        READY = "ready"
        FAILED = "failed"

    Visibility = MediaFile.Visibility

    image_field = "file"
    rendition_set = "gallery"
    key_prefix = "images"

    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, related_name="images"
    )
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="created_images",
    )
    file = ImageField(
        ppoi_field="ppoi",
        width_field="width",
        height_field="height",
        unique=True,
    )
    ppoi = FocalPointField("focal point")
    width = models.PositiveIntegerField(editable=False, help_text="Of the upright image.")
    height = models.PositiveIntegerField(editable=False, help_text="Of the upright image.")
    is_animated = models.BooleanField(default=False, editable=False)

    title = models.CharField(max_length=255, blank=True)
    alt_text = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    decorative = models.BooleanField(
        default=False, help_text="Says nothing: screen readers skip it and no alt text is missing."
    )
    visibility = models.CharField(
        max_length=7, choices=MediaFile.Visibility, default=MediaFile.Visibility.PUBLIC
    )

    status = models.CharField(max_length=7, choices=Status, default=Status.PENDING, editable=False)
    error = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Why warming failed: a stable code."
    )

    file_name = models.CharField(
        max_length=255, blank=True, editable=False, help_text="What the uploader called it."
    )
    file_size = models.PositiveBigIntegerField(editable=False, help_text="Bytes.")
    content_type = models.CharField(max_length=32, editable=False)
    md5 = models.CharField(max_length=32, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    bucket = models.CharField(max_length=255, null=True, blank=True, editable=False)  # noqa: DJ001
    placeholder_color = models.CharField(max_length=7, editable=False)
    placeholder_thumbhash = models.CharField(max_length=64, editable=False)

    upload_id = models.CharField(
        max_length=40,
        null=True,
        blank=True,
        unique=True,
        editable=False,
        help_text="The request that brought it, so that it is not brought twice.",
    )

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = _Images.as_manager()  # type: ignore[misc]  # its own, not the base's

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [
            ppoi_constraint("ppoi", name="image_focal_point_in_range"),
            models.CheckConstraint(condition=~Q(file=""), name="image_has_file"),
            models.CheckConstraint(
                condition=Q(width__gt=0, height__gt=0, file_size__gt=0), name="image_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(visibility__in=["public", "private"]), name="image_visibility_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "ready", "failed"]), name="image_status_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-created_at", "-id"], name="image_newest"),
            models.Index(fields=["organization", "title", "id"], name="image_by_title"),
            models.Index(fields=["organization", "file_size", "id"], name="image_by_size"),
        ]

    def __str__(self) -> str:
        return self.title or self.file_name or self.original_key

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the image, as for many."""
        return type(self).objects.filter(pk=self.pk).delete()

    @property
    def object_key(self) -> str:
        """The storage key of the original."""
        return self.original_key

    @classmethod
    def media_fields(cls) -> set[str]:
        return super().media_fields() | {"visibility"}

    def media_visibility(self) -> str:
        return self.visibility

    def fields_following_the_file(self) -> set[str]:
        return super().fields_following_the_file() | {
            *("is_animated", "updated_at"),
            *("file_name", "file_size", "content_type", "md5", "sha256", "bucket"),
            *("placeholder_color", "placeholder_thumbhash"),
        }

    def media_facts(self, facts: dict[str, Any]) -> None:
        for name, value in facts.items():
            setattr(self, name, value)

    def forget_former_picture(self) -> None:
        # Focal points belong to the picture they were set on.
        if self._state.adding:
            return
        # One by one, in the order in which whoever mends several galleries goes through them.
        uses = sorted(self.relations.exclude(ppoi=None), key=lambda relation: relation.gallery)
        for relation in uses:
            relations().filter(pk=relation.pk).update(ppoi=None)

    def mark_unwarmed(self) -> set[str]:
        self.status, self.error = self.Status.PENDING, ""
        return {"status", "error", "updated_at"}

    def record_warming(self, error_code: str = "") -> None:
        self.status = self.Status.FAILED if error_code else self.Status.READY
        self.error = error_code
        # Only if the file and the point are still those that were warmed.
        same = Image.objects.filter(pk=self.pk, file=self.original_key, ppoi=self.ppoi)
        same.update(status=self.status, error=error_code)

    def uses(self) -> set[Use]:
        """Return how it is shown by itself and in galleries that show it otherwise."""
        return self.uses_of([self])[0]

    @classmethod
    def uses_of(cls, instances: Sequence[Self]) -> list[set[Use]]:
        uses = [{Use("", each.focal_point)} for each in instances]
        places = {each.pk: n for n, each in enumerate(instances) if not each._state.adding}
        if places:
            others = relations().filter(image__in=places).exclude(ppoi=None, rendition_set="")
            for pk, rendition_set, ppoi in others.values_list("image", "rendition_set", "ppoi"):
                own = instances[places[pk]].focal_point
                point = own if ppoi is None else focal_point_of(ppoi)
                uses[places[pk]].add(Use(rendition_set, point))
        return uses
