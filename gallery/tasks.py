"""What happens after commit: warm and sweep. Ids in; safe to run twice, late or never.

Nothing here is needed for correctness: it hurries what the sweep would do. With a broker, Celery
runs it; without one, the process that committed.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerUnavailable

from gallery import ledger
from gallery.conf import Strategy
from gallery.exceptions import OUTAGES, GalleryError, OverBudget
from gallery.models import HasRenditions, MediaFile
from gallery.renditions.has_original import HasOriginal
from gallery.renditions.sources import find_object
from gallery.renditions.warmer import record_if_complete, warm_instance
from gallery.storage import media_storage

logger = logging.getLogger(__name__)

# The rest waits for the next sweep, so that none takes long.
MOST_AT_ONCE = 1000
NOTHING: Mapping[str, Any] = MappingProxyType({})


def warm_after_commit(instance: HasRenditions, strategies: Collection[Strategy]) -> None:
    """Have the missing renditions of `instance` made once the current transaction commits."""
    source, object_id = type(instance).image_field_object().source, instance.pk
    is_background = Strategy.background in strategies
    prepared = instance.__dict__.pop("prepared_renditions", NOTHING)

    def warm_committed() -> None:
        if is_background:
            dispatch_warming(source, object_id)
        else:
            warm(source, object_id, prepared=prepared)

    # Robust: the upload is committed, and a failing warmer must not make its answer an error.
    # (A named function: to log the failure of a partial, Django fails itself.)
    transaction.on_commit(warm_committed, robust=True)


def expose_after_commit(source: str, object_id: object) -> None:
    """Tell the bucket who may see the files of one object once the transaction commits."""

    def expose_committed() -> None:
        ledger.expose_object(source, object_id)

    if media_storage().has_acls:
        transaction.on_commit(expose_committed, robust=True)


def sweep_after_commit(keys: Sequence[str]) -> None:
    """Delete these retired files once the current transaction commits."""

    def sweep_committed() -> None:
        ledger.sweep_keys(keys)

    transaction.on_commit(sweep_committed, robust=True)


def has_broker() -> bool:
    """Tell whether there are workers to leave work to."""
    return bool(getattr(settings, "CELERY_BROKER_URL", ""))


def dispatch_warming(source: str, object_id: object) -> bool:
    """Leave the warming of one object to a worker; tell whether the broker took it.

    The sweep finds what it did not take.
    """
    try:
        warm_in_background.delay(source, str(object_id))
    except BrokerUnavailable as error:
        logger.warning("broker_unavailable source=%s id=%s", source, object_id, exc_info=error)
        return False
    return True


@shared_task(name="gallery.warm")
def warm_in_background(source: str, object_id: str) -> int:
    """Make what one object lacks, in a worker."""
    return warm(source, object_id)


@shared_task(name="gallery.sweep")
def sweep_in_background() -> None:
    """Settle what is due and have overdue renditions made, in a worker."""
    ledger.sweep()
    ledger.forget_expired()
    for source, object_id in overdue(MOST_AT_ONCE):
        if dispatch_warming(source, object_id):
            # Else each sweep would queue once more what waits for busy workers.
            ledger.wait_for_worker(source, object_id)


def warm(source: str, object_id: object, *, prepared: Mapping[str, Any] = NOTHING) -> int:
    """Make what `object_id` of `source` lacks; record how it ended; return how many were made."""
    instance = find_object(source, object_id)
    if instance is None or not instance.original_key:
        return 0
    key = instance.original_key
    if not ledger.begin_warming(key):
        _record_end(instance)
        return 0
    try:
        warmed = warm_instance(instance, prepared=prepared)
    except OUTAGES as error:
        logger.warning("warming_postponed key=%s code=%s", key, error.code, exc_info=error)
        ledger.wait_for_storage(key, error.code)
        instance.record_warming(error.code)
        return 0
    except GalleryError as error:
        # A decoder that ran out of time may have more next time; a refusal stays one.
        is_last = ledger.fail_warming(key, error.code, is_final=not isinstance(error, OverBudget))
        if is_last:
            instance.record_warming(error.code)
        logger.warning("warming_failed key=%s code=%s", key, error.code, exc_info=error)
        return 0
    record_if_complete(instance, warmed)
    return warmed.made


def _record_end(instance: HasOriginal) -> None:
    """Have the object say what the ledger says about attempts that are over."""
    original = MediaFile.objects.live(instance.original_key)
    if original is not None and original.warming == MediaFile.Warming.FAILED:
        instance.record_warming(original.warming_error)


def overdue(limit: int | None = None) -> list[tuple[str, str]]:
    """Return source and id of what somebody should have warmed by now, and nobody has.

    Their process died, the broker or the storage did not answer, or an attempt failed.
    """
    rows = MediaFile.objects.overdue().order_by("warming_due")
    return list(rows.values_list("source", "object_id")[:limit])


def finish(source: str, object_id: object) -> bool:
    """Warm what is overdue, here; tell whether it is ready now. Whatever happens, others follow."""
    try:
        warm(source, object_id)
    except Exception:
        logger.exception("warming_crashed source=%s id=%s", source, object_id)
    originals = MediaFile.objects.of_object(source, object_id).filter(original=None, state="live")
    return not originals.exclude(warming=MediaFile.Warming.READY).exists()
