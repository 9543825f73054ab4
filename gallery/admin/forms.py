"""The form of an image, with the errors of its file where people look for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms

from gallery.admin.saving import StoresFileForm
from gallery.models import Image
from gallery.renditions.urls import variants

if TYPE_CHECKING:
    ImageFormBase = forms.ModelForm[Image]
else:
    ImageFormBase = forms.ModelForm


class ImageForm(StoresFileForm, ImageFormBase):
    """The fields people edit; the file comes with its focal-point picker."""

    suggest_url = ""
    """Who suggests a focal point for this image; nobody if empty."""

    class Meta:
        model = Image
        fields: ClassVar = [
            *("organization", "file", "title", "alt_text", "description"),
            *("decorative", "visibility"),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "file" in self.fields:  # which is not there for those who only look
            widget: Any = self.fields["file"].widget
            widget.suggest_url = self.suggest_url


class AltTextForm(ImageFormBase):
    """What an image says to those who do not see it."""

    class Meta:
        model = Image
        fields: ClassVar = ["alt_text", "decorative"]
        widgets: ClassVar = {"alt_text": forms.Textarea(attrs={"rows": 3})}
        help_texts: ClassVar = {"decorative": ""}

    @property
    def thumbnail(self) -> str:
        """The URL of a small picture, or the original's where none is made."""
        urls = variants(self.instance)
        return urls.get("thumb", urls["original"])
