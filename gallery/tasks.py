"""What happens after commit: warm and sweep. Ids in; safe to run twice, late or never.

Nothing here is needed for correctness: it hurries what `sweep_media` would do.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.db import transaction

from gallery import ledger
from gallery.exceptions import GalleryError
from gallery.models import HasRenditions
from gallery.renditions.sets import set_for
from gallery.renditions.sources import model_sources
from gallery.renditions.warmer import warm_instance

logger = logging.getLogger(__name__)


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
        made = warm_instance(instance, set_for(instance))
    except GalleryError as error:
        logger.warning(
            "warming_failed source=%s id=%s code=%s", source, object_id, error.code, exc_info=error
        )
        instance.record_warming(error.code)
        return 0
    instance.record_warming()
    return made
