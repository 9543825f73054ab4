"""The form of an image, with the errors of its file where people look for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminFileWidget

from gallery.exceptions import GalleryError
from gallery.models import Image

if TYPE_CHECKING:
    ImageFormBase = forms.ModelForm[Image]
else:
    ImageFormBase = forms.ModelForm


class ImageForm(ImageFormBase):
    """The fields people edit.

    The file is stored while the form is cleaned, so that a picture that is refused is an error at
    its field. When the form is not saved after all, the sweep takes the file away.
    """

    file = forms.FileField(widget=AdminFileWidget)

    class Meta:
        model = Image
        fields: ClassVar = [
            *("organization", "file", "title", "alt_text", "description"),
            *("decorative", "visibility"),
        ]

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own hook, without a type
        if self.errors:
            return
        try:
            self.instance.store_assigned_file()
        except GalleryError as error:
            self.add_error("file", forms.ValidationError(error.message, code=error.code))
