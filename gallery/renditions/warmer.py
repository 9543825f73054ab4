"""Make the renditions that are missing: decode once, encode all, put, publish."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import Any

from tqdm import tqdm
from versatileimagefield.image_warmer import VersatileImageFieldWarmer

from gallery import ledger
from gallery.exceptions import GalleryError, OriginalGone
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.render import Rendered, render
from gallery.models import HasRenditions, MediaFile
from gallery.renditions.limits import decoding_limits
from gallery.renditions.sets import RenditionSet, rendition_set
from gallery.renditions.spec import RenditionSpec
from gallery.storage import media_storage, storage_errors

logger = logging.getLogger(__name__)

# One rendition to make: its storage key says which spec and which focal point.
Wanted = dict[str, tuple[RenditionSpec, FocalPoint]]


def wanted_renditions(instance: HasRenditions, specs: Iterable[RenditionSpec]) -> Wanted:
    """Return what `instance` should have, by key: its set on every focal point in use."""
    points = instance.focal_points_in_use()
    return {
        spec.key_for(instance.original_key, point): (spec, point)
        for spec in specs
        for point in points
    }


class RenditionWarmer(VersatileImageFieldWarmer):
    """The library's warmer, which opens each original once and records what it makes.

    Takes the library's arguments. `warm()` returns its pair: how many renditions there are now
    and the keys of the originals that failed; `errors` holds the reason for each of those.
    """

    def __init__(
        self,
        instance_or_queryset: Any,
        rendition_key_set: str | Sequence[tuple[str, str]],
        image_attr: str,
        verbose: bool = False,  # noqa: FBT001, FBT002  (the library's signature)
    ) -> None:
        super().__init__(instance_or_queryset, rendition_key_set, image_attr, verbose)
        # The library goes through a set and loses the order.
        self.specs: RenditionSet = (
            rendition_set(rendition_key_set)
            if isinstance(rendition_key_set, str)
            else tuple(RenditionSpec.parse(key, name=name) for name, key in rendition_key_set)
        )
        self.errors: dict[str, GalleryError] = {}

    def warm(self) -> tuple[int, list[str]]:
        """Make what is missing for every instance; one that fails does not stop the others."""
        made = 0
        instances = self.queryset.iterator(chunk_size=200)
        for instance in tqdm(instances, disable=not self.verbose, unit="image"):
            try:
                made += warm_instance(instance, self.specs)
            except GalleryError as error:
                logger.warning("warming_failed key=%s code=%s", instance.original_key, error.code)
                self.errors[instance.original_key] = error
        return made, list(self.errors)


def warm_instance(instance: HasRenditions, specs: RenditionSet) -> int:
    """Make the renditions of one original that the ledger has not got, and return how many.

    Raises:
        ImageRejected: the original cannot be decoded.
        StorageUnavailable: the storage did not give the original or take a rendition.
        OriginalGone: the ledger does not know the original as live.
    """
    wanted = wanted_renditions(instance, specs)
    ready = MediaFile.objects.live_renditions_of([instance.original_key])
    ready_keys = set(ready.filter(key__in=wanted).values_list("key", flat=True))
    missing = {key: what for key, what in wanted.items() if key not in ready_keys}
    if not missing:
        return 0
    original = MediaFile.objects.filter(
        key=instance.original_key, state=MediaFile.State.LIVE
    ).first()
    if original is None:
        raise OriginalGone
    published = make_renditions(
        original, missing, still_wanted=lambda: _wanted_now(instance, specs)
    )
    instance.__dict__.pop("rendition_files", None)
    return len(published)


def _wanted_now(instance: HasRenditions, specs: Iterable[RenditionSpec]) -> set[str]:
    current = type(instance)._base_manager.filter(pk=instance.pk).first()
    return set(wanted_renditions(current, specs)) if current else set()


def make_renditions(
    original: MediaFile, missing: Wanted, *, still_wanted: Callable[[], set[str]]
) -> set[str]:
    """Decode `original` once, encode what is missing, put it and publish it; return the keys.

    Every rendition is made here, warmed or on demand, so their bytes are the same.
    """
    with storage_errors(), media_storage().open(original.key) as source:
        data = source.read()
    requests = [spec.request(point) for spec, point in missing.values()]
    rendered = render(BytesIO(data), requests, limits=decoding_limits())
    files = [
        _media_file(original, key, spec, result)
        for (key, (spec, _)), result in zip(missing.items(), rendered, strict=True)
    ]
    ledger.announce(files)
    for file, result in zip(files, rendered, strict=True):
        with storage_errors():
            media_storage().put(file.key, result.data, content_type=result.content_type)
    return ledger.publish_renditions(original.key, files, still_wanted=still_wanted)


def _media_file(
    original: MediaFile, key: str, spec: RenditionSpec, result: Rendered
) -> MediaFile:
    return MediaFile(
        key=key,
        original=original,
        rendition=spec.name,
        fingerprint=spec.size_key,
        source=original.source,
        content_type=result.content_type,
        width=result.width,
        height=result.height,
        size=len(result.data),
        sha256=hashlib.sha256(result.data).hexdigest(),
    )
