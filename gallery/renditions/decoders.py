"""The child processes that decode, as many and as bounded as the settings say."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from gallery.conf import gallery_settings
from gallery.imaging import engines
from gallery.imaging.bounded import Budget, DecoderPool

_lock = Lock()
_pools: list[DecoderPool] = []


def decoders() -> DecoderPool:
    """Return the pool of this process; its children start when there is work."""
    with _lock:
        if not _pools:
            _pools.append(_new_pool(gallery_settings().decoder_processes))
        return _pools[-1]


@contextmanager
def more_decoders(size: int) -> Iterator[None]:
    """Have `size` children while the block runs, for as many threads that wait for them."""
    pool = _new_pool(size)
    with _lock:
        _pools.append(pool)
    try:
        yield
    finally:
        with _lock:
            if pool in _pools:
                _pools.remove(pool)
        pool.close()


def _new_pool(size: int) -> DecoderPool:
    configured = gallery_settings()
    budget = Budget(
        memory=configured.decoder_memory_bytes,
        cpu_seconds=configured.decoder_cpu_seconds,
        wall_seconds=configured.decoder_wall_seconds,
        patience_seconds=configured.decoder_patience_seconds,
    )
    engine = configured.engine
    if engine not in engines.NAMES or not engines.is_installed(engine):
        raise ImproperlyConfigured(f"GALLERY['ENGINE'] {engine!r} is not installed.")
    return DecoderPool(size=size, budget=budget, engine=engine)


def _close() -> None:
    while _pools:
        _pools.pop().close()


def _disown() -> None:
    """Leave the children to the process that started them; a server forks its workers."""
    global _lock  # noqa: PLW0603  (another thread may have held it at the fork)
    _lock = Lock()
    while _pools:
        _pools.pop().disown()


def _forget(*, setting: str, **_: object) -> None:
    if setting == "GALLERY":
        _close()


atexit.register(_close)
os.register_at_fork(after_in_child=_disown)
setting_changed.connect(_forget, dispatch_uid="gallery.renditions.decoders")
