"""The URLs of an image and its renditions, from the ledger rows that are already loaded."""

from __future__ import annotations

from dataclasses import dataclass

from gallery.conf import Strategy
from gallery.imaging.focal_point import FocalPoint
from gallery.models import HasRenditions
from gallery.querysets import RenditionFile
from gallery.renditions.sets import set_for
from gallery.renditions.spec import base_of
from gallery.renditions.strategies import strategy_of
from gallery.storage import media_storage


@dataclass(frozen=True, slots=True)
class RenditionUrl:
    """One rendition for a client: `file` is None while it is not made, and `url` the original's.

    Unless it is made just in time: then `url` is its own, which makes it.
    """

    name: str
    url: str
    file: RenditionFile | None


def rendition_urls(
    instance: HasRenditions, *, focal_point: FocalPoint | None = None, set_name: str = ""
) -> list[RenditionUrl]:
    """Return the renditions of a set of `instance`, in its order.

    Asks the ledger once unless `with_renditions()` did; never asks the storage.

    Args:
        instance: what the image belongs to.
        focal_point: a point of one use of the image, instead of the image's own.
        set_name: the set of that use, instead of the image's own.
    """
    original_key = instance.original_key
    if not original_key:
        return []
    storage = media_storage()
    base = base_of(original_key)
    original_url, base_url = storage.url(original_key), storage.url(base)
    is_made_when_asked = strategy_of(set_name or instance.rendition_set) is Strategy.just_in_time
    files, point = instance.rendition_files, focal_point or instance.focal_point
    urls = []
    for spec in set_for(instance, set_name):
        suffix = spec.suffix(point)
        file = files.get(base + suffix)
        url = base_url + suffix if file or is_made_when_asked else original_url
        urls.append(RenditionUrl(spec.name, url, file))
    return urls


def variants(
    instance: HasRenditions, *, focal_point: FocalPoint | None = None, set_name: str = ""
) -> dict[str, str]:
    """Return one URL for each rendition and the original: what clients call variants.

    An instance without an image has none.
    """
    if not instance.original_key:
        return {}
    found = rendition_urls(instance, focal_point=focal_point, set_name=set_name)
    return {
        "original": media_storage().url(instance.original_key),
        **{item.name: item.url for item in found},
    }
