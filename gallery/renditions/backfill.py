"""Make what is missing, for all that there is: one shortage after the other, or several at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from django.db import connection

from gallery import ledger
from gallery.exceptions import (
    GalleryError,
    ImageRejected,
    KeyTaken,
    OriginalGone,
    OverBudget,
    StorageUnavailable,
)
from gallery.imaging.render import Rendered
from gallery.models import MediaFile
from gallery.renditions.has_original import HasOriginal
from gallery.renditions.key_source import AdoptedOriginal, KeySource
from gallery.renditions.shortages import CRASHED, Selection, Shortage
from gallery.renditions.warmer import (
    Warmed,
    live_keys,
    record_if_complete,
    wanted_renditions,
    warm_instance,
)

logger = logging.getLogger(__name__)

# So many are submitted for each worker: enough that none waits, and no more in memory.
_AHEAD = 2
_NOTHING: Mapping[str, Rendered] = MappingProxyType({})

Task = TypeVar("Task")
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one shortage."""

    shortage: Shortage
    made: tuple[str, ...] = ()
    """The files that are there now."""
    error: str = ""
    """Why not all of them are: a stable code."""


def make(shortage: Shortage, selection: Selection) -> Outcome:
    """Make the files that one original lacks; whatever happens, others follow."""
    if shortage.error:
        return Outcome(shortage, error=shortage.error)
    try:
        instance, prepared = _take_up(shortage, selection)
        _refuse_taken(shortage)
        made = _make(instance, selection, prepared) if instance else frozenset()
    except GalleryError as error:
        code = _code_of(error)
        # Of a picture that is refused the code says everything.
        cause = None if isinstance(error, ImageRejected) else error
        logger.warning("backfill_failed key=%s code=%s", shortage.key, code, exc_info=cause)
        return Outcome(shortage, error=code)
    except Exception:
        logger.exception("backfill_crashed key=%s", shortage.key)
        return Outcome(shortage, error=CRASHED)
    return Outcome(shortage, tuple(key for key in shortage.files if key in made))


def queue(shortage: Shortage) -> Outcome:
    """Note in the ledger that an original waits for a worker; adopt it if need be."""
    if shortage.error:
        return Outcome(shortage, error=shortage.error)
    try:
        _take_up(shortage, None)
    except GalleryError as error:
        logger.warning("adopting_failed key=%s code=%s", shortage.key, error.code, exc_info=error)
        return Outcome(shortage, error=_code_of(error))
    ledger.queue_warming(shortage.key)
    return Outcome(shortage)


def _take_up(
    shortage: Shortage, selection: Selection | None
) -> tuple[HasOriginal | None, Mapping[str, Rendered]]:
    """Return the object as it is by now, and what was made of the selection on the way."""
    source = shortage.source
    if not isinstance(source, KeySource):
        return source.find(shortage.object_id), _NOTHING
    found = source.find(shortage.object_id)
    if found is None:
        newcomer = AdoptedOriginal(source, shortage.key)
        wanted = selection.wanted(newcomer, newcomer.uses()) if selection else {}
        try:
            prepared = source.adopt(shortage.key, tuple(spec for spec, _ in wanted.values()))
        except KeyTaken:
            prepared = {}  # by what another process has made of it meanwhile, or for good
            if source.find(shortage.object_id) is None:
                raise
        return source.find(shortage.object_id), prepared
    ledger.show_adopted(source.name, shortage.key, visibility=source.visibility)
    return found, _NOTHING


def _refuse_taken(shortage: Shortage) -> None:
    """Refuse to take a file of somebody else's, which is live too, for a rendition."""
    if isinstance(shortage.source, KeySource):
        original = MediaFile.objects.live(shortage.key)
        ledger.refuse_taken(shortage.files, original=original)


def _make(
    instance: HasOriginal, selection: Selection, prepared: Mapping[str, Rendered]
) -> frozenset[str]:
    """Make the selected renditions; return the keys of all that are there now."""
    try:
        warmed = warm_instance(
            instance,
            uses=selection.uses(instance, instance.uses()),
            prepared=prepared,
            is_overwriting=selection.is_overwriting,
        )
        ready = frozenset(live_keys(wanted_renditions(instance)))
        record_if_complete(instance, Warmed(len(ready), warmed.made, ready))
    except ImageRejected as error:
        is_final = not isinstance(error, OverBudget)
        if ledger.fail_attempt(instance.original_key, error.code, is_final=is_final):
            instance.record_warming(error.code)
        raise
    return ready


def _code_of(error: GalleryError) -> str:
    is_missing = isinstance(error.__cause__, FileNotFoundError)
    is_gone = isinstance(error, StorageUnavailable) and is_missing
    return OriginalGone.code if is_gone else error.code


def in_parallel(
    work: Callable[[Task], Done], todo: Iterable[Task], *, workers: int
) -> Generator[Done, None, None]:
    """Yield what `work` returns for each, as it comes; with one worker it is done right here.

    Only a few are in memory at any time. Where the caller stops, those that have begun are
    finished and no others begin.
    """
    if workers == 1:
        yield from map(work, todo)
        return

    def work_in_thread(task: Task) -> Done:
        try:
            return work(task)
        finally:
            connection.close()

    pool = ThreadPoolExecutor(workers, thread_name_prefix="backfill")
    running: set[Future[Done]] = set()
    try:
        for task in todo:
            running.add(pool.submit(work_in_thread, task))
            while len(running) >= _AHEAD * workers:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    finally:
        pool.shutdown(cancel_futures=True)
