"""easy-thumbnails: `get_thumbnail` for each file, as its documentation shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.variants import VARIANTS
from benchmarks.workers.django_project import set_up
from benchmarks.workers.media import MEDIA, stored
from benchmarks.workers.protocol import Files, rendering, serve

set_up("easy_thumbnails", THUMBNAIL_EXTENSION="webp", THUMBNAIL_DEBUG=True)

from django.core.files.storage import default_storage  # noqa: E402  (Django must be set up first)
from easy_thumbnails.files import get_thumbnailer  # noqa: E402


def prepare(photograph: Path) -> Any:
    """Return the thumbnailer of a stored photograph."""
    return get_thumbnailer(default_storage, relative_name=stored(photograph))


def make(thumbnailer: Any) -> Files:
    """Make the thumbnails of one photograph."""
    files = {}
    for variant in VARIANTS:
        options = {
            "size": (variant.side, variant.side),
            "crop": variant.operation == "crop",
            "quality": variant.quality,
        }
        files[variant.name] = MEDIA / thumbnailer.get_thumbnail(options).name
    return files


if __name__ == "__main__":
    serve(render=rendering(prepare, make))
