"""pyvips by hand: `thumbnail` from the file for each size, or, with `cascade`, each from the last.

Both are what its documentation recommends; the second decodes once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pyvips

from benchmarks.variants import VARIANTS, Variant
from benchmarks.workers.media import MEDIA, stored_path
from benchmarks.workers.protocol import Files, rendering, serve

IS_CASCADE = "cascade" in sys.argv[1:]


def options(variant: Variant) -> dict[str, Any]:
    """Return how `thumbnail` is told a variant."""
    crop = {"crop": "centre"} if variant.operation == "crop" else {}
    return {"height": variant.side, "size": "down", **crop}


def save(image: Any, variant: Variant) -> Path:
    """Write one file without metadata."""
    target = MEDIA / f"{variant.name}.webp"
    image.webpsave(str(target), Q=variant.quality, keep="none")
    return target


def from_file(photograph: Path) -> Files:
    """Open the file anew for each size, decoding only as finely as it needs."""
    files = {}
    for variant in VARIANTS:
        image = pyvips.Image.thumbnail(str(photograph), variant.side, **options(variant))
        files[variant.name] = save(image, variant)
    return files


def cascade(photograph: Path) -> Files:
    """Decode once for the largest size; make each smaller one from the one before."""
    files = {}
    image = None
    for variant in sorted(VARIANTS, key=lambda v: v.side, reverse=True):
        if image is None:
            image = pyvips.Image.thumbnail(str(photograph), variant.side, **options(variant))
        else:
            image = image.thumbnail_image(variant.side, **options(variant))
        image = image.copy_memory()
        files[variant.name] = save(image, variant)
    return files


if __name__ == "__main__":
    serve(render=rendering(stored_path, cascade if IS_CASCADE else from_file))
