"""django-pictures: its own processing, given exactly the four pictures.

Its grid of widths would make others as well. It has no setting for a quality: Pillow's default
for WebP it is, 80. It knows widths, not boxes, which is the same for photographs that lie.
"""

from __future__ import annotations

from benchmarks.variants import VARIANTS
from benchmarks.workers.django_project import set_up
from benchmarks.workers.media import MEDIA, stored
from benchmarks.workers.protocol import Files, rendering, serve

set_up("pictures", PICTURES={"FILE_TYPES": ["WEBP"], "USE_PLACEHOLDERS": False})

from django.core.files.storage import default_storage  # noqa: E402  (Django must be set up first)
from pictures.models import PillowPicture  # noqa: E402
from pictures.tasks import process_picture  # noqa: E402

RATIOS = {"crop": "1/1", "fit": None}


def make(name: str) -> Files:
    """Make the pictures of one photograph."""
    pictures = {
        v.name: PillowPicture(name, "WEBP", RATIOS[v.operation], default_storage, v.side)
        for v in VARIANTS
    }
    process_picture(
        storage=default_storage.deconstruct(),
        file_name=name,
        sender=None,
        new=[picture.deconstruct() for picture in pictures.values()],
    )
    return {variant: MEDIA / picture.name for variant, picture in pictures.items()}


if __name__ == "__main__":
    serve(render=rendering(stored, make))
