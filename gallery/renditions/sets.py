"""Which renditions an image has: the sets of `VERSATILEIMAGEFIELD_RENDITION_KEY_SETS`, parsed."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed

from gallery.exceptions import InvalidRenditionSpec
from gallery.registry import DynamicSet, dynamic_set
from gallery.renditions.has_original import HasOriginal
from gallery.renditions.spec import RenditionSpec

_SETTING = "VERSATILEIMAGEFIELD_RENDITION_KEY_SETS"

RenditionSet = tuple[RenditionSpec, ...]


@cache
def rendition_sets() -> dict[str, RenditionSet]:
    """Return every configured set by name, its specs in the order they were written.

    Raises:
        InvalidRenditionSpec: a size key cannot be read. The system checks say so with a hint.
    """
    configured = getattr(settings, _SETTING, {})
    return {
        name: tuple(RenditionSpec.parse(size_key, name=label) for label, size_key in entries)
        for name, entries in configured.items()
    }


def rendition_set(name: str) -> RenditionSet:
    """Return the set called `name`; the empty name is the empty set.

    Raises:
        InvalidRenditionSpec: there is no such set.
    """
    if not name:
        return ()
    try:
        return rendition_sets()[name]
    except KeyError as error:
        raise InvalidRenditionSpec(f"{_SETTING} has no set {name!r}.") from error


def set_for(instance: HasOriginal, name: str = "") -> RenditionSet:
    """Return the renditions that `instance` should have.

    Args:
        instance: what the image belongs to; perhaps not saved yet.
        name: the set of one use of the image; empty for its own. One that was taken out of the
            settings since is no set any more.

    Raises:
        InvalidRenditionSpec: its set cannot be read, or a dynamic one returns what is no set.
    """
    dynamic = dynamic_set(name or instance.rendition_set)
    if dynamic is not None:
        found = dynamic.renditions_of(instance)
        return rendition_set(found) if isinstance(found, str) else _parsed(_pairs(dynamic, found))
    if name in rendition_sets():
        return rendition_set(name)
    return rendition_set(instance.rendition_set) if not name else set_for(instance)


def _pairs(dynamic: DynamicSet, found: Any) -> tuple[tuple[str, str], ...]:
    """Return what a function returned as pairs of texts, whatever it is."""
    try:
        pairs = tuple((name, size_key) for name, size_key in found)
    except (TypeError, ValueError):
        pairs = ((None, None),)
    if not all(name and isinstance(name, str) and isinstance(key, str) for name, key in pairs):
        raise InvalidRenditionSpec(
            f"The rendition set {dynamic.name!r} came out as {found!r}, which is neither the name"
            " of a set nor pairs of a name and a size key."
        )
    return pairs


@lru_cache(maxsize=256)
def _parsed(entries: tuple[tuple[str, str], ...]) -> RenditionSet:
    specs = tuple(RenditionSpec.parse(size_key, name=name) for name, size_key in entries)
    names = [spec.name for spec in specs]
    if len(set(names)) < len(names) or "original" in names:
        raise InvalidRenditionSpec(
            f"A rendition set uses a name twice, or that of the original: {entries!r}."
        )
    for spec in specs:
        configured = _size_keys_by_file().get(_file_of(spec), spec.size_key)
        if configured != spec.size_key:
            raise InvalidRenditionSpec(
                f"{spec.name!r} is {configured!r} in {_SETTING} and {spec.size_key!r} elsewhere:"
                " both would be one file."
            )
    return specs


def _file_of(spec: RenditionSpec) -> str:
    return f"{spec.label}.{spec.format.extension}"


@cache
def _size_keys_by_file() -> dict[str, str]:
    return {_file_of(spec): spec.size_key for specs in rendition_sets().values() for spec in specs}


@cache
def _names_by_size_key() -> dict[str, str]:
    return {spec.size_key: spec.name for specs in rendition_sets().values() for spec in specs}


def named_spec(size_key: str) -> RenditionSpec:
    """Return the spec of `size_key` under the name that a set gives it, else under its parameters.

    Raises:
        InvalidRenditionSpec: the size key cannot be read.
    """
    anonymous = RenditionSpec.parse(size_key)
    return RenditionSpec.parse(size_key, name=_names_by_size_key().get(anonymous.size_key, ""))


def set_of(spec: RenditionSpec) -> RenditionSet:
    """Return the set that `spec` is warmed with; alone if it is in none."""
    sets = rendition_sets().values()
    return next((specs for specs in sets if spec in specs), (spec,))


def _forget(*, setting: str, **_: object) -> None:
    if setting == _SETTING:
        rendition_sets.cache_clear()
        _names_by_size_key.cache_clear()
        _size_keys_by_file.cache_clear()
        _parsed.cache_clear()


setting_changed.connect(_forget, dispatch_uid="gallery.renditions.sets")
