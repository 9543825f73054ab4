"""What happens after commit: warm and sweep. Ids in; safe to run twice, late or never.

Nothing here is needed for correctness: it hurries what `sweep_media` would do.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from gallery import ledger
from gallery.conf import gallery_settings
from gallery.exceptions import GalleryError, StorageUnavailable
from gallery.models import HasRenditions, Image
from gallery.querysets import ImageQuerySet
from gallery.renditions.sets import set_for
from gallery.renditions.sources import model_sources
from gallery.renditions.warmer import record_if_complete, warm_instance

logger = logging.getLogger(__name__)

# With the one after its upload, an image has three chances.
MAX_WARMING_TRIES = 2
GAVE_UP = "gave_up"


def warm_after_commit(instance: HasRenditions) -> None:
    """Make the missing renditions of `instance` once the current transaction commits."""
    source, object_id = type(instance).image_field_object().source, instance.pk

    def warm_committed() -> None:
        warm(source, object_id)

    # Robust: the upload is committed, and a failing warmer must not make its answer an error.
    # (A named function: to log the failure of a partial, Django fails itself.)
    transaction.on_commit(warm_committed, robust=True)


def sweep_after_commit(keys: Sequence[str]) -> None:
    """Delete these retired files once the current transaction commits."""

    def sweep_committed() -> None:
        ledger.sweep_keys(keys)

    transaction.on_commit(sweep_committed, robust=True)


def warm(source: str, object_id: object) -> int:
    """Make what `object_id` of `source` lacks; record how it ended; return how many were made."""
    instance = model_sources()[source].find(object_id)
    if instance is None or not instance.original_key:
        return 0
    try:
        specs = set_for(instance)
        warmed = warm_instance(instance, specs)
    except GalleryError as error:
        logger.warning(
            "warming_failed source=%s id=%s code=%s", source, object_id, error.code, exc_info=error
        )
        instance.record_warming(error.code)
        return 0
    record_if_complete(instance, specs, warmed)
    return warmed.made


def unfinished_images() -> ImageQuerySet:
    """Return images whose renditions somebody should have made by now, and nobody has.

    Their process died, or the storage did not answer.
    """
    patience = timedelta(seconds=gallery_settings().pending_seconds)
    pending = Q(status=Image.Status.PENDING) | Q(error=StorageUnavailable.code)
    return Image.objects.filter(pending, updated_at__lte=timezone.now() - patience).order_by("pk")


def finish(image_id: int) -> bool:
    """Warm an unfinished image; tell whether it is ready now.

    Every attempt is counted before it begins, so that a picture which takes its process down with
    it is given up after some of them.
    """
    images = Image.objects.filter(pk=image_id)
    if images.filter(warming_tries__gte=MAX_WARMING_TRIES).exists():
        images.update(status=Image.Status.FAILED, error=GAVE_UP)
        return False
    images.update(warming_tries=F("warming_tries") + 1)
    try:
        warm(Image.image_field_object().source, image_id)
    except Exception:
        # Whatever it is, the other images must still be finished.
        logger.exception("warming_crashed id=%s", image_id)
    # A storage that does not answer says nothing against the picture.
    images.filter(error=StorageUnavailable.code).update(warming_tries=0)
    return images.filter(status=Image.Status.READY).exists()
