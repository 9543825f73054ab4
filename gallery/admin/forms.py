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


SAID = {"title", "alt_text", "description", "decorative", "visibility"}


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
        widgets: ClassVar = {
            "alt_text": forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"})
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "file" in self.fields:  # which is not there for those who only look
            widget: Any = self.fields["file"].widget
            widget.suggest_url = self.suggest_url
        if not self.instance._state.adding:
            for name in SAID.intersection(self.fields):
                # What the editor saw goes along: what others changed since is not theirs.
                self.fields[name].show_hidden_initial = True

    def clean(self) -> dict[str, Any]:
        """Leave what the editor did not change as it is by now."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.instance._state.adding:
            for name in SAID.intersection(said).difference(self.changed_data):
                said[name] = getattr(self.instance, name)
        return said


class AltTextForm(ImageFormBase):
    """What an image says to those who do not see it."""

    class Meta:
        model = Image
        fields: ClassVar = ["alt_text", "decorative"]
        widgets: ClassVar = {"alt_text": forms.Textarea(attrs={"rows": 3})}
        help_texts: ClassVar = {"decorative": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # What the editor saw goes along: what others changed since is not theirs.
            field.show_hidden_initial = True

    @property
    def thumbnail(self) -> str:
        """The URL of a small picture, or the original's where none is made."""
        urls = variants(self.instance)
        return urls.get("thumb", urls["original"])
