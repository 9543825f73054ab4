"""The list of images as this project's endpoint answers it, on rows that have all renditions."""

from __future__ import annotations

import os
from typing import Any

# Before Django reads the settings: nothing of whoever runs this, and no log of queries.
os.environ.update(
    DJANGO_SETTINGS_MODULE="settings.local",
    DATABASE_URL="sqlite://:memory:",
    DEBUG="false",
    USE_S3_STORAGE="false",
)

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from benchmarks.workers.list_page import IMAGES, facts, key, timing  # noqa: E402
from benchmarks.workers.protocol import serve  # noqa: E402
from gallery.api.serializers.images import ImageSerializer  # noqa: E402
from gallery.models import Image, MediaFile  # noqa: E402
from gallery.renditions.sets import rendition_set  # noqa: E402
from orgs.models import Organization  # noqa: E402
from orgs.renderers import CompactJSONRenderer  # noqa: E402


def fill() -> None:
    """Insert the images and their files as the ledger would have them; nothing is stored."""
    organization = Organization.objects.create(slug="acme", name="Acme")
    # The plain manager: no upload is to be recorded.
    Image._base_manager.bulk_create(
        Image(organization=organization, file=key(number), **facts(number))
        for number in range(IMAGES)
    )
    for image in Image.objects.order_by("pk"):
        _record(image)


def _record(image: Image) -> None:
    shared: dict[str, Any] = {
        "state": MediaFile.State.LIVE,
        "source": "gallery.Image.file",
        "object_id": str(image.pk),
        "visibility": image.visibility,
        "sha256": image.sha256,
    }
    original = MediaFile.objects.create(
        key=image.original_key,
        content_type=image.content_type,
        width=image.width,
        height=image.height,
        size=image.file_size,
        **shared,
    )
    MediaFile.objects.bulk_create(
        MediaFile(
            key=spec.key_for(image.original_key),
            original=original,
            rendition=spec.name,
            fingerprint=spec.size_key,
            content_type=spec.format.content_type,
            width=spec.width,
            height=spec.height,
            size=10_000,
            **shared,
        )
        for spec in rendition_set("gallery")
    )


def load() -> list[Image]:
    """Return the page as the view's queryset brings it."""
    return list(Image.objects.select_related("organization").with_renditions())


def answer(images: list[Image]) -> bytes:
    """Return the body."""
    body: bytes = CompactJSONRenderer().render(ImageSerializer(images, many=True).data)
    return body


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    fill()
    serve(list=timing(load, answer, mark=b".webp"))
