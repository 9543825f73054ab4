"""sorl-thumbnail: `get_thumbnail` for each file, as its documentation shows it."""

from __future__ import annotations

from benchmarks.variants import VARIANTS
from benchmarks.workers.django_project import set_up
from benchmarks.workers.media import MEDIA, stored
from benchmarks.workers.protocol import Files, rendering, serve

set_up("sorl.thumbnail", THUMBNAIL_FORMAT="WEBP", THUMBNAIL_UPSCALE=False)

from sorl.thumbnail import get_thumbnail  # noqa: E402  (Django must be set up first)


def make(name: str) -> Files:
    """Make the thumbnails of one photograph."""
    files = {}
    for variant in VARIANTS:
        crop = {"crop": "center"} if variant.operation == "crop" else {}
        geometry = f"{variant.side}x{variant.side}"
        thumbnail = get_thumbnail(name, geometry, quality=variant.quality, **crop)
        files[variant.name] = MEDIA / thumbnail.name
    return files


if __name__ == "__main__":
    serve(render=rendering(stored, make))
