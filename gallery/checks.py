"""System checks: what an operator got wrong in the settings, and how to mend it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  (its name)
from django.core.exceptions import ImproperlyConfigured

from gallery.conf import gallery_settings
from gallery.exceptions import InvalidRenditionSpec
from gallery.renditions.sets import rendition_sets
from gallery.renditions.sources import model_sources
from gallery.renditions.spec import RenditionSpec

Apps = Sequence[AppConfig] | None
_SETS = "VERSATILEIMAGEFIELD_RENDITION_KEY_SETS"


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
    """E002–E005: sets that cannot be read, or whose renditions would overwrite each other."""
    problems: list[CheckMessage] = []
    for set_name, entries in getattr(settings, _SETS, {}).items():
        for entry in entries:
            try:
                label, size_key = entry
                RenditionSpec.parse(size_key, name=label)
            except InvalidRenditionSpec as error:
                problems.append(
                    Error(
                        f"{_SETS}['{set_name}']: {error.message}",
                        hint="Write sizes like ('thumb', 'webp_crop__160x160-q65').",
                        id="gallery.E002",
                    )
                )
            except (TypeError, ValueError):
                problems.append(
                    Error(
                        f"{_SETS}['{set_name}'] has an entry {entry!r} that is no pair.",
                        hint="Write pairs of a name and a size key.",
                        id="gallery.E002",
                    )
                )
    return problems or _check_names(rendition_sets())


def _check_names(sets: dict[str, tuple[RenditionSpec, ...]]) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    names_by_size_key: dict[str, set[str]] = defaultdict(set)
    for set_name, specs in sets.items():
        names = [spec.name for spec in specs]
        for name in sorted({name for name in names if names.count(name) > 1}):
            problems.append(
                Error(
                    f"{_SETS}['{set_name}'] uses the name '{name}' twice.",
                    hint="Two renditions of one name would be one file.",
                    id="gallery.E003",
                )
            )
        if "original" in names:
            problems.append(
                Error(
                    f"{_SETS}['{set_name}'] calls a rendition 'original'.",
                    hint="The API uses that name for the uploaded file.",
                    id="gallery.E004",
                )
            )
        for spec in specs:
            names_by_size_key[spec.size_key].add(spec.name)
    for size_key, found in names_by_size_key.items():
        if len(found) > 1:
            problems.append(
                Error(
                    f"{_SETS} calls '{size_key}' by different names: {', '.join(sorted(found))}.",
                    hint="A size key has one name everywhere, so that every sizer finds its file.",
                    id="gallery.E005",
                )
            )
    return problems


@register("gallery")
def check_sources(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """E006: a field names a set that is not configured."""
    configured = getattr(settings, _SETS, {})
    return [
        Error(
            f"{source.name} uses the rendition set '{source.field.rendition_set}', which is not there.",
            hint=f"Add it to {_SETS}.",
            obj=source.model,
            id="gallery.E006",
        )
        for source in model_sources().values()
        if source.field.rendition_set and source.field.rendition_set not in configured
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
