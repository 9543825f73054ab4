"""Where originals come from: model fields by being declared, files of others by registration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.signals import setting_changed
from django.db.models import QuerySet

from gallery.models import HasRenditions, Use
from gallery.models.fields import ImageField
from gallery.registry import dynamic_sets
from gallery.renditions.has_original import HasOriginal
from gallery.renditions.key_source import KeySource, key_sources


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model field that holds originals."""

    name: str
    """`app_label.model.field`, as the ledger records it."""
    model: type[HasRenditions]
    field: ImageField

    def find(self, object_id: object) -> HasRenditions | None:
        """Return the object with this primary key, or None when there is none."""
        try:
            return self.model._base_manager.filter(pk=object_id).first()
        except (TypeError, ValueError, OverflowError, ValidationError):
            return None  # no key of this model looks like that

    @property
    def organization(self) -> str:
        """The lookup path from an object to its organisation; empty where none leads there."""
        return self.model.organization_path()

    def rows(self, **filters: object) -> QuerySet[HasRenditions]:
        """Return the objects that have an original, with the fields that say what it lacks."""
        rows = self.model._base_manager.filter(**filters).exclude(**{self.field.name: ""})
        # A dynamic set looks at what it likes; asking for it row by row would cost a query each.
        return rows if dynamic_sets() else rows.only(*self.model.fields_of_renditions())

    def pages(
        self, rows: QuerySet[HasRenditions], size: int
    ) -> Iterator[Sequence[tuple[HasRenditions, set[Use]]]]:
        """Yield objects with their uses in the order of their keys, `size` at a time.

        Never more than one page is in memory, and no cursor is open while the caller writes.
        """
        last: Mapping[str, Any] = {}
        rows = rows.order_by("pk")
        while page := list(rows.filter(**last)[:size]):
            yield list(zip(page, self.model.uses_of(page), strict=True))
            if len(page) < size:
                return
            last = {"pk__gt": page[-1].pk}


Source = ModelSource | KeySource


def find_object(source: str, object_id: object) -> HasOriginal | None:
    """Return the object of a ledger row, None when it, its model or its source is gone."""
    found = sources().get(source)
    return found.find(object_id) if found else None


def sources() -> dict[str, Source]:
    """Return every source by name: model fields, then what was registered."""
    return {**model_sources(), **key_sources()}


@cache
def model_sources() -> dict[str, ModelSource]:
    """Return every model field that holds originals, by name."""
    found = (
        ModelSource(field.source, model, field)
        for model in apps.get_models()
        if issubclass(model, HasRenditions) and not model._meta.proxy
        for field in [model.image_field_object()]
        if field.model is model  # a child's originals are its parent's
    )
    return {source.name: source for source in found}


def _forget(*, setting: str, **_: object) -> None:
    if setting == "INSTALLED_APPS":
        model_sources.cache_clear()


setting_changed.connect(_forget, dispatch_uid="gallery.renditions.sources")
