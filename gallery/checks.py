"""System checks: what an operator got wrong in the settings, and how to mend it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  (its name)
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.utils.module_loading import import_string

from gallery.conf import gallery_settings
from gallery.exceptions import InvalidRenditionSpec
from gallery.imaging import engines
from gallery.models import HasGallery, HasRenditions
from gallery.models.fields import ImageField, ppoi_constraint
from gallery.querysets import GalleryQuerySet, RenditionQuerySet
from gallery.registry import MAX_OBJECT_ID_LENGTH, attachables, dynamic_set, dynamic_sets, leads_to
from gallery.renditions.key_source import key_sources
from gallery.renditions.sets import RenditionSet, rendition_sets
from gallery.renditions.sources import model_sources
from gallery.renditions.spec import RenditionSpec
from gallery.storage import StableUrlMixin
from orgs.models import Organization

Apps = Sequence[AppConfig] | None
Sets = Mapping[str, RenditionSet]
_SETS = "VERSATILEIMAGEFIELD_RENDITION_KEY_SETS"
# A key has at most 255 characters: prefix, date, uuid, and a rendition's longest name.
_KEY_PREFIX = re.compile(r"(?=.{1,100}\Z)[a-z0-9_-]+(?:/[a-z0-9_-]+)*")


@register("gallery")
def check_gallery_setting(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """E001: the GALLERY setting cannot be read."""
    try:
        gallery_settings()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="See the names in .env.example.", id="gallery.E001")]
    return []


@register("gallery")
def check_rendition_sets(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """E002–E005, E007: sets that cannot be read, or renditions that would share a file."""
    configured = getattr(settings, _SETS, {})
    problems = [
        problem
        for set_name, entries in configured.items()
        for entry in entries
        for problem in _check_entry(set_name, entry)
    ]
    if problems:
        return problems
    sets = rendition_sets()
    return [*_check_names_within(sets), *_check_names_across(sets)]


def _check_entry(set_name: str, entry: Any) -> list[CheckMessage]:
    hint = "Write pairs of a name and a size key, like ('thumb', 'webp_crop__160x160-q65')."
    reason = f"has an entry {entry!r} that is no pair of texts."
    if isinstance(entry, (tuple, list)) and [type(part) for part in entry] == [str, str]:
        label, size_key = entry
        try:
            RenditionSpec.parse(size_key, name=label)
        except InvalidRenditionSpec as error:
            reason = error.message
        else:
            if label:
                return []
            reason = f"has no name for {size_key!r}."
    return [Error(f"{_SETS}['{set_name}']: {reason}", hint=hint, id="gallery.E002")]


def _check_names_within(sets: Sets) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    for set_name, specs in sets.items():
        counts = Counter(spec.name for spec in specs)
        problems += [
            Error(
                f"{_SETS}['{set_name}'] uses the name '{name}' twice.",
                hint="Rename one: clients tell renditions by their names.",
                id="gallery.E003",
            )
            for name, count in counts.items()
            if count > 1
        ]
        if "original" in counts:
            problems.append(
                Error(
                    f"{_SETS}['{set_name}'] calls a rendition 'original'.",
                    hint="Rename it: the API uses that name for the uploaded file.",
                    id="gallery.E004",
                )
            )
    return problems


def _check_names_across(sets: Sets) -> list[CheckMessage]:
    names: dict[str, set[str]] = defaultdict(set)
    definitions: dict[str, set[str]] = defaultdict(set)
    for spec in (spec for specs in sets.values() for spec in specs):
        names[spec.size_key].add(spec.name)
        definitions[f"{spec.label}.{spec.format.extension}"].add(spec.size_key)
    return [
        *(
            Error(
                f"{_SETS} calls '{size_key}' by different names: {', '.join(sorted(found))}.",
                hint="Give a size key one name everywhere, so that every sizer finds its file.",
                id="gallery.E005",
            )
            for size_key, found in names.items()
            if len(found) > 1
        ),
        *(
            Error(
                f"{_SETS} means different things by '{name}': {', '.join(sorted(found))}.",
                hint="Rename one, or add '-v2' to it: both would be one file.",
                id="gallery.E007",
            )
            for name, found in definitions.items()
            if len(found) > 1
        ),
    ]


@register("gallery")
def check_sources(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """E006, E008, W002: what a model says about its image."""
    return [
        problem for source in model_sources().values() for problem in _check_source(source.model)
    ]


def _check_source(model: type[HasRenditions]) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    label = model._meta.label
    problems += _check_set_name(model, model.rendition_set)
    if not _KEY_PREFIX.fullmatch(model.key_prefix):
        problems.append(
            Error(
                f"{label} has the key prefix '{model.key_prefix}'.",
                hint="Use at most 100 lower-case letters, digits, '-', '_' and single '/' between.",
                obj=model,
                id="gallery.E008",
            )
        )
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


def _check_set_name(model: type[models.Model], name: str) -> list[CheckMessage]:
    known = {*getattr(settings, _SETS, {}), *(dynamic.name for dynamic in dynamic_sets())}
    if not name or name in known:
        return []
    return [
        Error(
            f"{model._meta.label} uses the rendition set '{name}', which is not there.",
            hint=f"Add it to {_SETS}, or set `rendition_set` to another name.",
            obj=model,
            id="gallery.E006",
        )
    ]


@register("gallery")
def check_dynamic_sets(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """E016: a dynamic set by the name of a configured one, or that depends on no field."""
    configured = getattr(settings, _SETS, {})
    problems: list[CheckMessage] = [
        Error(
            f"The rendition set '{dynamic.name}' is a function, and in {_SETS} too.",
            hint="Rename one: the function would hide the other.",
            id="gallery.E016",
        )
        for dynamic in dynamic_sets()
        if dynamic.name in configured
    ]
    for model in (source.model for source in model_sources().values()):
        dynamic = dynamic_set(model.rendition_set)
        columns = {n for f in model._meta.concrete_fields for n in (f.name, f.attname)}
        problems += [
            Error(
                f"The rendition set '{model.rendition_set}' depends on '{name}', which"
                f" {model._meta.label} has no column for.",
                hint="Name fields of the model itself in `depends_on`.",
                obj=model,
                id="gallery.E016",
            )
            for name in (dynamic.depends_on if dynamic else ())
            if name not in columns
        ]
    return problems


@register("gallery")
def check_key_sources(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """E017: registered files whose rendition set is not in the settings."""
    return [
        Error(
            f"The source '{source.name}' uses the rendition set '{source.rendition_set}', which is "
            f"not in {_SETS}.",
            hint="Add it there, or register the source with another `rendition_set`.",
            id="gallery.E017",
        )
        for source in key_sources().values()
        if source.rendition_set not in getattr(settings, _SETS, {})
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
    """E006, E011, E012: models with galleries whose set, organisation or key do not work."""
    problems: list[CheckMessage] = []
    for each in attachables():
        path, label = each.organization, each.model._meta.label
        if isinstance(each.rendition_set, str):
            problems += _check_set_name(each.model, each.rendition_set)
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


@register("gallery")
def check_storage(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """E010: the default storage is none of ours."""
    backend = str(settings.STORAGES["default"]["BACKEND"])
    if issubclass(import_string(backend), StableUrlMixin):
        return []
    return [
        Error(
            f"STORAGES['default'] is {backend}, which has no stable URLs.",
            hint="Use gallery.storage.LocalStorage or S3Storage, or derive from StableUrlMixin.",
            id="gallery.E010",
        )
    ]


@register("gallery", deploy=True)
def check_on_demand(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """W001: the library would ask the storage while pages are rendered."""
    options = getattr(settings, "VERSATILEIMAGEFIELD_SETTINGS", {})
    if not options.get("create_images_on_demand", True):
        return []
    return [
        Warning(
            "versatileimagefield creates images on demand.",
            hint="Set VERSATILEIMAGEFIELD_SETTINGS['create_images_on_demand'] to False.",
            id="gallery.W001",
        )
    ]


@register("gallery", deploy=True)
def check_cache(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """W004: every process would count rates for itself."""
    backend = str(settings.CACHES["default"]["BACKEND"])
    if not backend.endswith((".LocMemCache", ".DummyCache")):
        return []
    return [
        Warning(
            "Rates of log-ins, uploads and requests are counted by each process for itself.",
            hint="Set CACHE_URL to a cache that all processes share, such as redis://….",
            id="gallery.W004",
        )
    ]


@register("gallery")
def check_engine(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """E015: pictures are to be shrunk by something that is not there."""
    try:
        name = gallery_settings().engine
    except ImproperlyConfigured:
        return []  # E001 says so
    if engines.is_installed(name):
        return []
    return [
        Error(
            f"GALLERY['ENGINE'] is '{name}', which is not installed.",
            hint=f"Use one of {', '.join(engines.NAMES)}; vips needs requirements-vips.txt.",
            id="gallery.E015",
        )
    ]
