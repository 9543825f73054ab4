"""The shapes of an image's place in a gallery."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from rest_framework import serializers

from gallery.api.fields import (
    MAX_ID,
    FocalPointSerializerField,
    IdListField,
    TruthField,
    UploadedFileField,
)
from gallery.api.serializers.images import MAX_DESCRIPTION_LENGTH, ImageSerializer
from gallery.api.serializers.pictures import PictureSerializer
from gallery.models import Image, PolymorphicImageRelation
from gallery.renditions.urls import variants
from orgs.json_types import JSONTypesMixin

MAX_ORDER = 2**31 - 1


class RelationSerializer(serializers.ModelSerializer[PolymorphicImageRelation]):
    """An image in the gallery of an object, as it is shown there."""

    # A list needs `with_renditions()`, or it asks the database for each relation.

    image = ImageSerializer(help_text="As it is in the library.")
    app_label = serializers.SerializerMethodField()
    model = serializers.SerializerMethodField()
    focal_point = FocalPointSerializerField(source="own_focal_point", allow_null=True)
    title = serializers.CharField(help_text="The custom one, else the image's.")
    alt_text = serializers.CharField(help_text="The custom one, else the image's.")
    description = serializers.CharField(help_text="The custom one, else the image's.")
    decorative = serializers.BooleanField(
        help_text="As said for this use, else as the image says unless there is a custom alt text."
    )
    variants = serializers.SerializerMethodField()
    picture = PictureSerializer(
        required=False, help_text="Only with `?expand=picture`: on the focal point here."
    )

    class Meta:
        model = PolymorphicImageRelation
        fields = (
            *("id", "image", "app_label", "model", "object_id", "is_cover", "order"),
            *("focal_point", "custom_title", "custom_alt_text", "custom_description"),
            *("custom_decorative", "title", "alt_text", "description", "decorative"),
            *("variants", "picture", "created_at"),
        )
        read_only_fields = fields

    def get_app_label(self, relation: PolymorphicImageRelation) -> str:
        """Of the object's model."""
        return _content_type(relation).app_label

    def get_model(self, relation: PolymorphicImageRelation) -> str:
        """The name of the object's model, in lower case."""
        return _content_type(relation).model

    def get_variants(self, relation: PolymorphicImageRelation) -> dict[str, str]:
        """As the image's, but crops follow the focal point here."""
        return variants(
            relation.image,
            focal_point=relation.own_focal_point,
            set_name=relation.rendition_set,
        )


def _content_type(relation: PolymorphicImageRelation) -> ContentType:
    # By its id, which Django keeps in memory, and not by the relation, which asks the database.
    return ContentType.objects.get_for_id(relation.content_type_id)


class PlacementSerializer(JSONTypesMixin, serializers.Serializer[PolymorphicImageRelation]):
    """What may be said about an image in one gallery."""

    custom_title = serializers.CharField(max_length=255, allow_blank=True, required=False)
    custom_alt_text = serializers.CharField(max_length=500, allow_blank=True, required=False)
    custom_description = serializers.CharField(
        max_length=MAX_DESCRIPTION_LENGTH, allow_blank=True, required=False
    )
    custom_decorative = TruthField(
        allow_null=True, help_text="Whether it says nothing here; null is as the image says."
    )
    is_cover = TruthField(help_text="True makes it the only cover.")
    order = serializers.IntegerField(
        min_value=0,
        max_value=MAX_ORDER,
        required=False,
        help_text="Its place from 0; the others make room. Beyond the end is the end.",
    )
    focal_point = FocalPointSerializerField(
        required=False, allow_null=True, help_text="For this use alone; null is the image's own."
    )


class AttachUploadSerializer(PlacementSerializer):
    """A new image, what is said about it in the library, and its place in the gallery."""

    file = UploadedFileField()
    title = serializers.CharField(max_length=255, allow_blank=True, required=False)
    alt_text = serializers.CharField(max_length=500, allow_blank=True, required=False)
    description = serializers.CharField(
        max_length=MAX_DESCRIPTION_LENGTH, allow_blank=True, required=False
    )
    decorative = TruthField()
    visibility = serializers.ChoiceField(choices=Image.Visibility.choices, required=False)


class ImageIdsSerializer(JSONTypesMixin, serializers.Serializer[Any]):
    """Images of the organisation, one at least; those named twice count once."""

    image_ids = IdListField(min_length=1)


class OrderSerializer(JSONTypesMixin, serializers.Serializer[Any]):
    """Every image of the gallery, each once, in the new order."""

    image_ids = IdListField()


class CoverSerializer(JSONTypesMixin, serializers.Serializer[Any]):
    """The image to put on the cover."""

    image_id = serializers.IntegerField(min_value=1, max_value=MAX_ID)


class AttachedSerializer(serializers.Serializer[Any]):
    """The images that were asked for: all of them are attached now."""

    attached = serializers.ListField(child=serializers.IntegerField())


class DetachedSerializer(serializers.Serializer[Any]):
    """The images that were asked for: none of them is attached now."""

    detached = serializers.ListField(child=serializers.IntegerField())


class DetailSerializer(serializers.Serializer[Any]):
    """It is done."""

    detail = serializers.CharField()
