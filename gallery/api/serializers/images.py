"""The shapes of images."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypedDict

from rest_framework import serializers

from gallery.api.fields import (
    FocalPointSerializerField,
    IdListField,
    TruthField,
    UploadedFileField,
    UploadedFilesField,
)
from gallery.api.serializers.pictures import EXPAND, PictureSerializer
from gallery.models import Image
from gallery.renditions.urls import RenditionUrl, original_url, rendition_urls, variants
from orgs.json_types import JSONTypesMixin

MAX_DESCRIPTION_LENGTH = 10_000
# Each takes a transaction, and its files with it.
MAX_BULK_DELETE = 100


class RenditionJSON(TypedDict):
    """One rendition that is made."""

    url: str
    width: int
    height: int
    bytes: int
    content_type: str


class PlaceholderSerializer(serializers.Serializer[Image]):
    """What to show while the image loads."""

    color = serializers.CharField(source="placeholder_color")
    thumbhash = serializers.CharField(source="placeholder_thumbhash")


class ChecksumSerializer(serializers.Serializer[Image]):
    """Digests of the stored original, in hexadecimal."""

    md5 = serializers.CharField()
    sha256 = serializers.CharField()


class ImageSerializer(serializers.ModelSerializer[Image]):
    """An image with its URLs and the facts of its stored original."""

    # A list needs `with_renditions()` and `select_related("organization")`, or it asks the database
    # for each image. The storage is never asked.

    organization = serializers.CharField(source="organization.slug", help_text="Its slug.")
    creator = serializers.IntegerField(
        source="creator_id", allow_null=True, help_text="The id of the user who uploaded it."
    )
    error = serializers.CharField(help_text="Only when `status` is `failed`.", required=False)
    url = serializers.SerializerMethodField()
    variants = serializers.SerializerMethodField()
    renditions = serializers.SerializerMethodField()
    picture = PictureSerializer(required=False, help_text="Only with `?expand=picture`.")
    focal_point = FocalPointSerializerField()
    placeholder = PlaceholderSerializer(source="*")
    checksum = ChecksumSerializer(source="*")
    bucket = serializers.CharField(allow_null=True, help_text="Null on local disk.")
    object_key = serializers.CharField(help_text="The storage key of the original.")

    class Meta:
        model = Image
        fields = (
            *("id", "organization", "creator", "status", "error", "url", "variants", "renditions"),
            *("picture", "width", "height", "is_animated", "focal_point", "placeholder"),
            *("title", "alt_text", "description", "decorative", "visibility"),
            *("file_name", "content_type", "file_size", "checksum", "bucket", "object_key"),
            *("created_at", "updated_at"),
        )
        read_only_fields = fields

    def get_url(self, image: Image) -> str:
        """Of the original."""
        return original_url(image)

    def get_variants(self, image: Image) -> dict[str, str]:
        """`original` and one URL per rendition; what is not made yet has the original's."""
        return variants(image)

    def get_renditions(self, image: Image) -> dict[str, RenditionJSON]:
        """What is made, with its real dimensions in pixels and its bytes."""
        return _renditions_json(rendition_urls(image))

    def to_representation(self, image: Image) -> dict[str, Any]:
        """Write all of it down at once: field by field takes four times as long, on every list.

        What the fields say above is for the description; a test holds both together.
        """
        key, point = image.original_key, image.focal_point
        url, found = original_url(image), rendition_urls(image)
        data = {
            "id": image.pk,
            "organization": image.organization.slug,
            "creator": image.creator_id,
            "status": image.status,
            **({"error": image.error} if image.error else {}),
            "url": url,
            "variants": {"original": url, **{item.name: item.url for item in found}},
            "renditions": _renditions_json(found),
            "width": image.width,
            "height": image.height,
            "is_animated": image.is_animated,
            "focal_point": {"x": point.x / 100, "y": point.y / 100},
            "placeholder": {
                "color": image.placeholder_color,
                "thumbhash": image.placeholder_thumbhash,
            },
            "title": image.title,
            "alt_text": image.alt_text,
            "description": image.description,
            "decorative": image.decorative,
            "visibility": image.visibility,
            "file_name": image.file_name,
            "content_type": image.content_type,
            "file_size": image.file_size,
            "checksum": {"md5": image.md5, "sha256": image.sha256},
            "bucket": image.bucket,
            "object_key": key,
            "created_at": _timestamp(image.created_at),
            "updated_at": _timestamp(image.updated_at),
        }
        if self.context.get(EXPAND.name):
            picture = self.fields["picture"]
            with suppress(serializers.SkipField):
                data["picture"] = picture.to_representation(picture.get_attribute(image))
        return data


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def _renditions_json(found: list[RenditionUrl]) -> dict[str, RenditionJSON]:
    return {
        item.name: RenditionJSON(
            url=item.url,
            width=item.file.width,
            height=item.file.height,
            bytes=item.file.size,
            content_type=item.file.content_type,
        )
        for item in found
        if item.file is not None
    }


class ImageUpdateSerializer(JSONTypesMixin, serializers.ModelSerializer[Image]):
    """What may be said about an image."""

    title = serializers.CharField(max_length=255, allow_blank=True, required=False)
    alt_text = serializers.CharField(max_length=500, allow_blank=True, required=False)
    description = serializers.CharField(
        max_length=MAX_DESCRIPTION_LENGTH, allow_blank=True, required=False
    )
    decorative = TruthField()
    focal_point = FocalPointSerializerField(required=False)

    class Meta:
        model = Image
        fields: tuple[str, ...] = (
            *("title", "alt_text", "description", "decorative", "visibility", "focal_point"),
        )


class ImageUploadSerializer(ImageUpdateSerializer):
    """A new image: the file and, optionally, everything said about it."""

    # Not DRF's ImageField: it would decode the file outside of the one door that is safe to.
    file = UploadedFileField()

    class Meta(ImageUpdateSerializer.Meta):
        fields = ("file", *ImageUpdateSerializer.Meta.fields)


class FileReplaceSerializer(serializers.Serializer[Image]):
    """A new original for an image that exists; its focal point starts at the centre."""

    file = UploadedFileField()
    focal_point = FocalPointSerializerField(required=False)


class BulkUploadSerializer(serializers.Serializer[Image]):
    """Several new images."""

    files = UploadedFilesField()


class BulkFailureSerializer(serializers.Serializer[Any]):
    """Why one item of several was refused."""

    code = serializers.CharField(source="error.code")
    message = serializers.CharField(source="error.message", help_text="For people.")


class BulkUploadErrorSerializer(BulkFailureSerializer):
    """One file that was not stored."""

    index = serializers.IntegerField(help_text="Its place in the request, from 0.")
    file = serializers.CharField()


class BulkUploadResultSerializer(serializers.Serializer[Any]):
    """What became of each file."""

    uploaded = serializers.IntegerField()
    images = ImageSerializer(many=True)
    errors = BulkUploadErrorSerializer(many=True)  # type: ignore[assignment]  # the contract's name


class BulkDeleteSerializer(JSONTypesMixin, serializers.Serializer[Any]):
    """Images to delete, one at least."""

    ids = IdListField(min_length=1, max_length=MAX_BULK_DELETE)


class FailedDeletionSerializer(BulkFailureSerializer):
    """One image that was not deleted."""

    id = serializers.IntegerField()


class BulkDeleteResultSerializer(serializers.Serializer[Any]):
    """What became of each image."""

    deleted = serializers.ListField(child=serializers.IntegerField())
    failed = FailedDeletionSerializer(many=True)
