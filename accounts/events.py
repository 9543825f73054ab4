"""One line in the log for whatever happens to a reference image, by whichever road.

The line names the event and then its fields, as `user=3 order=0`; a handler that writes JSON finds
the same fields on the record. All of them are ours: nothing in a line was typed by anybody.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction

from gallery.models import MediaFile

if TYPE_CHECKING:
    from accounts.models import ReferenceImage

logger = logging.getLogger("accounts.reference_images")


def report_saved(
    instance: ReferenceImage, created: bool, raw: bool = False, **_options: Any
) -> None:
    """Report a row that was inserted or changed, when that is committed."""
    if not raw:
        _report_after_commit("created" if created else "updated", instance)


def report_deleted(instance: ReferenceImage, **_options: Any) -> None:
    """Report a row that was deleted, alone or with its user, when that is committed."""
    _report_after_commit("deleted", instance)


@contextmanager
def failures_reported(
    verb: str, errors: tuple[type[Exception], ...], **fields: object
) -> Iterator[None]:
    """Report one of `errors` with what it was about, and let it go on.

    The numbers behind a refusal, such as limits, are fields too.
    """
    try:
        yield
    except errors as error:
        code = getattr(error, "code", type(error).__name__)
        context: dict[str, object] = getattr(error, "context", {})
        line = {"verb": verb, **fields, "code": code, **context}
        logger.warning(*_line("reference_image_failed", line), extra=line)
        raise


def _report_after_commit(verb: str, instance: ReferenceImage) -> None:
    key = instance.original_key
    size = MediaFile.objects.filter(key=key).values_list("size", flat=True).first()
    fields = {
        "user": instance.user_id,
        "id": str(instance.pk),
        "order": instance.order,
        "key": key,
        "bytes": size or 0,
    }
    line = _line(f"reference_image_{verb}", fields)
    transaction.on_commit(partial(logger.info, *line, extra=fields))


def _line(event: str, fields: dict[str, object]) -> list[object]:
    """Return a format and its arguments."""
    return [" ".join(["%s", *(f"{name}=%s" for name in fields)]), event, *fields.values()]
