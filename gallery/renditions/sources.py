"""Where originals come from: every model field of ours is a source by being declared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.signals import setting_changed

from gallery.models import HasRenditions
from gallery.models.fields import ImageField


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


def find_object(source: str, object_id: str) -> HasRenditions | None:
    """Return the object of a ledger row, None when it or its model is gone."""
    found = model_sources().get(source)
    return found.find(object_id) if found else None


@cache
def model_sources() -> dict[str, ModelSource]:
    """Return every source by name."""
    found = (
        ModelSource(field.source, model, field)
        for model in apps.get_models()
        if issubclass(model, HasRenditions) and not model._meta.proxy
        for field in [model.image_field_object()]
    )
    return {source.name: source for source in found}


def _forget(*, setting: str, **_: object) -> None:
    if setting == "INSTALLED_APPS":
        model_sources.cache_clear()


setting_changed.connect(_forget, dispatch_uid="gallery.renditions.sources")
