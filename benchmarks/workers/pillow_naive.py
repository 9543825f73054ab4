"""Pillow as most people write it: open once, resize the whole picture for each file, save."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageOps

from benchmarks.variants import VARIANTS
from benchmarks.workers.media import MEDIA, stored_path
from benchmarks.workers.protocol import Files, rendering, serve

# The largest photograph is meant.
Image.MAX_IMAGE_PIXELS = None


def make(photograph: Path) -> Files:
    """Make the files of one photograph."""
    files = {}
    with Image.open(photograph) as opened:
        original = opened.copy()
    ImageOps.exif_transpose(original, in_place=True)
    for variant in VARIANTS:
        box = (variant.side, variant.side)
        resize = ImageOps.fit if variant.operation == "crop" else ImageOps.contain
        small = resize(original, box, Image.Resampling.LANCZOS)
        files[variant.name] = MEDIA / f"{variant.name}.webp"
        small.save(files[variant.name], "WEBP", quality=variant.quality)
    return files


if __name__ == "__main__":
    serve(render=rendering(stored_path, make))
