"""django-versatileimagefield as it comes: its own warmer, and sizers that save WebP.

The library keeps the original's format; a sizer that says otherwise is how its documentation
extends it. Sizes and qualities are in the sizers, as its keys have no place for a quality.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from benchmarks.variants import VARIANTS, Variant
from benchmarks.workers.django_project import create_table, set_up
from benchmarks.workers.media import MEDIA, stored
from benchmarks.workers.protocol import Files, rendering, serve

set_up("versatileimagefield")

from django.db import models  # noqa: E402  (Django must be set up first)
from versatileimagefield.fields import VersatileImageField  # noqa: E402
from versatileimagefield.image_warmer import VersatileImageFieldWarmer  # noqa: E402
from versatileimagefield.registry import versatileimagefield_registry  # noqa: E402
from versatileimagefield.versatileimagefield import CroppedImage, ThumbnailImage  # noqa: E402


class Photograph(models.Model):
    """A row with a picture."""

    image = VersatileImageField()

    class Meta:
        app_label = "benchmarks"

    def __str__(self) -> str:
        return self.image.name


def register(variant: Variant) -> None:
    """Register a sizer that makes one variant as the library does, but as WebP."""
    stock: Any = CroppedImage if variant.operation == "crop" else ThumbnailImage

    class Sizer(stock):
        filename_key = f"webp-{variant.name}"

        def retrieve_image(self, path_to_image: str) -> tuple[Any, str, str, str]:
            image, _, image_format, _ = super().retrieve_image(path_to_image)
            return image, "webp", image_format, "image/webp"

        def process_image(
            self,
            image: Any,
            image_format: str,
            save_kwargs: dict[str, Any],
            width: int,
            height: int,
        ) -> BytesIO:
            webp = {"format": "WEBP", "quality": variant.quality}
            return super().process_image(image, image_format, webp, width, height)

    versatileimagefield_registry.register_sizer(f"webp_{variant.name}", Sizer)


for _variant in VARIANTS:
    register(_variant)
SIZES = [(v.name, f"webp_{v.name}__{v.side}x{v.side}") for v in VARIANTS]


def prepare(photograph: Path) -> Photograph:
    """Insert a row for a stored photograph."""
    return Photograph.objects.create(image=stored(photograph))


def make(photograph: Photograph) -> Files:
    """Warm one row."""
    VersatileImageFieldWarmer(photograph, SIZES, "image").warm()
    image = photograph.image
    return {
        v.name: MEDIA / getattr(image, f"webp_{v.name}")[f"{v.side}x{v.side}"].name
        for v in VARIANTS
    }


if __name__ == "__main__":
    create_table(Photograph)
    serve(render=rendering(prepare, make))
