"""The URLs of an image and its renditions, from the ledger rows that are already loaded."""

from __future__ import annotations

from dataclasses import dataclass

from gallery.imaging.focal_point import FocalPoint
from gallery.models import HasRenditions, MediaFile
from gallery.renditions.sets import set_for
from gallery.storage import media_storage


@dataclass(frozen=True, slots=True)
class RenditionUrl:
    """One rendition for a client: `file` is None while it is not made, and `url` the original's."""

    name: str
    url: str
    file: MediaFile | None


def rendition_urls(
    instance: HasRenditions, *, focal_point: FocalPoint | None = None
) -> list[RenditionUrl]:
    """Return the renditions of the set of `instance`, in its order.

    Asks the ledger once unless `with_renditions()` did; never asks the storage.

    Args:
        instance: what the image belongs to.
        focal_point: a point of one use of the image, instead of the image's own.
    """
    if not instance.original_key:
        return []
    storage = media_storage()
    original_url = storage.url(instance.original_key)
    point = focal_point or instance.focal_point
    urls = []
    for spec in set_for(instance):
        key = spec.key_for(instance.original_key, point)
        file = instance.rendition_files.get(key)
        urls.append(RenditionUrl(spec.name, storage.url(key) if file else original_url, file))
    return urls


def variants(instance: HasRenditions, *, focal_point: FocalPoint | None = None) -> dict[str, str]:
    """Return one URL for each rendition and the original: what clients call variants.

    An instance without an image has none.
    """
    if not instance.original_key:
        return {}
    made = {item.name: item.url for item in rendition_urls(instance, focal_point=focal_point)}
    return {"original": media_storage().url(instance.original_key), **made}
