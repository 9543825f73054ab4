"""Values that are more than one JSON type: the focal point and the uploaded file."""

from __future__ import annotations

import json
from typing import Any

from django.core.files.base import File
from django.http import QueryDict
from drf_spectacular.utils import OpenApiRequest, extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from gallery.conf import MAX_PER_OBJECT, gallery_settings
from gallery.imaging.focal_point import FocalPoint

MAX_ID = 2**63 - 1
# For the description. What is accepted is configurable, and decided by the bytes alone.
IMAGE_TYPES = "image/jpeg, image/png, image/webp, image/gif, image/avif"
_COORDINATE = {"type": "number", "minimum": 0, "maximum": 1}

# Django cuts longer names to exactly 255 characters before anybody sees them. No file system has
# longer ones, so one that arrives as long as that was not given by a camera.
MAX_UPLOAD_NAME_LENGTH = 254


@extend_schema_field(
    {
        "type": "object",
        "description": "Fractions from the top left of the upright image, kept to 2 decimals.",
        "properties": {"x": _COORDINATE, "y": _COORDINATE},
        "required": ["x", "y"],
        "additionalProperties": False,
        "example": {"x": 0.5, "y": 0.33},
    }
)
class FocalPointSerializerField(serializers.Field[FocalPoint, Any, dict[str, float], Any]):
    """`{"x": 0..1, "y": 0..1}`; in a form, the same as JSON text."""

    # Doubled braces: DRF formats its messages.
    default_error_messages = {
        "invalid_focal_point": 'A focal point is {{"x": 0..1, "y": 0..1}} from the top left.'
    }

    def to_internal_value(self, data: Any) -> FocalPoint:
        """Return the point.

        Raises:
            ValidationError: not an object of exactly two numbers from 0 to 1.
        """
        try:
            value = json.loads(data) if isinstance(data, str) else data
            if not isinstance(value, dict) or set(value) != {"x", "y"}:
                self.fail("invalid_focal_point")
            return FocalPoint.from_fractions(value["x"], value["y"])
        except (ValueError, RecursionError):
            self.fail("invalid_focal_point")

    def to_representation(self, value: FocalPoint) -> dict[str, float]:
        """Return the point as fractions."""
        x, y = value.fractions
        return {"x": x, "y": y}


class TruthField(serializers.BooleanField):
    """True or false; in forms their names, or `on` of a browser's check box.

    What a form leaves out is left out: REST framework would take it for false.
    """

    TRUE_VALUES = {True, "true", "True", "TRUE", "on"}
    FALSE_VALUES = {False, "false", "False", "FALSE"}
    NULL_VALUES = {None}
    default_empty_html = empty

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)


class IdListField(serializers.ListField):
    """Ids of images, in an order that may matter."""

    def __init__(self, *, max_length: int = MAX_PER_OBJECT, **kwargs: Any) -> None:
        child = serializers.IntegerField(min_value=1, max_value=MAX_ID)
        super().__init__(child=child, max_length=max_length, **kwargs)


def form_with(request: type[serializers.Serializer[Any]], *, files: str) -> OpenApiRequest:
    """Describe a form, and that the part or parts named `files` are images."""
    return OpenApiRequest(request, encoding={files: {"contentType": IMAGE_TYPES}})


@extend_schema_field({"type": "string", "format": "binary", "minLength": 1})
class UploadedFileField(serializers.FileField):
    """One file of a form. What its bytes are is for the imaging door to say, not for the form."""

    default_error_messages = {"several_files": "Send one file in this field."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_UPLOAD_NAME_LENGTH, allow_empty_file=False, **kwargs)

    def get_value(self, dictionary: Any) -> Any:
        """Return the one file, or the list of those that compete for the field."""
        if isinstance(dictionary, QueryDict):
            values = dictionary.getlist(self.field_name or "")
            if len(values) > 1:
                return values
        return super().get_value(dictionary)

    def to_internal_value(self, data: Any) -> File[Any]:
        """Return the file.

        Raises:
            ValidationError: several files, none, an empty one or one with too long a name.
        """
        if isinstance(data, list):
            self.fail("several_files")
        return super().to_internal_value(data)


class UploadedFilesField(serializers.ListField):
    """Several files of a form, of which each stands alone: what is wrong with one is its own error.

    Bounds the work of one request, also where the server lets more files through.
    """

    default_error_messages = {"too_many_files": "At most {limit} files."}

    def __init__(self, *, most: int | None = None, **kwargs: Any) -> None:
        self.most = most
        child = serializers.FileField(max_length=None, allow_empty_file=True)
        super().__init__(child=child, min_length=1, **kwargs)

    def to_internal_value(self, data: Any) -> list[File[Any]]:
        """Return the files.

        Raises:
            ValidationError: none, or more than are taken at once.
        """
        limit = min(self.most or MAX_ID, gallery_settings().max_bulk_files)
        if isinstance(data, list) and len(data) > limit:
            self.fail("too_many_files", limit=limit)
        files: list[File[Any]] = super().to_internal_value(data)
        return files
