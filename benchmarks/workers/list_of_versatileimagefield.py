"""The same list by django-versatileimagefield: its serializer's field in a serializer of a model.

Every other field is there as in this project's list, but for what the library does not know: the
renditions' real dimensions and sizes. With the argument `prewarmed` the library is told that all
files are made, as its documentation advises for production; without, it asks its cache for each.
"""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.variants import VARIANTS
from benchmarks.workers.django_project import create_table, set_up
from benchmarks.workers.list_page import IMAGES, facts, key, timing
from benchmarks.workers.protocol import serve

IS_PREWARMED = "prewarmed" in sys.argv[1:]
set_up(
    *("versatileimagefield", "rest_framework"),
    VERSATILEIMAGEFIELD_SETTINGS={"create_images_on_demand": not IS_PREWARMED},
    # Room for every URL: by default this cache forgets after 300.
    CACHES={
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    },
)

from django.core.cache import cache  # noqa: E402  (Django must be set up first)
from django.db import models  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.renderers import JSONRenderer  # noqa: E402
from versatileimagefield.fields import PPOIField, VersatileImageField  # noqa: E402
from versatileimagefield.serializers import VersatileImageFieldSerializer  # noqa: E402

SIZERS = {"crop": "crop", "fit": "thumbnail"}
SIZES = [("original", "url")] + [
    (v.name, f"{SIZERS[v.operation]}__{v.side}x{v.side}") for v in VARIANTS
]


class Image(models.Model):
    """An image with the plain fields of this project's."""

    organization = models.CharField(max_length=64, default="acme")
    creator = models.IntegerField(null=True)
    file = VersatileImageField(ppoi_field="ppoi", width_field="width", height_field="height")
    ppoi = PPOIField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    is_animated = models.BooleanField(default=False)
    title = models.CharField(max_length=255)
    alt_text = models.CharField(max_length=500)
    description = models.TextField()
    decorative = models.BooleanField(default=False)
    visibility = models.CharField(max_length=7, default="public")
    status = models.CharField(max_length=7)
    file_name = models.CharField(max_length=255)
    file_size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=32)
    md5 = models.CharField(max_length=32)
    sha256 = models.CharField(max_length=64)
    bucket = models.CharField(max_length=255, null=True)  # noqa: DJ001  (as in the project)
    placeholder_color = models.CharField(max_length=7)
    placeholder_thumbhash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "benchmarks"

    def __str__(self) -> str:
        return self.title


class PlaceholderSerializer(serializers.Serializer):
    """What to show while the image loads."""

    color = serializers.CharField(source="placeholder_color")
    thumbhash = serializers.CharField(source="placeholder_thumbhash")


class ChecksumSerializer(serializers.Serializer):
    """Digests of the original."""

    md5 = serializers.CharField()
    sha256 = serializers.CharField()


class FocalPointSerializer(serializers.Field):
    """The point as an object of two numbers."""

    def to_representation(self, value: tuple[float, float]) -> dict[str, float]:
        return {"x": value[0], "y": value[1]}


class ImageSerializer(serializers.ModelSerializer):
    """An image with its URLs."""

    url = serializers.CharField(source="file.url")
    variants = VersatileImageFieldSerializer(sizes=SIZES, source="file")
    focal_point = FocalPointSerializer(source="file.ppoi")
    placeholder = PlaceholderSerializer(source="*")
    checksum = ChecksumSerializer(source="*")
    object_key = serializers.CharField(source="file.name")

    class Meta:
        model = Image
        fields = (
            *("id", "organization", "creator", "status", "url", "variants"),
            *("width", "height", "is_animated", "focal_point", "placeholder"),
            *("title", "alt_text", "description", "decorative", "visibility"),
            *("file_name", "content_type", "file_size", "checksum", "bucket", "object_key"),
            *("created_at", "updated_at"),
        )


def fill() -> None:
    """Insert the rows; tell the library's cache that every file is made, as warming would."""
    Image.objects.bulk_create(Image(file=key(number), **facts(number)) for number in range(IMAGES))
    for image in Image.objects.all():
        image.file.create_on_demand = False
        variants: Any = ImageSerializer(image).data["variants"]
        cache.set_many(dict.fromkeys(variants.values(), 1), timeout=None)


def load() -> list[Image]:
    """Return the page."""
    return list(Image.objects.order_by("-created_at", "-pk"))


def answer(images: list[Image]) -> bytes:
    """Return the body."""
    body: bytes = JSONRenderer().render(ImageSerializer(images, many=True).data)
    return body


if __name__ == "__main__":
    create_table(Image)
    fill()
    serve(list=timing(load, answer, mark=b"__sized__"))
