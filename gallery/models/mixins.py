"""How any model carries an image: what `HasRenditions` does for it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, cast

from django.db import models, transaction
from django.db.models.signals import class_prepared, post_delete
from django.dispatch import receiver
from django.utils.functional import cached_property

from gallery import registry
from gallery.conf import AS_CONFIGURED, UploadLimits
from gallery.imaging.focal_point import FocalPoint
from gallery.models.fields import (
    ImageField,
    ImageFieldFile,
    focal_point_of,
)
from gallery.models.media_file import MediaFile
from gallery.models.pipeline import pipeline
from gallery.querysets import RenditionFile, RenditionQuerySet, attach_renditions, attnames
from orgs.models import Organization

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gallery.renditions.handles import Rendition
    from orgs.models import Viewer


class Use(NamedTuple):
    """One way in which an image is shown: which renditions it has there, and where crops centre."""

    rendition_set: str
    """The name of a set; empty for the image's own."""
    focal_point: FocalPoint


class HasRenditions(models.Model):
    """A model with an image field whose files are in the ledger.

    Saving an instance with a new upload stores the file before the row, makes it live together with
    the row and warms its renditions after commit. Class attributes say what differs in a subclass.
    """

    image_field: ClassVar[str] = "image"
    """The name of the field that holds the image."""
    rendition_set: ClassVar[str] = "gallery"
    """Its name in `VERSATILEIMAGEFIELD_RENDITION_KEY_SETS`; with an empty one nothing is made."""
    key_prefix: str = "images"
    """The folder of its keys, as in `<key_prefix>/2026/11/21/<uuid>.jpg`."""

    upload_limits: UploadLimits = AS_CONFIGURED
    """What uploads it takes, where not all that the settings allow; of one instance too."""

    prepared_renditions: Mapping[str, Any] = MappingProxyType({})
    """Renditions made while the upload was checked, by key, until they are stored after commit."""

    objects = RenditionQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row and record its files in one transaction; store a new file before it.

        Raises:
            ImageRejected: the assigned file is not an acceptable image; nothing was changed.
            StorageUnavailable: the storage did not take the file; nothing was changed.
        """
        fields: Iterable[str] | None = kwargs.get("update_fields")
        written = self.loaded_fields() if fields is None else attnames(type(self), fields)
        if not written & self.media_fields():
            super().save(*args, **kwargs)
            return
        if self.image_field in written:
            self.store_assigned_file()
        with transaction.atomic():
            changed = self._changed_media_fields(written)
            if self.image_field in changed:
                written |= self.fields_following_the_file()
                self.forget_former_picture()
            if changed & self.fields_of_renditions():
                written |= self.mark_unwarmed()
            if fields is not None:
                kwargs["update_fields"] = written
            super().save(*args, **kwargs)
            if computed := {name for name in changed if _is_expression(getattr(self, name))}:
                self.refresh_from_db(fields=computed)
            if changed:
                self._settle_files()

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
        stored = self.__dict__.get(self.image_field, self)
        if isinstance(stored, str):
            return stored  # as it came from the database: a list asks for it many times
        return self.stored_image.name or ""

    @property
    def focal_point(self) -> FocalPoint:
        """Where crops centre, in percent from the top left of the upright image."""
        name = self.image_field_object().ppoi_field
        return focal_point_of(getattr(self, name)) if name else FocalPoint.CENTER

    @focal_point.setter
    def focal_point(self, value: FocalPoint) -> None:
        self.stored_image.ppoi = value

    @property
    def original_size(self) -> tuple[int, int]:
        """Width and height of the upright original in pixels, as recorded."""
        file = self.stored_image
        return file.width or 0, file.height or 0

    def uses(self) -> set[Use]:
        """Return every way in which this image is shown."""
        return {Use("", self.focal_point)}

    @classmethod
    def uses_of(cls, instances: Sequence[Self]) -> list[set[Use]]:
        """Return the uses of each of many; override with as many queries for all as for one."""
        return [instance.uses() for instance in instances]

    def focal_points_in_use(self) -> set[FocalPoint]:
        """Return every focal point some crop of this image is shown with."""
        return {use.focal_point for use in self.uses()}

    def renditions(self) -> list[Rendition]:
        """Return the renditions of its set in order, made or not; asks nobody."""
        return pipeline().renditions(self)

    def rendition(self, name: str) -> Rendition:
        """Return the rendition called `name`, made or not; asks nobody.

        Raises:
            UnknownRendition: its set has none of this name.
        """
        return pipeline().named(self.renditions(), name)

    def media_visibility(self) -> str:
        """Return who may see the files: a `MediaFile.Visibility`."""
        return MediaFile.Visibility.PUBLIC

    @classmethod
    def organization_path(cls) -> str:
        """Return the lookup path from an object to its organisation; empty without one."""
        attachable = registry.attachable_of(cls)
        registered = attachable.organization if attachable else ""
        paths = [path for path in (registered, "organization") if path and isinstance(path, str)]
        return next((path for path in paths if registry.leads_to(cls, path, Organization)), "")

    @classmethod
    def private_to(cls, user: Viewer) -> models.QuerySet[Self]:
        """Return the objects whose private files `user` may see: those of their organisations.

        Nobody sees those of a model that has none; override where the rule is another.
        """
        path = cls.organization_path()
        if not path:
            return cls._base_manager.none()
        organizations = Organization.objects.visible_to(user)
        return cls._base_manager.filter(**{f"{path}__in": organizations})

    def media_facts(self, facts: dict[str, Any]) -> None:
        """Take over what was learned about a newly stored original; override to keep more."""
        field = self.image_field_object()
        for name, value in ((field.width_field, "width"), (field.height_field, "height")):
            if name:
                setattr(self, name, facts[value])

    def record_warming(self, error_code: str = "") -> None:
        """Note how warming ended; override where a model shows it. Empty means well."""

    def forget_former_picture(self) -> None:
        """Let go of what other rows say about the picture that was here; override where any do."""

    def mark_unwarmed(self) -> set[str]:
        """Note that renditions are to be made; return the fields that say so, to be saved."""
        return set()

    @cached_property
    def rendition_files(self) -> dict[str, RenditionFile]:
        """Live renditions of the original by key; `with_renditions()` loads many at once."""
        attach_renditions([self])
        files: dict[str, RenditionFile] = self.__dict__["rendition_files"]
        return files

    def as_stored(self, *, is_locked: bool = False) -> Self | None:
        """Return this object as its row is by now, None when it is gone.

        With `is_locked`, nobody else changes the row for the rest of the transaction.
        """
        rows = type(self)._base_manager.filter(pk=self.pk)
        return (rows.select_for_update(no_key=True) if is_locked else rows).first()

    def create_image_sizes(self) -> int:
        """Make the renditions that are missing, now; return how many were made."""
        return pipeline().warm(self)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Reload, and forget which renditions there were."""
        self.__dict__.pop("rendition_files", None)
        super().refresh_from_db(*args, **kwargs)

    @classmethod
    def fields_of_renditions(cls) -> set[str]:
        """Return the fields that decide which renditions there are."""
        field = cls.image_field_object()
        dynamic = registry.dynamic_set(cls.rendition_set)
        depends_on = attnames(cls, dynamic.depends_on) if dynamic else set()
        return {cls.image_field, *([field.ppoi_field] if field.ppoi_field else []), *depends_on}

    @classmethod
    def media_fields(cls) -> set[str]:
        """Return the fields whose change concerns stored files."""
        return cls.fields_of_renditions()

    def settle_files(self) -> None:
        """Make status and ledger agree with a row that was not written by `save()`.

        Part of the transaction that wrote it.
        """
        super().save(update_fields=self.mark_unwarmed())
        self._settle_files()

    def _settle_files(self) -> None:
        self.__dict__.pop("rendition_files", None)
        pipeline().saved(self)

    def _changed_media_fields(self, written: set[str]) -> set[str]:
        """Return which of the fields about to be written differ from the row, which is locked."""
        names = self.media_fields() & written
        rows = type(self)._base_manager.select_for_update(no_key=True).filter(pk=self.pk)
        stored = (rows.values(*names).first() if self.pk is not None else None) or {}
        return {name for name in names if self._differs(name, stored.get(name))}

    def _differs(self, name: str, stored: object) -> bool:
        field = self._meta.get_field(name)
        assert isinstance(field, models.Field)  # noqa: S101  (not a relation's far side)
        current = field.value_from_object(self)
        if _is_expression(current):
            return True
        current, stored = field.get_prep_value(current), field.get_prep_value(stored)
        # No file is None or the empty text; elsewhere None, 0 and False are different things.
        return ("" if current is None else current) != ("" if stored is None else stored)

    def store_assigned_file(self) -> bool:
        """Store an upload that was assigned and not saved yet; tell whether there was one.

        `save()` does this itself. Call it first when the save is part of a larger transaction:
        files are stored outside transactions, so that a rollback cannot lose track of them.
        """
        assigned = self.stored_image
        if assigned.is_committed:
            return False
        assigned.save(assigned.name or "", assigned.file, save=False)
        return True

    def loaded_fields(self) -> set[str]:
        """Return the fields that were not deferred: what a plain `save()` writes."""
        names = {field.attname for field in self._meta.concrete_fields}
        return names - self.get_deferred_fields()

    def fields_following_the_file(self) -> set[str]:
        """Return the fields that `media_facts` and a new file change."""
        field = self.image_field_object()
        return {n for n in (field.ppoi_field, field.width_field, field.height_field) if n}


def _is_expression(value: object) -> bool:
    """Tell whether the database is to compute this, as `F("level") + 1`."""
    return hasattr(value, "resolve_expression")


def _release_files(instance: HasRenditions, **_: object) -> None:
    pipeline().deleted(instance)


@receiver(class_prepared)
def _release_files_on_delete(sender: type[models.Model], **_: object) -> None:
    """Follow the deletion of every model of ours; Django names a proxy as the sender, if it is."""
    if not issubclass(sender, HasRenditions):
        return
    is_first = any(field.name == sender.image_field for field in sender._meta.local_fields)
    if is_first or sender._meta.proxy:
        post_delete.connect(_release_files, sender=sender, dispatch_uid=f"{sender!r}.files")
