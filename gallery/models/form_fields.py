"""The form fields of focal points and of images that have one."""

from __future__ import annotations

from copy import copy
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from gallery.imaging.focal_point import FocalPoint
from gallery.models.widgets import FocalPointWidget, ImageWidget, point_text


class FocalPointFormField(forms.CharField):
    """A focal point as text: cleaned, it is canonical like `0.3x0.7`, or empty if not required."""

    widget = FocalPointWidget
    default_error_messages = {
        "invalid_ppoi": _("A focal point is written like 0.3x0.7: two numbers from 0 to 1."),
    }

    def prepare_value(self, value: Any) -> Any:
        """Show a point as text, in whichever form it comes."""
        return point_text(value)

    def to_python(self, value: Any) -> Any:
        """Return the canonical text of a point.

        Raises:
            ValidationError: `invalid_ppoi`: not two numbers from 0 to 1.
        """
        text = super().to_python(point_text(value))
        if not text:
            return text
        try:
            return FocalPoint.parse(text).ppoi
        except ValueError as error:
            raise ValidationError(
                self.error_messages["invalid_ppoi"], code="invalid_ppoi"
            ) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare points, not spellings."""
        return super().has_changed(self._canonical(initial), data)

    def _canonical(self, value: Any) -> Any:
        try:
            return self.to_python(value)
        except ValidationError:
            return value


class ImageFormField(forms.MultiValueField):
    """An image's file and its focal point, which the file may come with or which is moved alone.

    Cleaned, it is a pair: the file, None for the one that is there, or False for none; and the
    point as text, empty for no change. Nothing is decoded here: ours are decoded in one place
    only, when the instance stores them.
    """

    widget: ImageWidget

    def __init__(self, *, max_length: int | None = None, **kwargs: Any) -> None:
        required = kwargs.get("required", True)
        parts = (
            forms.FileField(required=required, widget=forms.ClearableFileInput),
            FocalPointFormField(required=False),
        )
        super().__init__(parts, require_all_fields=False, **{"widget": ImageWidget, **kwargs})
        # Only what is not required can be cleared.
        self.widget.widgets[0].is_required = required

    def get_bound_field(self, form: Any, field_name: str) -> BoundField:
        """Have the picker show the picture as it was before the form was applied to the object."""
        instance = getattr(form, "instance", None)
        if instance is not None:
            self.widget.instance = copy(instance)
        return super().get_bound_field(form, field_name)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Show the saved file: browsers forget the chosen one, and the point that was for it."""
        saved = self.widget.decompress(initial)
        upload, point = data or (None, None)
        return saved if upload or point is None else [saved[0], point]

    def clean(self, value: Any, initial: Any = None) -> tuple[Any, str]:
        """Return the file and the point.

        Raises:
            ValidationError: `required`, `empty`, `contradiction` or `invalid` of the file;
                `invalid_ppoi` of the point.
        """
        if self.disabled:
            return None, ""
        file: Any = self.fields[0]
        file.required = self.required
        upload, text = value or (None, "")
        cleaned: list[Any] = []
        errors: list[ValidationError] = []
        for field, arguments in ((file, (upload, initial)), (self.fields[1], (text,))):
            try:
                cleaned.append(field.clean(*arguments))
            except ValidationError as error:
                errors.extend(error.error_list)
        if errors:
            raise ValidationError(errors)
        found, where = cleaned
        # A point is of a picture: none stays when the picture goes.
        return (None, where) if found is initial else (found, where if found is not False else "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether there is a file, or a point for the one that is there."""
        if self.disabled:
            return False
        upload, text = data or (None, "")
        if upload is not None:
            return True
        return bool(initial) and self.fields[1].has_changed(initial.ppoi, text)

    def _clean_bound_field(self, bound: Any) -> tuple[Any, str]:
        # Django's hook for fields that need to know what is there, as its own for files does.
        return self.clean(bound.data, bound.initial)
