"""versatileimagefield's two fields, with one truth about the focal point and no storage reads.

In the library the point lives twice, on the instance and on the file, and one overwrites the
other depending on what was touched last. Here the instance holds it and the file looks there.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import models
from django.db.models.fields.files import ImageFileDescriptor
from django.db.models.query_utils import DeferredAttribute
from versatileimagefield.datastructures.filteredimage import FilterLibrary
from versatileimagefield.fields import PPOIField, VersatileImageField
from versatileimagefield.files import VersatileImageFieldFile
from versatileimagefield.mixins import VersatileImageMixIn
from versatileimagefield.registry import versatileimagefield_registry
from versatileimagefield.settings import VERSATILEIMAGEFIELD_CREATE_ON_DEMAND

from gallery.imaging.focal_point import FocalPoint
from gallery.models.form_fields import FocalPointFormField, ImageFormField
from gallery.models.pipeline import pipeline

# What `FocalPoint.ppoi` writes, for the database to hold everyone else to.
PPOI_PATTERN = r"^(0\.[0-9]{1,2}|1\.0)x(0\.[0-9]{1,2}|1\.0)$"


def focal_point_of(value: object) -> FocalPoint:
    """Read a focal point from the library's forms of it: a tuple of fractions or `"0.3x0.7"`.

    Raises:
        ValidationError: not two numbers between 0 and 1.
    """
    try:
        if isinstance(value, FocalPoint):
            return value
        if isinstance(value, str):
            return _parsed(value)
        if isinstance(value, (tuple, list)) and len(value) == 2:
            are_floats = isinstance(value[0], float) and isinstance(value[1], float)
            return (_from_fractions if are_floats else FocalPoint.from_fractions)(*value)
    except ValueError as error:
        raise ValidationError(str(error), code="invalid_ppoi") from error
    raise ValidationError("A focal point is two numbers between 0 and 1.", code="invalid_ppoi")


# Every row has a point, every list asks for it, and most are the same few.
_parsed = lru_cache(maxsize=1024)(FocalPoint.parse)


_from_fractions = lru_cache(maxsize=1024)(FocalPoint.from_fractions)


class _FocalPointDescriptor(DeferredAttribute):
    """Quantise on assignment, load on demand after `.only()` and `.defer()`."""

    field: FocalPointField

    def __set__(self, instance: models.Model, value: object) -> None:
        instance.__dict__[self.field.attname] = self.field.to_python(value)


class FocalPointField(PPOIField):
    """A PPOIField kept to two decimals, checked in the database, and nullable where asked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        default = kwargs.pop("default", None if kwargs.get("null") else FocalPoint.CENTER.ppoi)
        super().__init__(*args, **kwargs)
        self.default = default

    if TYPE_CHECKING:
        # The library has no types: this is what the descriptor gives and takes.
        def __get__(self, instance: object, owner: object) -> Any: ...
        def __set__(self, instance: object, value: object) -> None: ...

    def contribute_to_class(self, cls: type[models.Model], name: str, **kwargs: Any) -> None:
        super().contribute_to_class(cls, name, **kwargs)
        setattr(cls, name, _FocalPointDescriptor(self))

    def to_python(self, value: object) -> tuple[float, float] | None:
        """Return fractions from the top left, or None where the field allows it."""
        if value is None or value == "":
            return None if self.null else FocalPoint.CENTER.fractions
        return focal_point_of(value).fractions

    def formfield(self, **kwargs: Any) -> Any:
        """Return a field with the picker."""
        return super().formfield(**{"form_class": FocalPointFormField, **kwargs})

    def get_prep_value(self, value: object) -> str | None:
        """Return the canonical string, so that `update()` cannot write anything else."""
        return None if value is None else focal_point_of(value).ppoi


def ppoi_constraint(field: str, *, name: str) -> models.CheckConstraint:
    """Return the database's own check that `field` holds a canonical focal point."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__regex": PPOI_PATTERN}), name=name
    )


class ImageFieldFile(VersatileImageFieldFile):
    """A stored image whose focal point and dimensions are those recorded on its instance."""

    # The library pickles its own copy of the point; here the instance's value is the only one.
    _ppoi_value = None

    def __init__(self, instance: models.Model | None, field: ImageField, name: str | None) -> None:
        # Past the library's own constructor, which copies the focal point to and fro.
        super(VersatileImageMixIn, self).__init__(instance, field, name)
        self._create_on_demand: bool = VERSATILEIMAGEFIELD_CREATE_ON_DEMAND

    def __getattr__(self, name: str) -> Any:
        # The library builds every sizer on every access of the field; one at a time will do.
        sizer = versatileimagefield_registry._sizedimage_registry.get(name)
        if sizer is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        # Sizers of others write files that the ledger would not know: theirs are URLs only.
        is_ours = getattr(sizer, "makes_renditions", False)
        return sizer(
            path_to_image=self.name,
            storage=self.storage,
            create_on_demand=self.create_on_demand and is_ours,
            ppoi=self.ppoi,
        )

    @property
    def filters(self) -> Any:
        """The library's filters: URLs only, for it would write files the ledger does not know."""
        return FilterLibrary(
            self.name, self.storage, versatileimagefield_registry, self.ppoi, create_on_demand=False
        )

    def build_filters_and_sizers(self, ppoi_value: object, create_on_demand: bool) -> None:
        """Do nothing: sizers are built when they are asked for, see `__getattr__`."""

    @property
    def ppoi(self) -> tuple[float, float]:
        """The focal point recorded on the instance, as fractions from the top left."""
        if not self.field.ppoi_field:
            return FocalPoint.CENTER.fractions
        fractions: tuple[float, float] = getattr(self.instance, self.field.ppoi_field)
        return fractions

    @ppoi.setter
    def ppoi(self, value: object) -> None:
        if self.field.ppoi_field:
            setattr(self.instance, self.field.ppoi_field, value)

    @property
    def width(self) -> int | None:
        """Pixels across of the upright image, as recorded; never opens the file."""
        return self._recorded(self.field.width_field)

    @property
    def height(self) -> int | None:
        """Pixels down of the upright image, as recorded; never opens the file."""
        return self._recorded(self.field.height_field)

    def _recorded(self, field: str | None) -> int | None:
        return getattr(self.instance, field) if field else None

    @property
    def is_committed(self) -> bool:
        """Whether this is a stored file, not an upload on its way."""
        return bool(self._committed)

    def save(self, name: str, content: File[Any], save: bool = True) -> None:
        """Take `content` in through the one imaging door; with `save`, save the instance too."""
        content.name = content.name or name
        pipeline().store(self, content)
        if save:
            self.instance.save()

    def delete(self, save: bool = True) -> None:
        """Empty the field; with `save`, save the instance, which retires the file in the ledger."""
        self.close()
        setattr(self.instance, self.field.attname, "")
        if save:
            self.instance.save()

    def point_at(self, key: str) -> None:
        """Make this the stored file `key`."""
        self.name = key
        self._committed = True
        self.__dict__.pop("_file", None)
        self.instance.__dict__[self.field.attname] = self


class _ImageDescriptor(ImageFileDescriptor):
    """Centre the focal point when the file is replaced.

    Django's descriptor, not the library's: it loads on demand after `.only()` and `.defer()`.
    """

    field: ImageField

    def __set__(self, instance: models.Model, value: Any) -> None:
        previous = instance.__dict__.get(self.field.attname)
        is_reload = False
        if isinstance(value, ImageFieldFile) and value.is_committed:
            # `refresh_from_db` brings the file of another copy of this row; every copy has its own.
            is_reload = value.instance is not None and _is_same_row(value.instance, instance)
            value = value.name or ""
        instance.__dict__[self.field.attname] = value
        if not value:
            self._forget_dimensions(instance)
        # Validation assigns an upload once more, the very same: its point stays.
        is_other = value is not previous and (isinstance(value, File) or value != str(previous))
        if previous and is_other and not is_reload and self.field.ppoi_field:
            setattr(instance, self.field.ppoi_field, FocalPoint.CENTER)

    def _forget_dimensions(self, instance: models.Model) -> None:
        for name in (self.field.width_field, self.field.height_field):
            # Not while `Model.__init__` is at work: what it was given comes after the file.
            if name and name in instance.__dict__:
                setattr(instance, name, None)


def _is_same_row(one: models.Model, other: models.Model) -> bool:
    # Not by `pk`, which cannot be asked for while `Model.__init__` is at work.
    name = one._meta.pk.attname
    return one.__dict__.get(name) == other.__dict__.get(name)


class ImageField(VersatileImageField):
    """A VersatileImageField that takes uploads through the pipeline and never reads storage.

    It belongs on a `HasRenditions` model, which says what is made of the image and where it lies.
    """

    attr_class = ImageFieldFile
    descriptor_class = _ImageDescriptor

    if TYPE_CHECKING:
        # The library has no types: this is what the descriptor gives and takes.
        def __get__(self, instance: object, owner: object) -> ImageFieldFile: ...
        def __set__(self, instance: object, value: object) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 255)
        super().__init__(*args, **kwargs)

    @property
    def source(self) -> str:
        """The name of this field among all sources: `app_label.model.field`."""
        return f"{self.model._meta.label_lower}.{self.name}"

    def update_dimension_fields(self, instance: models.Model, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the pipeline records the upright dimensions when it takes a file in."""

    def update_ppoi_field(self, instance: models.Model, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the instance's value is the only one."""

    def process_placeholder_image(self) -> None:
        """Do nothing: an empty field has no URL, and the API has its own placeholders."""

    def formfield(self, **kwargs: Any) -> Any:
        """Return the library's form field, with an upload that only the one door decodes."""
        form_class = ImageFormField if self.ppoi_field else forms.FileField
        return super().formfield(**{"form_class": form_class, **kwargs})

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        """Apply a form's value; a point submitted together with a file belongs to that file."""
        upload, point = data if isinstance(data, tuple) else (data, None)
        if upload is False:
            setattr(instance, self.attname, "")
        elif upload is not None and not (
            isinstance(upload, ImageFieldFile) and upload.is_committed
        ):
            setattr(instance, self.attname, upload)
        if point and self.ppoi_field:
            setattr(instance, self.ppoi_field, point)
