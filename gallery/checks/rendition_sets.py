"""System checks of rendition sets: what cannot be read, or would be two files of one name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import models

from gallery.exceptions import InvalidRenditionSpec
from gallery.registry import dynamic_set, dynamic_sets
from gallery.renditions.key_source import key_sources
from gallery.renditions.sets import RenditionSet, rendition_sets
from gallery.renditions.sources import model_sources
from gallery.renditions.spec import RenditionSpec

Apps = Sequence[AppConfig] | None
Sets = Mapping[str, RenditionSet]
_SETS = "VERSATILEIMAGEFIELD_RENDITION_KEY_SETS"


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


def check_set_name(model: type[models.Model], name: str) -> list[CheckMessage]:
    """E006: a model names a set that is not there; the empty name is none."""
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
