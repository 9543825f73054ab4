"""System checks of models: what they say about their images and galleries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  (its name)
from django.db import models

from gallery.checks.rendition_sets import check_set_name
from gallery.models import HasGallery, HasRenditions
from gallery.models.fields import ImageField, ppoi_constraint
from gallery.querysets import GalleryQuerySet, RenditionQuerySet
from gallery.registry import MAX_OBJECT_ID_LENGTH, attachables, leads_to
from gallery.renditions.sources import model_sources
from orgs.models import Organization

Apps = Sequence[AppConfig] | None
# A key has at most 255 characters: prefix, date, uuid, and a rendition's longest name.
_KEY_PREFIX = re.compile(r"(?=.{1,100}\Z)[a-z0-9_-]+(?:/[a-z0-9_-]+)*")


@register("gallery")
def check_sources(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """E006, E008, W002: what a model says about its image."""
    return [
        problem for source in model_sources().values() for problem in _check_source(source.model)
    ]


def _check_source(model: type[HasRenditions]) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    label = model._meta.label
    problems += check_set_name(model, model.rendition_set)
    problems += _check_prefix(model, model.key_prefix)
    point = model.image_field_object().ppoi_field
    if point and not _has_check(model, point):
        problems.append(
            Warning(
                f"{label} lets the database hold any text in '{point}'.",
                hint="Let its Meta inherit from ImageMixin.Meta, or add a `ppoi_constraint`.",
                obj=model,
                id="gallery.W002",
            )
        )
    return problems


def _check_prefix(model: type[models.Model], prefix: str) -> list[CheckMessage]:
    if _KEY_PREFIX.fullmatch(prefix):
        return []
    return [
        Error(
            f"{model._meta.label} has the key prefix '{prefix}'.",
            hint="Use at most 100 lower-case letters, digits, '-', '_' and single '/' between.",
            obj=model,
            id="gallery.E008",
        )
    ]


def _has_check(model: type[HasRenditions], field: str) -> bool:
    wanted = ppoi_constraint(field, name="any").condition
    return any(getattr(check, "condition", None) == wanted for check in model._meta.constraints)


@register("gallery")
def check_managers(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """E013: a manager that does not know what one of our mixins brings."""
    return [
        Error(
            f"{model._meta.label}.objects does not derive from {queryset.__name__}.",
            hint=f"Let its queryset do so: {base.__name__} needs it. With two of our mixins, one "
            "class that derives from the querysets of both.",
            obj=model,
            id="gallery.E013",
        )
        for model in apps.get_models()
        for base, queryset in ((HasRenditions, RenditionQuerySet), (HasGallery, GalleryQuerySet))
        if issubclass(model, base)
        and not isinstance(model._default_manager.get_queryset(), queryset)
    ]


@register("gallery")
def check_image_fields(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """E009: an image field where nobody would store, record or delete its files."""
    return [
        Error(
            f"{field} is on a model that is no HasRenditions, or not its `image_field`.",
            hint="Derive the model from HasRenditions or ImageMixin; one image field for each.",
            obj=field,
            id="gallery.E009",
        )
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, ImageField)
        and not (issubclass(model, HasRenditions) and model.image_field == field.name)
    ]


@register("gallery")
def check_attachables(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """E006, E008, E011, E012: what a model says about its galleries."""
    problems: list[CheckMessage] = []
    for each in attachables():
        path, label = each.organization, each.model._meta.label
        if isinstance(each.rendition_set, str):
            problems += check_set_name(each.model, each.rendition_set)
        if each.key_prefix:
            problems += _check_prefix(each.model, each.key_prefix)
        if isinstance(path, str) and not leads_to(each.model, path, Organization):
            problems.append(
                Error(
                    f"{label} has a gallery, and '{path}' does not lead to its organisation.",
                    hint="Give a path of field names that ends at a foreign key to Organization.",
                    obj=each.model,
                    id="gallery.E011",
                )
            )
        key = each.model._meta.pk
        is_text = isinstance(key, models.CharField | models.TextField)
        if is_text and (key.max_length or MAX_OBJECT_ID_LENGTH + 1) > MAX_OBJECT_ID_LENGTH:
            problems.append(
                Error(
                    f"{label} has a gallery, and a primary key that may be too long for it.",
                    hint=f"Use a key of at most {MAX_OBJECT_ID_LENGTH} characters.",
                    obj=each.model,
                    id="gallery.E012",
                )
            )
    return problems
