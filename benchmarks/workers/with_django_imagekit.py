"""django-imagekit: one spec for each file, generated like `generateimages` does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.variants import VARIANTS, Variant
from benchmarks.workers.django_project import set_up
from benchmarks.workers.media import MEDIA, stored
from benchmarks.workers.protocol import Files, rendering, serve

set_up("imagekit")

from django.core.files.storage import default_storage  # noqa: E402  (Django must be set up first)
from imagekit import ImageSpec  # noqa: E402
from imagekit.cachefiles import ImageCacheFile  # noqa: E402
from imagekit.processors import ResizeToFill, ResizeToFit  # noqa: E402


def spec(variant: Variant) -> type[Any]:
    """Return the spec of one variant."""
    side = variant.side
    is_crop = variant.operation == "crop"
    resize = ResizeToFill(side, side) if is_crop else ResizeToFit(side, side, upscale=False)

    class Spec(ImageSpec):
        processors = [resize]
        format = "WEBP"
        options = {"quality": variant.quality}

    return Spec


SPECS = {variant.name: spec(variant) for variant in VARIANTS}


def prepare(photograph: Path) -> str:
    """Store a photograph."""
    return stored(photograph)


def make(name: str) -> Files:
    """Generate the files of one photograph, each from the file as a model's field would."""
    files = {}
    for variant, specification in SPECS.items():
        with default_storage.open(name) as source:
            made = ImageCacheFile(specification(source=source))
            made.generate()
        files[variant] = MEDIA / made.name
    return files


if __name__ == "__main__":
    serve(render=rendering(prepare, make))
