"""How far the renditions of an original are: known from its row, not from the storage.

Every attempt is counted before it begins, so that a picture which takes its process down with it is
given up after some. Until somebody says how it ended, the row has a time from which the sweep
may begin it again: what was lost between a commit and the broker is found there.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import F
from django.utils import timezone

from gallery.conf import gallery_settings
from gallery.models import MediaFile

if TYPE_CHECKING:
    from gallery.querysets import MediaFileQuerySet

MAX_ATTEMPTS = 3
GAVE_UP = "gave_up"
"""The code of an original whose attempts ended without a word, each time."""
# After the first failure and after the second.
_PAUSE = timedelta(minutes=1)

Warming = MediaFile.Warming


def queue_warming(key: str) -> None:
    """Note that renditions of this original are to be made; part of the transaction that says so.

    With the attempts of before forgotten: it is another picture now, or is cropped elsewhere.
    """
    _original(key).update(
        warming=Warming.PENDING,
        warming_attempts=0,
        warming_error="",
        warming_due=_overdue_from_now(),
    )


def begin_warming(key: str) -> bool:
    """Count one attempt that is about to begin; tell whether there is one to make.

    There is none when they were given up, or when this would be one attempt too many, which is
    recorded as having given up. Where nothing is queued, looking what is missing costs nothing.
    """
    pending = _original(key).filter(warming=Warming.PENDING)
    if pending.filter(warming_attempts__lt=MAX_ATTEMPTS).update(
        warming_attempts=F("warming_attempts") + 1, warming_due=_overdue_from_now()
    ):
        return True
    if pending.update(warming=Warming.FAILED, warming_error=GAVE_UP, warming_due=None):
        return False
    return _original(key).exclude(warming=Warming.FAILED).exists()


def end_warming(key: str) -> None:
    """Note that nothing is missing."""
    _original(key).update(
        warming=Warming.READY, warming_attempts=0, warming_error="", warming_due=None
    )


def fail_warming(key: str, code: str, *, is_final: bool) -> bool:
    """Note that an attempt failed; tell whether it was the last.

    Args:
        key: the original's.
        code: why.
        is_final: whether the next attempt would fail as well.
    """
    original = _original(key)
    again = original.filter(warming_attempts__lt=MAX_ATTEMPTS).exclude(warming=Warming.FAILED)
    if not is_final and again.update(
        warming=Warming.PENDING, warming_error=code, warming_due=timezone.now() + _PAUSE
    ):
        return False
    original.update(warming=Warming.FAILED, warming_error=code, warming_due=None)
    return True


def fail_attempt(key: str, code: str, *, is_final: bool) -> bool:
    """Note that a rendition somebody asked for could not be made; tell whether that is the end.

    Unlike a queued attempt it is counted here, when it has failed: its process has outlived it.
    """
    original = _original(key)
    original.update(warming_attempts=F("warming_attempts") + 1, warming_error=code)
    given_up = original if is_final else original.filter(warming_attempts__gte=MAX_ATTEMPTS)
    return bool(given_up.update(warming=Warming.FAILED, warming_due=None))


def forget_failures(key: str) -> None:
    """Note that a rendition was made after all: attempts in a row end a picture, not in a life."""
    _original(key).filter(warming_attempts__gt=0).exclude(
        warming__in=[Warming.PENDING, Warming.FAILED]
    ).update(warming_attempts=0, warming_error="")


def wait_for_storage(key: str, code: str) -> None:
    """Note that the storage, or a decoder, was not to be had, which says nothing against a picture.

    The attempt does not count.
    """
    _original(key).update(
        warming=Warming.PENDING,
        warming_attempts=0,
        warming_error=code,
        warming_due=timezone.now() + _PAUSE,
    )


def wait_for_worker(source: str, object_id: object) -> None:
    """Note that a worker was told of what is overdue: it is not, until it should be done again."""
    overdue = MediaFile.objects.of_object(source, object_id).overdue()
    overdue.update(warming_due=_overdue_from_now())


def _original(key: str) -> MediaFileQuerySet:
    return MediaFile.objects.filter(key=key, original=None)


def _overdue_from_now() -> object:
    return timezone.now() + timedelta(seconds=gallery_settings().warming_seconds)
