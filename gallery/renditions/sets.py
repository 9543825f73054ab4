"""Which renditions an image has: the sets of `VERSATILEIMAGEFIELD_RENDITION_KEY_SETS`, parsed."""

from __future__ import annotations

from functools import cache, lru_cache

from django.conf import settings
from django.core.signals import setting_changed

from gallery.exceptions import InvalidRenditionSpec
from gallery.models import HasRenditions
from gallery.registry import dynamic_set
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


def set_for(instance: HasRenditions, name: str = "") -> RenditionSet:
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
        return rendition_set(found) if isinstance(found, str) else _parsed(tuple(found))
    if name in rendition_sets():
        return rendition_set(name)
    return rendition_set(instance.rendition_set) if not name else set_for(instance)


@lru_cache(maxsize=256)
def _parsed(entries: tuple[tuple[str, str], ...]) -> RenditionSet:
    specs = tuple(RenditionSpec.parse(size_key, name=name) for name, size_key in entries)
    if len({spec.name for spec in specs}) < len(specs):
        raise InvalidRenditionSpec(f"A rendition set uses a name twice: {entries!r}.")
    return specs


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


setting_changed.connect(_forget, dispatch_uid="gallery.renditions.sets")
