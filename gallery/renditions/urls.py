"""The URLs of an image and its renditions, from the ledger rows that are already loaded."""

from __future__ import annotations

from dataclasses import dataclass

from gallery.conf import Strategy
from gallery.imaging.focal_point import FocalPoint
from gallery.models import HasRenditions, MediaFile
from gallery.querysets import RenditionFile
from gallery.renditions.sets import set_for
from gallery.renditions.spec import base_of
from gallery.renditions.strategies import strategy_of
from gallery.storage import media_storage, media_url


@dataclass(frozen=True, slots=True)
class RenditionUrl:
    """One rendition for a client: `file` is None while it is not made, and `url` the original's.

    Unless it is made just in time: then `url` is its own, which makes it.
    """

    name: str
    key: str
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
    base = base_of(original_key)
    is_public = _is_public(instance)
    original_url, base_url = (media_url(key, is_public=is_public) for key in (original_key, base))
    is_made_when_asked = strategy_of(set_name or instance.rendition_set) is Strategy.just_in_time
    files, point = instance.rendition_files, focal_point or instance.focal_point
    urls = []
    for spec in set_for(instance, set_name):
        suffix = spec.suffix(point)
        key = base + suffix
        file = files.get(key)
        if file:
            urls.append(RenditionUrl(spec.name, key, base_url + suffix, file))
        elif is_made_when_asked:
            # By the media proxy, and by no CDN.
            urls.append(RenditionUrl(spec.name, key, media_storage().url(key), None))
        else:
            urls.append(RenditionUrl(spec.name, original_key, original_url, None))
    return urls


def _is_public(instance: HasRenditions) -> bool:
    return instance.media_visibility() == MediaFile.Visibility.PUBLIC


def original_url(instance: HasRenditions) -> str:
    """Return the URL of the original."""
    return media_url(instance.original_key, is_public=_is_public(instance))


def rendition_url(instance: HasRenditions, key: str) -> str:
    """Return the URL of one rendition, made or not; asks nobody.

    A CDN may have only what is made: that of another is the media proxy's, which makes it.
    """
    is_known_to_be_made = key in instance.__dict__.get("rendition_files", ())
    return media_url(key, is_public=is_known_to_be_made and _is_public(instance))


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
        "original": original_url(instance),
        **{item.name: item.url for item in found},
    }


def variant_keys(instance: HasRenditions) -> dict[str, str]:
    """Return the storage key behind each of the `variants`."""
    found = {item.name: item.key for item in rendition_urls(instance)}
    return {"original": instance.original_key, **found}
