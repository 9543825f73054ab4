"""What any model needs to carry an image: behaviour (`HasRenditions`) and fields (`ImageMixin`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.db import models, transaction
from django.utils.functional import cached_property

from gallery.imaging.focal_point import FocalPoint
from gallery.models.fields import FocalPointField, ImageField, ImageFieldFile, focal_point_of
from gallery.models.media_file import MediaFile
from gallery.models.pipeline import pipeline
from gallery.querysets import RenditionQuerySet

if TYPE_CHECKING:
    from collections.abc import Iterable


class HasRenditions(models.Model):
    """A model with an image field whose files are in the ledger.

    Subclasses name the field in `image_field`. Saving an instance with a new upload stores the
    file before the row, makes it live together with the row and warms its renditions after commit.
    """

    image_field: ClassVar[str] = "image"

    objects = RenditionQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def image_field_object(cls) -> ImageField:
        """Return the model field that holds the image."""
        return cast("ImageField", cls._meta.get_field(cls.image_field))

    @property
    def stored_image(self) -> ImageFieldFile:
        """The image, whatever the model calls its field."""
        return cast("ImageFieldFile", getattr(self, self.image_field))

    @property
    def original_key(self) -> str:
        """The storage key of the original, or empty."""
        return self.stored_image.name or ""

    @property
    def focal_point(self) -> FocalPoint:
        """Where crops centre, in percent from the top left of the upright image."""
        return focal_point_of(self.stored_image.ppoi)

    @focal_point.setter
    def focal_point(self, value: FocalPoint) -> None:
        self.stored_image.ppoi = value

    def focal_points_in_use(self) -> set[FocalPoint]:
        """Return every focal point some crop of this image is shown with."""
        return {self.focal_point}

    def media_visibility(self) -> str:
        """Return who may see the files: a `MediaFile.Visibility`."""
        return MediaFile.Visibility.PUBLIC

    def media_facts(self, facts: dict[str, Any]) -> None:
        """Take over what was learned about a newly stored original; override to keep more."""
        field = self.image_field_object()
        for name, value in ((field.width_field, "width"), (field.height_field, "height")):
            if name:
                setattr(self, name, facts[value])

    def record_warming(self, error_code: str = "") -> None:
        """Note how warming ended; override where a model shows it. Empty means well."""

    @cached_property
    def rendition_files(self) -> dict[str, MediaFile]:
        """Live renditions of the current original by key; `with_renditions()` loads many at once."""
        return {file.key: file for file in MediaFile.objects.live_renditions_of([self.original_key])}

    def create_image_sizes(self) -> int:
        """Make the renditions that are missing, now; return how many were made."""
        return pipeline().warm(self)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Reload, and forget which renditions there were."""
        self.__dict__.pop("rendition_files", None)
        super().refresh_from_db(*args, **kwargs)

    @classmethod
    def media_fields(cls) -> set[str]:
        """Return the fields whose change concerns stored files."""
        field = cls.image_field_object()
        return {cls.image_field} | ({field.ppoi_field} if field.ppoi_field else set())

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row and record its files in one transaction; store a new file before it.

        Raises:
            ImageRejected: the assigned file is not an acceptable image; nothing was changed.
            StorageUnavailable: the storage did not take the file; nothing was changed.
        """
        fields: Iterable[str] | None = kwargs.get("update_fields")
        if self.image_field in (self.get_deferred_fields() if fields is None else ()):
            fields = self.loaded_fields()
        if fields is not None and not self.media_fields().intersection(fields):
            super().save(*args, **kwargs)
            return
        if self.store_assigned_file() and fields is not None:
            kwargs["update_fields"] = {*fields, *self.fields_following_the_file()}
        with transaction.atomic():
            before = self._media_state()
            super().save(*args, **kwargs)
            if self._media_state() != before:
                self.__dict__.pop("rendition_files", None)
                pipeline().saved(self, previous_key=str(before.get(self.image_field, "")))

    def store_assigned_file(self) -> bool:
        """Store an upload that was assigned and not saved yet; tell whether there was one.

        `save()` does this itself. Call it first when the save is part of a larger transaction:
        files are stored outside transactions, so that a rollback cannot lose track of them.
        """
        assigned = self.stored_image
        if not assigned or assigned.is_committed:
            return False
        assigned.save(assigned.name or "", assigned.file, save=False)
        return True

    def loaded_fields(self) -> set[str]:
        """Return the fields that were not deferred: what a plain `save()` writes."""
        names = {field.attname for field in self._meta.concrete_fields}
        return names - self.get_deferred_fields()

    def _media_state(self) -> dict[str, Any]:
        if self._state.adding:
            return {}
        rows = type(self)._base_manager.select_for_update().filter(pk=self.pk)
        return rows.values(*sorted(self.media_fields())).first() or {}

    def fields_following_the_file(self) -> set[str]:
        """Return the fields that `media_facts` and a new file change."""
        field = self.image_field_object()
        return {n for n in (field.ppoi_field, field.width_field, field.height_field) if n}


class ImageMixin(HasRenditions):
    """One image on any model: the field, its focal point and its upright dimensions.

    Set `rendition_set` and `key_prefix` on the subclass by overriding `image`.
    """

    image = ImageField(
        ppoi_field="image_ppoi", width_field="image_width", height_field="image_height"
    )
    image_ppoi = FocalPointField("focal point")
    image_width = models.PositiveIntegerField(null=True, editable=False)
    image_height = models.PositiveIntegerField(null=True, editable=False)

    class Meta:
        abstract = True
