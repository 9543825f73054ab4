"""One image on any model: the fields for what `HasRenditions` does."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from gallery.models.fields import FocalPointField, ImageField, ppoi_constraint
from gallery.models.mixins import HasRenditions


class ImageMixin(HasRenditions):
    """One image on any model: the field, its focal point and its upright dimensions.

    ```python
    class Product(ImageMixin):
        rendition_set = "products"  # "gallery" unless said otherwise
        key_prefix = "products"

        class Meta(ImageMixin.Meta):  # with the database's checks
            ordering = ["name"]
    ```
    """

    image = ImageField(
        ppoi_field="image_ppoi",
        width_field="image_width",
        height_field="image_height",
        db_index=True,
    )
    image_ppoi = FocalPointField("focal point")
    image_width = models.PositiveIntegerField(null=True, editable=False)
    image_height = models.PositiveIntegerField(null=True, editable=False)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            ppoi_constraint("image_ppoi", name="%(app_label)s_%(class)s_focal_point_in_range"),
            models.CheckConstraint(
                condition=Q(image="", image_width=None, image_height=None)
                | (
                    # The database takes "unknown" for an answer: say that there must be some.
                    ~Q(image="")
                    & Q(image_width__isnull=False, image_height__isnull=False)
                    & Q(image_width__gt=0, image_height__gt=0)
                ),
                name="%(app_label)s_%(class)s_image_has_size",
            ),
        ]
