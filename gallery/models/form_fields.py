"""The form field of an image with a focal point."""

from __future__ import annotations

from typing import Any

from django import forms
from versatileimagefield.forms import (
    SizedImageCenterpointClickDjangoAdminField,
    VersatileImagePPOIClickField,
)


class ImageFormField(SizedImageCenterpointClickDjangoAdminField):
    """The library's pair of file and point, without its own decoding of the file.

    Django's form field for images hands uploads to all of Pillow's decoders; ours are decoded in
    one place only, when the instance stores them.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("max_length", None)
        parts = (forms.FileField(label="Image"), forms.CharField(required=False))
        # Past the library's own constructor, which makes the parts itself.
        super(VersatileImagePPOIClickField, self).__init__(parts, *args, **kwargs)
