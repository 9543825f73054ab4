"""What is missing, asked of the database: a page of originals at a time, for millions of them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import reset_queries

from gallery.exceptions import GalleryError, StorageUnavailable
from gallery.models import MediaFile, Use
from gallery.registry import dynamic_set
from gallery.renditions.has_original import HasOriginal
from gallery.renditions.key_source import AdoptedOriginal, KeySource, is_usable_key
from gallery.renditions.sets import rendition_sets
from gallery.renditions.sources import ModelSource, Source
from gallery.renditions.warmer import Wanted, wanted_renditions
from gallery.validators import MAX_KEY_LENGTH

logger = logging.getLogger(__name__)

PAGE = 1000
CRASHED = "crashed"
INVALID_KEY = "invalid_key"
NOT_FOUND = "not_found"
_UNSETTLED = (MediaFile.Warming.PENDING, MediaFile.Warming.FAILED)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which originals are looked at, and which renditions of theirs are made."""

    rendition_set: str = ""
    """Only those of this set; empty for all."""
    organization_id: int | None = None
    """Only what belongs to this organisation."""
    ids: frozenset[Any] | None = None
    """Only the objects with these primary keys."""
    is_overwriting: bool = False
    """Make again what is there."""
    is_eager: bool = False
    """Leave out what is made just in time."""

    def wanted(self, instance: HasOriginal, uses: Iterable[Use]) -> Wanted:
        """Return what `instance` should have, as far as it is selected."""
        return wanted_renditions(instance, uses=self.uses(instance, uses), is_eager=self.is_eager)

    def uses(self, instance: HasOriginal, uses: Iterable[Use]) -> list[Use]:
        """Return those uses that are with the selected set."""
        if not self.rendition_set:
            return list(uses)
        return [use for use in uses if _set_name(instance, use) == self.rendition_set]

    def filters(self, source: ModelSource) -> dict[str, object]:
        """Return the look-ups of the selected objects."""
        found: dict[str, object] = {}
        if self.organization_id is not None:
            found[source.organization] = self.organization_id
        if self.ids is not None:
            found["pk__in"] = self.ids
        return found


def _set_name(instance: HasOriginal, use: Use) -> str:
    """Return the set of a use; one that was taken out of the settings is none any more."""
    name = use.rendition_set
    is_known = bool(name) and (name in rendition_sets() or dynamic_set(name) is not None)
    return name if is_known else instance.rendition_set


@dataclass(frozen=True, slots=True)
class Shortage:
    """One original and the files to be made of it: none where only its state is to be settled."""

    source: Source
    object_id: object
    key: str
    files: tuple[str, ...] = ()
    error: str = ""
    """Why nothing can be made: a stable code."""


@dataclass(frozen=True, slots=True, order=True)
class Redefined:
    """A rendition whose definition was changed and whose files keep their names."""

    name: str
    before: str
    """The size key that files were made with."""
    now: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some originals, looked at."""

    size: int
    shortages: list[Shortage]
    redefined: Counter[Redefined] = field(default_factory=Counter)
    """How many files were made with an earlier definition."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the ledger says of a key."""

    pk: int
    original_id: int | None
    source: str
    warming: str
    visibility: str


_Entry = tuple[object, HasOriginal, set[Use]]


def count(source: Source, selection: Selection) -> int:
    """Return how many originals there are to be looked at."""
    if isinstance(source, KeySource):
        return source.count()
    return source.rows(**selection.filters(source)).count()


def pages(source: Source, selection: Selection) -> Iterator[Page]:
    """Look at all originals of a source, in constant memory and four queries a page.

    Raises:
        StorageUnavailable: the storage did not list a folder.
    """
    for page in _pages(source, selection):
        yield page
        if settings.DEBUG:
            reset_queries()  # Django keeps the text of thousands


def shortages(
    sources: Iterable[Source], selection: Selection, *, look: Callable[[Page], object]
) -> Iterator[Shortage]:
    """Yield what is missing, source after source; `look` is called with every page on the way.

    A source that cannot be listed is a shortage itself, and the others follow.
    """
    for source in sources:
        try:
            for page in pages(source, selection):
                look(page)
                yield from page.shortages
        except StorageUnavailable as error:
            logger.exception("listing_failed source=%s", source.name)
            yield Shortage(source, "", source.name, error=error.code)


def unknown(source: ModelSource, selection: Selection) -> list[Shortage]:
    """Return the selected primary keys that are of no object with an original."""
    ids = selection.ids or frozenset()
    there = set(source.rows(**selection.filters(source)).values_list("pk", flat=True))
    return [Shortage(source, pk, "", error=NOT_FOUND) for pk in sorted(ids - there)]


def _pages(source: Source, selection: Selection) -> Iterator[Page]:
    if isinstance(source, KeySource):
        for originals in source.pages(PAGE):
            yield _page_of_keys(source, selection, originals)
        return
    for rows in source.pages(source.rows(**selection.filters(source)), PAGE):
        entries: list[_Entry] = [(row.pk, row, uses) for row, uses in rows]
        known = _known([row.original_key for row, _ in rows])
        yield _page(source, selection, entries, known)


def _page_of_keys(
    source: KeySource, selection: Selection, originals: Sequence[AdoptedOriginal]
) -> Page:
    """Leave out what the ledger knows as another's, the gallery's own renditions above all."""
    usable = [each for each in originals if is_usable_key(each.original_key)]
    known = _known([each.original_key for each in usable])
    entries: list[_Entry] = []
    for each in usable:
        row = known.get(each.original_key)
        if row is None or (row.source == source.name and row.original_id is None):
            entries.append((each.object_id, each, each.uses()))
    page = _page(source, selection, entries, known)
    refused = [
        Shortage(source, "", repr(each.original_key), error=INVALID_KEY)
        for each in originals
        if not is_usable_key(each.original_key)
    ]
    return Page(page.size + len(refused), [*refused, *page.shortages], page.redefined)


def _known(keys: Sequence[str]) -> dict[str, _Known]:
    fields = ("pk", "original_id", "source", "warming", "visibility")
    rows = MediaFile.objects.filter(key__in=keys).values_list("key", *fields)
    return {key: _Known(*values) for key, *values in rows}


def _page(
    source: Source, selection: Selection, entries: Sequence[_Entry], known: dict[str, _Known]
) -> Page:
    pks = [known[key].pk for _, each, _ in entries if (key := each.original_key) in known]
    live = MediaFile.objects.filter(original__in=pks, state=MediaFile.State.LIVE)
    made_with = dict(live.values_list("key", "fingerprint"))
    page = Page(len(entries), [])
    for object_id, instance, uses in entries:
        key = instance.original_key
        try:
            wanted = selection.wanted(instance, uses)
        except Exception as error:
            code = error.code if isinstance(error, GalleryError) else CRASHED
            logger.exception("looking_for_shortages_failed key=%s code=%s", key, code)
            page.shortages.append(Shortage(source, object_id, key, error=code))
            continue
        if any(len(each) > MAX_KEY_LENGTH for each in wanted):
            page.shortages.append(Shortage(source, object_id, key, error=INVALID_KEY))
            continue
        _compare(wanted, made_with, page.redefined)
        files = tuple(k for k in wanted if selection.is_overwriting or k not in made_with)
        if files or (not selection.rendition_set and _is_unsettled(source, known.get(key))):
            page.shortages.append(Shortage(source, object_id, key, files))
    return page


def _compare(wanted: Wanted, made_with: dict[str, str], redefined: Counter[Redefined]) -> None:
    for key, (spec, _) in wanted.items():
        before = made_with.get(key, spec.size_key)
        if before != spec.size_key:
            redefined[Redefined(spec.name, before, spec.size_key)] += 1


def _is_unsettled(source: Source, original: _Known | None) -> bool:
    """Tell whether an original that has everything is said to lack something, or is mis-shown."""
    if original is None:
        return isinstance(source, KeySource)
    is_hidden = isinstance(source, KeySource) and original.visibility != source.visibility
    return is_hidden or original.warming in _UNSETTLED
