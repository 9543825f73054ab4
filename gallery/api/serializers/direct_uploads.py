"""The shapes of direct uploads."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gallery.api.fields import MAX_ID, MAX_UPLOAD_NAME_LENGTH
from gallery.api.serializers.images import ImageUpdateSerializer
from gallery.conf import MAX_UPLOAD_BYTES

# As delivered; what is accepted is configurable, and decided by the bytes in the end.
_TYPES = ["image/avif", "image/gif", "image/heic", "image/jpeg", "image/png", "image/webp"]


@extend_schema_field({"type": "string", "enum": _TYPES})
class ContentTypeField(serializers.CharField):
    """A media type; one that is not accepted is refused like such a file."""


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": MAX_UPLOAD_BYTES})
class FileSizeField(serializers.IntegerField):
    """Bytes; more than are accepted are refused like such a file."""


class DirectUploadRequestSerializer(ImageUpdateSerializer):
    """A file that is about to be sent, and what is said about the image that it will be."""

    file_name = serializers.CharField(max_length=MAX_UPLOAD_NAME_LENGTH)
    content_type = ContentTypeField(
        max_length=32, help_text="What it is, like `image/jpeg`; it is sent with just this type."
    )
    file_size = FileSizeField(min_value=1, max_value=MAX_ID, help_text="In bytes, exactly.")

    class Meta(ImageUpdateSerializer.Meta):
        fields = ("file_name", "content_type", "file_size", *ImageUpdateSerializer.Meta.fields)

    def split(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the facts of the file, and what is said about the image as JSON."""
        values = dict(self.validated_data)
        facts = {name: values.pop(name) for name in ("file_name", "content_type", "file_size")}
        if point := values.get("focal_point"):
            values["focal_point"] = self.fields["focal_point"].to_representation(point)
        return facts, values


class PartSerializer(serializers.Serializer[Any]):
    """A piece of the file: `size` bytes from `first`, to be put at `url`."""

    number = serializers.IntegerField(help_text="From 1.")
    first = serializers.IntegerField(help_text="Its first byte in the file, from 0.")
    size = serializers.IntegerField(help_text="In bytes, exactly.")
    has_arrived = serializers.BooleanField()
    url = serializers.CharField()


class DirectUploadSerializer(serializers.Serializer[Any]):
    """How to send a file.

    `POST`: a form with each of `fields`, then `file`. `PUT`: the file as it is with `headers`, or,
    where there are `parts`, each of those to its own URL, in any order. Then complete the upload.
    """

    id = serializers.UUIDField()
    method = serializers.ChoiceField(choices=["POST", "PUT"])
    url = serializers.CharField(allow_null=True, help_text="Null for a file in parts.")
    fields = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]
    headers = serializers.DictField(child=serializers.CharField())
    parts = PartSerializer(many=True)
    image = serializers.IntegerField(
        allow_null=True, help_text="The id of the image that it is by now; then nothing is sent."
    )
    expires_at = serializers.DateTimeField(help_text="Until then the file may be sent.")
