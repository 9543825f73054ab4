"""Originals that rows referred to before their field was ours: have the ledger know them.

The files stay as they are, where they are. Each is checked like an upload; the row gets its upright
dimensions and its focal point in our spelling, and the renditions are made after commit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models.functions import Cast
from django.utils import timezone

from gallery import ledger
from gallery.conf import Strategy
from gallery.exceptions import KeyTaken
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.formats import EXTENSIONS
from gallery.imaging.render import Rendered
from gallery.models import HasRenditions, MediaFile
from gallery.renditions.decoders import decoders
from gallery.renditions.key_source import is_usable_key
from gallery.renditions.limits import decoding_limits
from gallery.renditions.sets import set_for
from gallery.renditions.sources import ModelSource
from gallery.renditions.spec import base_of
from gallery.renditions.strategies import strategy_of
from gallery.services.former_files import (
    INVALID_KEY,
    base_name,
    code_of,
    focal_point_in,
    read_file,
)
from gallery.services.originals import original_facts, original_row
from gallery.validators import MAX_KEY_LENGTH

PAGE = 1000


@dataclass(frozen=True, slots=True)
class FormerRow:
    """A row with a file, as the database has it: our fields might not read its focal point."""

    pk: Any
    key: str
    point: str | None
    """What its column holds."""
    width: int | None
    height: int | None

    @property
    def is_complete(self) -> bool:
        """Whether all that is written next to the file is as our fields want it."""
        point = focal_point_in(self.point)
        is_canonical = point is not None and self.point in {point.ppoi, None}
        return is_canonical and self.width is not None and self.height is not None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one row."""

    row: FormerRow
    size: int = 0
    """Bytes of the file that the ledger knows now."""
    lost_point: str = ""
    """What its column held, which was no focal point: the middle took its place."""
    error: str = ""
    """Why the ledger does not know the file: a stable code."""


def count(source: ModelSource) -> int:
    """Return how many rows have a file."""
    return _with_file(source).count()


def pages(source: ModelSource, size: int = PAGE) -> Iterator[tuple[int, list[FormerRow]]]:
    """Yield how many rows were looked at and which of them are to be recorded; two queries each."""
    rows = _with_file(source).order_by("pk")
    last: dict[str, Any] = {}
    while page := [FormerRow(*values) for values in _values(source, rows.filter(**last)[:size])]:
        originals = MediaFile.objects.filter(source=source.name, original=None, state="live")
        keys = originals.filter(key__in=[row.key for row in page]).values_list("key", flat=True)
        known = set(keys)
        yield len(page), [row for row in page if row.key not in known or not row.is_complete]
        last = {"pk__gt": page[-1].pk}


def record(source: ModelSource, row: FormerRow) -> Recorded:
    """Have the ledger know the file of one row; whatever happens, others follow."""
    point = focal_point_in(row.point)
    lost = "" if point else str(row.point)
    try:
        _mend_point(source, row, point or FocalPoint.CENTER)
        if not is_usable_key(row.key):
            return Recorded(row, lost_point=lost, error=INVALID_KEY)
        instance = source.model._base_manager.filter(pk=row.pk).first()
        if instance is None or instance.original_key != row.key:
            return Recorded(row)  # it has another file by now, which came through the door
        return _record(source, row, instance, lost)
    except Exception as error:  # noqa: BLE001  (it is named, and what nobody foresaw is logged)
        return Recorded(row, lost_point=lost, error=code_of(error, what=row.key))


def _with_file(source: ModelSource) -> models.QuerySet[HasRenditions]:
    name = source.field.name
    return source.model._base_manager.exclude(**{name: ""}).exclude(**{name: None})


def _values(source: ModelSource, rows: models.QuerySet[Any]) -> Sequence[tuple[Any, ...]]:
    """Return the columns of `FormerRow`, past the fields that would refuse them."""
    field = source.field
    # One that is not kept is as it should be.
    point = Cast(field.ppoi_field, models.TextField()) if field.ppoi_field else models.Value(None)
    sizes = [name or models.Value(1) for name in (field.width_field, field.height_field)]
    return list(rows.values_list("pk", field.name, point, *sizes))


def _mend_point(source: ModelSource, row: FormerRow, point: FocalPoint) -> None:
    """Write the focal point as our fields do, unless it is another by now."""
    name = source.field.ppoi_field
    if not name or row.point in {point.ppoi, None}:
        return
    rows = source.model._base_manager.filter(pk=row.pk)
    rows = rows.annotate(former_point=Cast(name, models.TextField()))
    rows.filter(former_point=row.point).update(**{name: point})


def _record(source: ModelSource, row: FormerRow, instance: HasRenditions, lost: str) -> Recorded:
    point = instance.focal_point
    specs = set_for(instance)
    if any(len(spec.key_for(row.key, point)) > MAX_KEY_LENGTH for spec in specs):
        return Recorded(row, lost_point=lost, error=INVALID_KEY)
    _refuse_namesakes(source, row.key, [spec.key_for(row.key, point) for spec in specs])
    data = read_file(default_storage, row.key)
    is_now = strategy_of(instance.rendition_set) is Strategy.on_upload
    made = specs if is_now else ()
    requests = [spec.request(point) for spec in made]
    taken = decoders().take_in(data, requests, limits=decoding_limits())
    _commit(
        source,
        instance,
        facts=original_facts(taken.facts, data, name=base_name(row.key)),
        prepared={
            spec.key_for(row.key, point): rendered
            for spec, rendered in zip(made, taken.renditions, strict=True)
        },
    )
    return Recorded(row, size=len(data), lost_point=lost)


def _refuse_namesakes(source: ModelSource, key: str, renditions: Sequence[str]) -> None:
    """Refuse a file whose renditions would be called like those of another, or like other files.

    Raises:
        KeyTaken: they would, or the ledger knows the file as something else.
    """
    known = MediaFile.objects.filter(key=key).first()
    if known is not None:
        if known.source != source.name or not known.is_original:
            raise KeyTaken
        return
    base = base_of(key)
    endings = {*EXTENSIONS, *(each.upper() for each in EXTENSIONS)}
    namesakes = {base, *(f"{base}.{ending}" for ending in endings)} - {key}
    if MediaFile.objects.filter(key__in=namesakes, original=None).exists():
        raise KeyTaken
    ledger.refuse_taken(renditions, original=None)


def _commit(
    source: ModelSource,
    instance: HasRenditions,
    *,
    facts: dict[str, Any],
    prepared: Mapping[str, Rendered],
) -> None:
    """Write the ledger's row and what belongs next to the file, in one transaction."""
    key = instance.original_key
    with transaction.atomic():
        current = instance.as_stored(is_locked=True)
        if current is None or current.original_key != key:
            return
        file = original_row(key, facts, source=source.name, visibility=current.media_visibility())
        # Pending for nobody but us: it is live before anybody else sees it.
        file.state, file.delete_after = MediaFile.State.PENDING, timezone.now()
        MediaFile.objects.bulk_create([file], ignore_conflicts=True)
        current.media_facts(facts)
        written = {name: getattr(current, name) for name in current.fields_following_the_file()}
        if written:
            source.model._base_manager.filter(pk=current.pk).update(**written)
        current.prepared_renditions = prepared
        current.settle_files()
