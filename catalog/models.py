"""A product: something an organisation shows pictures of."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from gallery.conf import UploadLimits
from gallery.models import HasGallery, ImageMixin
from gallery.models.fields import ImageField
from gallery.querysets import GalleryQuerySet, RenditionQuerySet

MAX_NAME_LENGTH = 200
MAX_SLUG_LENGTH = 220
PICTURES = UploadLimits(formats=("JPEG", "PNG", "WEBP"), max_bytes=5 * 1024 * 1024)


class ProductQuerySet(  # type: ignore[override]  # one manager for both
    GalleryQuerySet["Product"], RenditionQuerySet["Product"]
):
    """Products that can bring their galleries along, and the renditions of their own image."""


class Product(HasGallery, ImageMixin):
    """Something with a name, a price, an image and a gallery."""

    rendition_set = gallery_rendition_set = "products"
    key_prefix = gallery_key_prefix = "products"
    upload_limits = gallery_upload_limits = PICTURES

    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, related_name="products"
    )
    name = models.CharField(max_length=MAX_NAME_LENGTH)
    slug = models.SlugField(max_length=MAX_SLUG_LENGTH, unique=True)
    description = models.TextField(blank=True)
    price = models.DecimalField(
        max_digits=10, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    image = ImageField(
        ppoi_field="image_ppoi",
        width_field="image_width",
        height_field="image_height",
        blank=True,
        db_index=True,
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProductQuerySet.as_manager()  # type: ignore[assignment, misc]  # likewise

    class Meta(ImageMixin.Meta):
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            *ImageMixin.Meta.constraints,
            models.CheckConstraint(condition=Q(price__gte=0), name="product_price_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name
