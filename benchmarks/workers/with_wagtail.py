"""Wagtail's images: `get_renditions`, the way its documentation makes several at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.variants import VARIANTS
from benchmarks.workers.django_project import set_up
from benchmarks.workers.media import MEDIA, stored
from benchmarks.workers.protocol import Files, rendering, serve

set_up(
    *("wagtail.images", "wagtail.users", "wagtail.search", "wagtail.admin", "wagtail", "taggit"),
    *("django.contrib.sessions", "django.contrib.messages"),
    STATIC_URL="/static/",
    WAGTAIL_SITE_NAME="benchmarks",
    WAGTAILADMIN_BASE_URL="http://localhost",
)

from wagtail.images import get_image_model  # noqa: E402  (Django must be set up first)

OPERATIONS = {"crop": "fill", "fit": "max"}
FILTERS = {
    f"{OPERATIONS[variant.operation]}-{variant.side}x{variant.side}"
    f"|format-webp|webpquality-{variant.quality}": variant.name
    for variant in VARIANTS
}


def prepare(photograph: Path) -> Any:
    """Insert the row of a stored photograph; what it asks of the file is not timed."""
    return get_image_model().objects.create(title="Photograph", file=stored(photograph))


def make(image: Any) -> Files:
    """Make the renditions of one photograph."""
    renditions = image.get_renditions(*FILTERS)
    return {FILTERS[key]: MEDIA / rendition.file.name for key, rendition in renditions.items()}


if __name__ == "__main__":
    serve(render=rendering(prepare, make))
