"""Make a rendition when somebody asks for its URL: one process makes it, the others wait."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from django.db import connection

from gallery import ledger
from gallery.conf import gallery_settings
from gallery.exceptions import (
    DecodersBusy,
    GalleryError,
    ImageRejected,
    OriginalGone,
    OverBudget,
)
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.formats import EXTENSIONS
from gallery.models import MediaFile
from gallery.renditions.has_original import HasOriginal
from gallery.renditions.on_demand import make_one
from gallery.renditions.sources import find_object
from gallery.renditions.spec import RenditionKey, RenditionSpec
from gallery.renditions.warmer import wanted_renditions

logger = logging.getLogger(__name__)

# How often those who wait look, at first and in the end.
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.02, 0.25


@dataclass(frozen=True, slots=True)
class KnownRendition:
    """A rendition that an object asks for, whether it is made or not."""

    key: str
    original: MediaFile
    instance: HasOriginal
    spec: RenditionSpec
    focal_point: FocalPoint

    @property
    def is_given_up(self) -> bool:
        """Whether it was tried often enough."""
        return self.original.warming == MediaFile.Warming.FAILED


def known_rendition(key: str) -> KnownRendition | None:
    """Return what a storage key stands for, None unless an object asks for just that.

    The set must be configured for it and the focal point in use: nobody makes files by inventing
    URLs.
    """
    parsed = RenditionKey.parse(key)
    if parsed is None:
        return None
    originals = MediaFile.objects.filter(
        key__in=[f"{parsed.base}.{extension}" for extension in EXTENSIONS],
        original=None,
        state=MediaFile.State.LIVE,
    )
    for original in originals:
        instance = find_object(original.source, original.object_id)
        if instance is not None and instance.original_key == original.key:
            spec, point = wanted_renditions(instance).get(key, (None, None))
            if spec is not None and point is not None:
                return KnownRendition(key, original, instance, spec, point)
    return None


def make_when_asked(known: KnownRendition) -> MediaFile:
    """Return the live file, made by this process or, if one is at it already, by another.

    Raises:
        ImageRejected: the original cannot be decoded; after some attempts it is given up.
        DecodersBusy: it takes too long; somebody may be at it still.
        StorageUnavailable, OriginalGone: as for any rendition.
    """
    deadline = time.monotonic() + gallery_settings().decoder_wall_seconds
    pause = _SHORTEST_PAUSE
    while True:
        file = MediaFile.objects.live(known.key)
        if file is not None:
            return file
        holder = ledger.claim(known.key, seconds=_lease())
        if holder is not None:
            try:
                return _make(known)
            finally:
                ledger.let_go(known.key, holder)
        if time.monotonic() > deadline:
            raise DecodersBusy
        _release_connection()
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _make(known: KnownRendition) -> MediaFile:
    file = MediaFile.objects.live(known.key)
    if file is not None:
        return file  # made between the look and the claim
    original = MediaFile.objects.live(known.original.key)
    if original is not None and original.warming == MediaFile.Warming.FAILED:
        raise ImageRejected  # given up meanwhile: those who waited do not try in turn
    try:
        make_one(
            known.instance,
            known.spec,
            known.focal_point,
            before_decoding=_release_connection,
        )
    except ImageRejected as error:
        _record_failure(known, error)
        raise
    if known.original.warming_attempts:
        ledger.forget_failures(known.original.key)
    file = MediaFile.objects.live(known.key)
    if file is None:
        raise OriginalGone  # deleted as soon as it was made
    return file


def _record_failure(known: KnownRendition, error: GalleryError) -> None:
    key = known.original.key
    is_final = not isinstance(error, OverBudget)
    logger.warning("rendition_failed key=%s code=%s", known.key, error.code, exc_info=error)
    if ledger.fail_attempt(key, error.code, is_final=is_final):
        known.instance.record_warming(error.code)


def _release_connection() -> None:
    """Let others have the database connection while this request waits: a pool has only some.

    Nobody iterates over a cursor of it here, as whoever warms in a loop may.
    """
    if not connection.in_atomic_block:
        connection.close()


def _lease() -> float:
    """Return after how many seconds a maker counts as dead: all its waits, and time to store."""
    configured = gallery_settings()
    return configured.decoder_wall_seconds + configured.decoder_patience_seconds + 30
