"""How forms show an image and its focal point: plain fields, which a script makes into a picker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django import forms
from django.forms.widgets import Script

from gallery.imaging.focal_point import FocalPoint
from gallery.models.pipeline import pipeline


@dataclass(frozen=True, slots=True)
class PickerCrop:
    """One crop that follows the focal point: its name, and its box in pixels."""

    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PickerPicture:
    """The picture that a focal point is picked on.

    `src` is some whole picture, empty where there is none yet; `width` and `height` are the
    original's, upright, 0 where they are not known.
    """

    src: str = ""
    width: int = 0
    height: int = 0
    crops: Sequence[PickerCrop] = ()
    inherited: FocalPoint | None = None
    """The point that counts while none is chosen; without one, the field needs its own."""
    suggest_url: str = ""
    """Where to ask for a suggestion, by POST; empty for nowhere."""


class FocalPointWidget(forms.TextInput):
    """A text like `0.3x0.7`, with a picker around it where there is JavaScript."""

    template_name = "gallery/widgets/focal_point.html"

    def __init__(self, attrs: Any = None, *, picture: PickerPicture | None = None) -> None:
        super().__init__({"class": "focal-point-text", "autocomplete": "off", **(attrs or {})})
        self.picture = picture or PickerPicture()
        """What the point is picked on; set it on the form's own field."""

    class Media:
        css = {"all": ["gallery/focal-point.css"]}
        js = [Script("gallery/focal-point.js", type="module")]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        crops = json.dumps([asdict(crop) for crop in self.picture.crops])
        context["widget"].update(picture=self.picture, crops=crops)
        return context

    def format_value(self, value: Any) -> str | None:
        return point_text(value) or None


class ImageFileInput(forms.ClearableFileInput):
    """A file with a label of its own, and the link to the one that is there."""

    template_name = "gallery/widgets/file.html"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__({"accept": "image/*", **(attrs or {})})


class ImageWidget(forms.MultiWidget):
    """An image's file and its focal point: `<name>_0` and `<name>_1`."""

    template_name = "gallery/widgets/image.html"

    suggest_url: str = ""
    """Where to ask for a suggestion, by POST; empty for nowhere."""
    instance: Any = None
    """The object that the image belongs to, as it was before anything was submitted."""

    def __init__(self, attrs: Any = None) -> None:
        super().__init__([ImageFileInput, FocalPointWidget], attrs)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        file, point = self.widgets
        file.is_required = self.is_required
        shown = value[0] if isinstance(value, (list, tuple)) and value else value
        instance = self.instance or getattr(shown, "instance", None)
        picture = PickerPicture() if instance is None else pipeline().picker_picture(instance)
        suggest_url = self.suggest_url if picture.src else ""
        point.picture = replace(picture, suggest_url=suggest_url)  # type: ignore[attr-defined]
        return super().get_context(name, value, attrs)

    def use_required_attribute(self, initial: Any) -> bool:
        """Leave it to the server, which knows whether there is a file already."""
        return False

    def decompress(self, value: Any) -> list[Any]:
        """Return the file and its point; nothing where there is none."""
        return [value, point_text(value.ppoi)] if value else [None, ""]


def point_text(value: Any) -> str:
    """Return a point as it stands in a form, in whichever form it comes."""
    if isinstance(value, FocalPoint):
        return value.ppoi
    if isinstance(value, (tuple, list)):
        return "x".join(str(number) for number in value)
    return value or ""
