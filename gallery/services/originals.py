"""The one imaging door: every original passes here, from API, admin, ORM and commands alike."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.core.files.base import File
from django.utils import timezone

from gallery import ledger, tasks
from gallery.conf import gallery_settings
from gallery.exceptions import StorageUnavailable, TooLarge
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.metadata import strip
from gallery.imaging.probe import ImageFacts, digest, probe
from gallery.models import HasRenditions, MediaFile
from gallery.models.fields import ImageFieldFile
from gallery.renditions.limits import decoding_limits
from gallery.renditions.sets import set_for
from gallery.renditions.spec import RenditionKey, RenditionSpec
from gallery.renditions.warmer import record_if_complete, warm_instance
from gallery.storage import media_storage
from gallery.validators import clean_file_name


@dataclass(frozen=True, slots=True)
class StoredOriginal:
    """An original in storage, announced in the ledger, for one transaction to make live."""

    key: str
    facts: dict[str, Any]
    """What was learned about the stored bytes, by the names of the `Image` fields."""


def store_original(upload: File[Any], *, source: str, key_prefix: str) -> StoredOriginal:
    """Probe, strip and store an upload under a fresh key; the ledger holds it as pending.

    Must run outside any transaction: see `ledger.announce`.

    Raises:
        ImageRejected: the bytes are not an acceptable image; nothing was stored.
        StorageUnavailable: the storage failed; what it may have kept is due for the sweep.
    """
    received = _read_bounded(upload)
    image = probe(BytesIO(received), limits=decoding_limits())
    data = strip(received, image.format)
    digests = digest(data)
    key = f"{key_prefix}/{timezone.now():%Y/%m/%d}/{uuid.uuid4()}.{image.format.extension}"
    row = MediaFile(
        key=key,
        source=source,
        content_type=image.format.content_type,
        width=image.width,
        height=image.height,
        size=len(data),
        sha256=digests.sha256,
    )
    ledger.announce([row])
    try:
        ledger.put(row, data)
    except StorageUnavailable:
        ledger.give_up(key)
        raise
    facts = _image_facts(image) | {
        "file_name": clean_file_name(upload.name),
        "file_size": len(data),
        "md5": digests.md5,
        "sha256": digests.sha256,
        "bucket": media_storage().bucket_label,
    }
    return StoredOriginal(key, facts)


def _read_bounded(upload: File[Any]) -> bytes:
    limit = gallery_settings().max_upload_bytes
    upload.seek(0)
    data: bytes = upload.read(limit + 1)
    if len(data) > limit:
        raise TooLarge(f"The file is larger than {limit} bytes.", limit=limit)
    return data


def _image_facts(image: ImageFacts) -> dict[str, Any]:
    return {
        "width": image.width,
        "height": image.height,
        "is_animated": image.is_animated,
        "content_type": image.format.content_type,
        "placeholder_color": image.placeholder.color,
        "placeholder_thumbhash": image.placeholder.thumbhash,
    }


class ModelPipeline:
    """What `gallery.models` asks for through its `Pipeline` seam."""

    def store(self, file: ImageFieldFile, upload: File[Any]) -> None:
        """Store `upload` and point `file` and its instance at it."""
        instance = file.instance
        stored = store_original(upload, source=file.field.source, key_prefix=instance.key_prefix)
        file.point_at(stored.key)
        instance.media_facts(stored.facts)

    def saved(self, instance: HasRenditions) -> None:
        """Make the ledger agree with the saved row; warm what is missing after commit."""
        points = instance.focal_points_in_use()
        ledger.settle(
            type(instance).image_field_object().source,
            instance.pk,
            key=instance.original_key,
            visibility=instance.media_visibility(),
            is_wanted=lambda file: _is_on_one_of(points, file),
        )
        if instance.original_key:
            tasks.warm_after_commit(instance)

    def deleted(self, instance: HasRenditions) -> None:
        """Retire everything at once: a deleted image does not answer any more."""
        keys = ledger.release(type(instance).image_field_object().source, instance.pk)
        tasks.sweep_after_commit(keys)

    def warm(self, instance: HasRenditions) -> int:
        """Make what is missing, now."""
        specs = set_for(instance)
        warmed = warm_instance(instance, specs)
        record_if_complete(instance, specs, warmed)
        return warmed.made


def _is_on_one_of(points: set[FocalPoint], file: MediaFile) -> bool:
    if not RenditionSpec.parse(file.fingerprint).follows_focal_point:
        return True
    key = RenditionKey.parse(file.key)
    return key is not None and key.focal_point in points
