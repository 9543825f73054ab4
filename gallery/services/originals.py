"""The one imaging door: every original passes here, from API, admin, ORM and commands alike."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.base import File
from django.utils import timezone

from gallery import ledger, tasks
from gallery.conf import Strategy, UploadLimits
from gallery.exceptions import StorageUnavailable, TooLarge, UnsupportedFormat
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.intake import TakenIn
from gallery.imaging.probe import ImageFacts, digest
from gallery.imaging.render import Rendered, RenderRequest
from gallery.models import HasRenditions, MediaFile
from gallery.models.fields import ImageFieldFile
from gallery.models.widgets import PickerPicture
from gallery.renditions.decoders import decoders
from gallery.renditions.handles import Rendition, handles, named
from gallery.renditions.limits import decoding_limits
from gallery.renditions.picker import picker_picture
from gallery.renditions.sets import RenditionSet, set_for
from gallery.renditions.spec import RenditionKey, RenditionSpec
from gallery.renditions.strategies import strategies_of, strategy_of
from gallery.renditions.warmer import (
    live_keys,
    record_if_complete,
    wanted_renditions,
    warm_instance,
)
from gallery.storage import media_storage
from gallery.validators import clean_file_name


@dataclass(frozen=True, slots=True)
class StoredOriginal:
    """An original in storage, announced in the ledger, for one transaction to make live."""

    key: str
    facts: dict[str, Any]
    """What was learned about the stored bytes, by the names of the `Image` fields."""
    renditions: list[Rendered]
    """What was asked for on the way, in that order; not stored yet."""


def store_original(
    upload: File[Any],
    *,
    source: str,
    key_prefix: str,
    visibility: str,
    limits: UploadLimits,
    requests: Sequence[RenderRequest] = (),
) -> StoredOriginal:
    """Check, strip and store an upload under a fresh key; the ledger holds it as pending.

    Must run outside any transaction: see `ledger.announce`. The picture is decoded once, in a child
    process, also for the renditions in `requests`.

    Raises:
        ImageRejected: the bytes are not an acceptable image; nothing was stored.
        DecodersBusy: every decoder had other pictures to do for too long; nothing was stored.
        StorageUnavailable: the storage failed; what it may have kept is due for the sweep.
    """
    taken = _take_in(upload, requests, limits)
    image, data = taken.facts, taken.file
    facts = original_facts(image, data, name=upload.name)
    key = f"{key_prefix}/{timezone.now():%Y/%m/%d}/{uuid.uuid4()}.{image.format.extension}"
    row = original_row(key, facts, source=source, visibility=visibility)
    ledger.announce([row])
    try:
        ledger.put(row, data)
    except StorageUnavailable:
        ledger.give_up(key)
        raise
    return StoredOriginal(key, facts, taken.renditions)


def _take_in(
    upload: File[Any], requests: Sequence[RenderRequest], narrower: UploadLimits
) -> TakenIn:
    limits = decoding_limits(narrower)
    received = _read_bounded(upload, limits.max_bytes)
    try:
        return decoders().take_in(received, requests, limits=limits)
    except UnsupportedFormat as error:
        if not narrower.formats:
            raise
        # Many would be right elsewhere, so say what is right here.
        accepted = ", ".join(narrower.formats)
        raise UnsupportedFormat(f"The file is none of these: {accepted}.") from error


def _read_bounded(upload: File[Any], limit: int) -> bytes:
    upload.seek(0)
    data: bytes = upload.read(limit + 1)
    if len(data) > limit:
        raise TooLarge(f"The file is larger than {limit} bytes.", limit=limit)
    return data


def original_facts(image: ImageFacts, data: bytes, *, name: str | None) -> dict[str, Any]:
    """Return what is known about the stored bytes `data`, by the names of the `Image` fields."""
    digests = digest(data)
    return {
        "width": image.width,
        "height": image.height,
        "is_animated": image.is_animated,
        "content_type": image.format.content_type,
        "placeholder_color": image.placeholder.color,
        "placeholder_thumbhash": image.placeholder.thumbhash,
        "file_name": clean_file_name(name),
        "file_size": len(data),
        "md5": digests.md5,
        "sha256": digests.sha256,
        "bucket": media_storage().bucket_label,
    }


def original_row(key: str, facts: dict[str, Any], *, source: str, visibility: str) -> MediaFile:
    """Return the ledger's row of an original, not saved yet."""
    return MediaFile(
        key=key,
        source=source,
        visibility=visibility,
        size=facts["file_size"],
        **{name: facts[name] for name in ("content_type", "width", "height", "sha256")},
        file_name=facts["file_name"],
    )


class ModelPipeline:
    """What `gallery.models` asks for through its `Pipeline` seam."""

    def store(self, file: ImageFieldFile, upload: File[Any]) -> None:
        """Store `upload` and point `file` and its instance at it."""
        instance, point = file.instance, file.instance.focal_point
        specs = self._made_on_upload(instance)
        stored = store_original(
            upload,
            source=file.field.source,
            key_prefix=instance.key_prefix,
            visibility=instance.media_visibility(),
            limits=instance.upload_limits,
            requests=[spec.request(point) for spec in specs],
        )
        file.point_at(stored.key)
        instance.media_facts(stored.facts)
        # They are put when the row is committed, and only if it still wants them then.
        instance.prepared_renditions = {
            spec.key_for(stored.key, point): rendered
            for spec, rendered in zip(specs, stored.renditions, strict=True)
        }

    @staticmethod
    def _made_on_upload(instance: HasRenditions) -> RenditionSet:
        is_now = strategy_of(instance.rendition_set) is Strategy.on_upload
        return set_for(instance) if is_now else ()

    def saved(self, instance: HasRenditions) -> None:
        """Make the ledger agree with the saved row; warm what is missing after commit."""
        uses = instance.uses()
        points = {use.focal_point for use in uses}
        ledger.settle(
            type(instance).image_field_object().source,
            instance.pk,
            key=instance.original_key,
            visibility=instance.media_visibility(),
            is_wanted=lambda file: _is_on_one_of(points, file),
        )
        tasks.expose_after_commit(type(instance).image_field_object().source, instance.pk)
        if not instance.original_key:
            return
        wanted = wanted_renditions(instance, is_eager=True, uses=uses)
        if live_keys(wanted) == wanted.keys():
            instance.record_warming()
            ledger.end_warming(instance.original_key)
        else:
            ledger.queue_warming(instance.original_key)
            tasks.warm_after_commit(instance, strategies_of(instance, uses))

    def deleted(self, instance: HasRenditions) -> None:
        """Retire everything at once: a deleted image does not answer any more."""
        keys = ledger.release(type(instance).image_field_object().source, instance.pk)
        tasks.sweep_after_commit(keys)

    def warm(self, instance: HasRenditions) -> int:
        """Make what is missing, now."""
        warmed = warm_instance(instance)
        record_if_complete(instance, warmed)
        return warmed.made

    def renditions(
        self,
        instance: HasRenditions,
        *,
        focal_point: FocalPoint | None = None,
        rendition_set: str = "",
    ) -> list[Rendition]:
        """Return handles of the renditions of one use of `instance`."""
        return handles(instance, set_for(instance, rendition_set), focal_point)

    def named(self, renditions: list[Rendition], name: str) -> Rendition:
        """Return the one called `name`."""
        return named(renditions, name)

    def picker_picture(self, instance: HasRenditions, *, rendition_set: str = "") -> PickerPicture:
        """Return what the focal point of `instance` is picked on, also before there is a file."""
        return picker_picture(instance, rendition_set=rendition_set)


def _is_on_one_of(points: set[FocalPoint], file: MediaFile) -> bool:
    if not RenditionSpec.parse(file.fingerprint).follows_focal_point:
        return True
    key = RenditionKey.parse(file.key)
    return key is not None and key.focal_point in points
