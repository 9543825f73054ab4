"""The shapes of products and of their images, which are places in their galleries."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from catalog.models import MAX_NAME_LENGTH, MAX_SLUG_LENGTH, Product
from gallery.api.fields import IdListField, TruthField, UploadedFileField, UploadedFilesField
from gallery.api.serializers.images import BulkUploadErrorSerializer
from gallery.api.serializers.relations import MAX_ORDER
from gallery.models import PolymorphicImageRelation
from gallery.renditions.urls import original_url, variants
from orgs.json_types import JSONTypesMixin
from orgs.models import MAX_SLUG_LENGTH as MAX_ORGANIZATION_LENGTH

MAX_BULK_FILES = 10
MAX_TEXT_LENGTH = 10_000


class ProductImageSerializer(serializers.ModelSerializer[PolymorphicImageRelation]):
    """An image of a product; its URLs are absolute."""

    image_url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()
    medium_url = serializers.SerializerMethodField()
    alt_text = serializers.CharField(help_text="The product's own, else the image's.")
    caption = serializers.CharField(
        source="description", help_text="The product's own, else the image's description."
    )
    is_primary = serializers.BooleanField(source="is_cover")
    uploaded_at = serializers.DateTimeField(source="image.created_at")

    class Meta:
        model = PolymorphicImageRelation
        fields: ClassVar[list[str]] = [
            *("id", "image_url", "thumbnail_url", "medium_url"),
            *("alt_text", "caption", "is_primary", "order", "uploaded_at"),
        ]
        read_only_fields = fields

    def get_image_url(self, relation: PolymorphicImageRelation) -> str:
        """Of the original."""
        return self._url(relation, "original")

    def get_thumbnail_url(self, relation: PolymorphicImageRelation) -> str:
        """200 pixels square, cut around the focal point; not made yet, the original."""
        return self._url(relation, "thumb200")

    def get_medium_url(self, relation: PolymorphicImageRelation) -> str:
        """At most 800 pixels wide and high; not made yet, the original."""
        return self._url(relation, "thumb800")

    def _url(self, relation: PolymorphicImageRelation, name: str) -> str:
        urls = variants(
            relation.image,
            focal_point=relation.own_focal_point,
            set_name=Product.gallery_rendition_set,
        )
        absolute: str = self.context["request"].build_absolute_uri(urls[name])
        return absolute


class ProductSerializer(serializers.ModelSerializer[Product]):
    """A product with its image and its gallery."""

    # A list needs `with_gallery()` and `select_related("organization")`, or it asks for each.

    organization = serializers.CharField(source="organization.slug", help_text="Its slug.")
    image = serializers.SerializerMethodField()
    image_url = serializers.SerializerMethodField()
    primary_image = ProductImageSerializer(source="cover", allow_null=True)
    images = ProductImageSerializer(source="gallery.all", many=True)

    class Meta:
        model = Product
        fields: ClassVar[list[str]] = [
            *("id", "organization", "name", "slug", "description", "price"),
            *("image", "image_url", "image_width", "image_height"),
            *("primary_image", "images", "created_at", "updated_at"),
        ]
        read_only_fields = fields

    def get_image(self, product: Product) -> str | None:
        """The URL of the single image as everywhere in this API; null without one."""
        return original_url(product) if product.original_key else None

    def get_image_url(self, product: Product) -> str | None:
        """The same, absolute."""
        url = self.get_image(product)
        return url and self.context["request"].build_absolute_uri(url)


class ProductUpdateSerializer(JSONTypesMixin, serializers.ModelSerializer[Product]):
    """What may be said about a product."""

    # Declared, so that DRF adds no look-up of its own: the database decides whether it is free.
    slug = serializers.SlugField(
        max_length=MAX_SLUG_LENGTH,
        required=False,
        allow_blank=True,
        help_text="Empty is as if left out, which a form cannot say otherwise.",
    )
    name = serializers.CharField(max_length=MAX_NAME_LENGTH)
    description = serializers.CharField(
        max_length=MAX_TEXT_LENGTH, allow_blank=True, required=False
    )

    class Meta:
        model = Product
        fields: ClassVar[list[str]] = ["name", "slug", "description", "price"]

    def validate_slug(self, slug: str) -> str:
        """Leave an empty one out."""
        if not slug:
            raise serializers.SkipField
        return slug


class ProductCreateSerializer(ProductUpdateSerializer):
    """A new product."""

    organization = serializers.CharField(
        max_length=MAX_ORGANIZATION_LENGTH,
        required=False,
        help_text="Its slug; yours, if you are a member of just one.",
    )

    class Meta(ProductUpdateSerializer.Meta):
        fields: ClassVar[list[str]] = ["organization", *ProductUpdateSerializer.Meta.fields]


class SingleImageSerializer(serializers.Serializer[Product]):
    """A file for the single image."""

    image = UploadedFileField()


class ProductImageUpdateSerializer(JSONTypesMixin, serializers.Serializer[Any]):
    """What may be said about an image of a product."""

    alt_text = serializers.CharField(
        source="custom_alt_text", max_length=500, allow_blank=True, required=False
    )
    caption = serializers.CharField(
        source="custom_description", max_length=MAX_TEXT_LENGTH, allow_blank=True, required=False
    )
    is_primary = TruthField(source="is_cover")
    order = serializers.IntegerField(min_value=0, max_value=MAX_ORDER, required=False)


class ProductImageUploadSerializer(ProductImageUpdateSerializer):
    """A new image of a product. The first one becomes the primary one in any case."""

    image = UploadedFileField()


class ProductImagesUploadSerializer(serializers.Serializer[Any]):
    """Several new images of a product."""

    images = UploadedFilesField(most=MAX_BULK_FILES)


class ProductImagesUploadedSerializer(serializers.Serializer[Any]):
    """What became of each file."""

    uploaded = serializers.IntegerField()
    images = ProductImageSerializer(many=True)
    errors = BulkUploadErrorSerializer(many=True)  # type: ignore[assignment]  # the contract's name


class ProductOrderSerializer(JSONTypesMixin, serializers.Serializer[Any]):
    """Every image of the product, each once, in the new order."""

    order = IdListField()
