"""Say in the log which operations of a storage take long."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import quote

from gallery.conf import gallery_settings

logger = logging.getLogger(__name__)

# What asks the disk or the bucket, and ends: a walk lasts as long as whoever walks.
_OPERATIONS = ("put", "receive", "read", "open", "open_part", "stat", "delete", "set_acl")
_is_timed: ContextVar[bool] = ContextVar("is_timed", default=False)

StorageType = TypeVar("StorageType", bound=type[Any])


def timed(storage: StorageType) -> StorageType:
    """Report the operations of this class that take `SLOW_STORAGE_MS` or more, failed or not."""
    for name in _OPERATIONS:
        setattr(storage, name, _timed(name, getattr(storage, name)))
    return storage


def _timed(operation: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: Any, key: str, *args: Any, **kwargs: Any) -> Any:
        if _is_timed.get():
            # One operation in terms of another is still one.
            return method(self, key, *args, **kwargs)
        token, start = _is_timed.set(True), time.perf_counter()
        try:
            return method(self, key, *args, **kwargs)
        finally:
            _is_timed.reset(token)
            _report(operation, key, milliseconds=round((time.perf_counter() - start) * 1000))

    return call


def _report(operation: str, key: str, *, milliseconds: int) -> None:
    if milliseconds < gallery_settings().slow_storage_ms:
        return
    # Quoted, as in URLs: keys of adopted files are what somebody called them.
    fields = {
        "operation": operation,
        "key": quote(key, safe="/~"),
        "milliseconds": milliseconds,
    }
    logger.warning(
        "storage_slow operation=%s key=%s milliseconds=%d", *fields.values(), extra=fields
    )
