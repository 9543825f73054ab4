"""Which models have a gallery, and which organisation an object of theirs belongs to."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import (
    FieldDoesNotExist,
    ImproperlyConfigured,
    ObjectDoesNotExist,
    ValidationError,
)
from django.db import models
from django.db.models.constants import LOOKUP_SEP

from gallery.conf import AS_CONFIGURED, UploadLimits
from gallery.exceptions import InvalidRenditionSpec
from gallery.validators import is_possible_key

OrganizationOf = str | Callable[[Any], Any]
"""A lookup path from the model to its organisation, `"shop__organization"`, with `"pk"` for the
organisation itself; or a function of an object that returns its organisation, or None."""

RenditionSetOf = str | Callable[[Any], str]
"""The name of the rendition set that images have in a gallery, or a function of the object that
returns it; empty for the image's own."""

MAX_OBJECT_ID_LENGTH = 64
MAX_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Attachable:
    """A model whose objects have galleries."""

    model: type[models.Model]
    organization: OrganizationOf
    rendition_set: RenditionSetOf = ""
    upload_limits: UploadLimits = AS_CONFIGURED
    """What is taken that is uploaded into these galleries."""
    key_prefix: str = ""
    """The folder of the keys of what is uploaded into these galleries; empty: as the library's."""

    def rendition_set_of(self, obj: models.Model) -> str:
        """Return the set that images have in the gallery of `obj`; empty for their own.

        Raises:
            InvalidRenditionSpec: the function returned something else than a name.
        """
        name: object = self.rendition_set
        if callable(self.rendition_set):
            name = self.rendition_set(obj)
        if not isinstance(name, str):
            raise InvalidRenditionSpec(
                f"The rendition set of a {self.model.__name__} is a name, or empty; its function"
                f" returned {name!r}."
            )
        return name

    def find(self, text: str, *, organization_id: int) -> models.Model | None:
        """Return the object that `text` is the primary key of, if it is this organisation's.

        Missing, foreign and impossible keys are all None. A key has one spelling, but for UUIDs,
        which may be in upper case.
        """
        key = self._key(text)
        if key is None:
            return None
        objects = self.model._default_manager.filter(pk=key)
        if isinstance(self.organization, str):
            return objects.filter(**{self.organization: organization_id}).first()
        obj = objects.first()
        return obj if obj and self.organization_id_of(obj) == organization_id else None

    def organization_id_of(self, obj: models.Model) -> int | None:
        """Return the primary key of the organisation that `obj` belongs to now, if it has one."""
        if callable(self.organization):
            organization = self.organization(obj)
            return organization.pk if organization else None
        # From the database, not from `obj`: that may have been read before it changed hands.
        found = self.model._base_manager.filter(pk=obj.pk)
        organization_id: int | None = found.values_list(self.organization, flat=True).first()
        return organization_id

    def organization_of(self, obj: models.Model) -> Any:
        """Return the organisation that `obj` says it belongs to, perhaps before it is saved."""
        if callable(self.organization):
            return self.organization(obj)
        found: Any = obj
        for name in self.organization.split(LOOKUP_SEP) if self.organization != "pk" else ():
            try:
                found = getattr(found, name)
            except ObjectDoesNotExist:
                return None
            if found is None:
                return None
        return found

    def _key(self, text: str) -> Any:
        if len(text) > MAX_OBJECT_ID_LENGTH or not is_possible_key(text):
            return None
        try:
            key = self.model._meta.pk.to_python(text)
        except (ValidationError, ValueError, OverflowError):
            return None
        if isinstance(key, int) and abs(key) > MAX_NUMBER:
            return None
        spelled = text.lower() if isinstance(key, uuid.UUID) else text
        return key if str(key) == spelled else None


_attachables: dict[str, Attachable] = {}
_MUST_AGREE = {
    "organization": "organization",
    "rendition_set": "rendition set",
    "upload_limits": "limit of uploads",
    "key_prefix": "folder",
}


def add(attachable: Attachable) -> bool:
    """Let objects of a model have galleries; tell whether that is new.

    Raises:
        ImproperlyConfigured: the model has no table of its own, or is registered otherwise.
    """
    model = attachable.model
    if model._meta.abstract or model._meta.proxy:
        raise ImproperlyConfigured(f"{model.__name__} has no table of its own to register.")
    known = _attachables.setdefault(model._meta.label_lower, attachable)
    # A module that is imported twice registers the same model twice, under one name.
    for name, what in _MUST_AGREE.items():
        if getattr(known, name) != getattr(attachable, name):
            raise ImproperlyConfigured(f"{model._meta.label} is registered with another {what}.")
    return known is attachable


def attachable_named(app_label: str, model_name: str) -> Attachable | None:
    """Return the registered model of this exact name; no other model is ever looked at."""
    return _attachables.get(f"{app_label}.{model_name}")


def attachable_of(model: type[models.Model]) -> Attachable | None:
    """Return what is registered for `model`, or for the model that it is a proxy of."""
    concrete = model._meta.concrete_model
    return _attachables.get(concrete._meta.label_lower) if concrete else None


def attachables() -> list[Attachable]:
    """Return every registered model, by name."""
    return [_attachables[name] for name in sorted(_attachables)]


def folder_of(key: str) -> Attachable | None:
    """Return the registered model in whose galleries' own folder a key lies."""
    folders = (each for each in _attachables.values() if each.key_prefix)
    return next((each for each in folders if key.startswith(f"{each.key_prefix}/")), None)


def leads_to(model: type[models.Model], path: str, target: type[models.Model]) -> bool:
    """Tell whether the lookup `path` from `model` ends at `target`; `"pk"` stays where it is."""
    if path == "pk":
        return model is target
    current: Any = model
    for name in path.split(LOOKUP_SEP):
        try:
            current = current._meta.get_field(name).related_model
        except (FieldDoesNotExist, AttributeError):
            return False
    return current is target


RenditionsOf = Callable[[Any], "str | Iterable[tuple[str, str]]"]
"""From an instance to its renditions: the name of a set, or pairs of a name and a size key."""


@dataclass(frozen=True, slots=True)
class DynamicSet:
    """A rendition set that each instance has its own version of."""

    name: str
    renditions_of: RenditionsOf
    depends_on: tuple[str, ...]
    """Fields of the instance; when one changes, what the instance lacks by then is made."""


_dynamic_sets: dict[str, DynamicSet] = {}


def add_dynamic_set(dynamic: DynamicSet) -> None:
    """Let models name this set as their `rendition_set`.

    Raises:
        ImproperlyConfigured: another function is registered under this name.
    """
    known = _dynamic_sets.setdefault(dynamic.name, dynamic)
    # A module that is imported twice registers the same function twice.
    if _place_of(known.renditions_of) != _place_of(dynamic.renditions_of):
        raise ImproperlyConfigured(f"There is a rendition set {dynamic.name!r} already.")


def _place_of(function: RenditionsOf) -> object:
    return function.__module__, getattr(function, "__qualname__", function)


def dynamic_set(name: str) -> DynamicSet | None:
    """Return the dynamic set of this name."""
    return _dynamic_sets.get(name)


def dynamic_sets() -> list[DynamicSet]:
    """Return every dynamic set, by name."""
    return [_dynamic_sets[name] for name in sorted(_dynamic_sets)]
