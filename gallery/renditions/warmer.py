"""Make the renditions that are missing: decode once, encode all, put, publish."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from django.db import transaction
from tqdm import tqdm
from versatileimagefield.image_warmer import VersatileImageFieldWarmer

from gallery import ledger
from gallery.conf import Strategy
from gallery.exceptions import GalleryError, OriginalGone
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.render import Rendered
from gallery.models import MediaFile, Use
from gallery.renditions.decoders import decoders
from gallery.renditions.has_original import HasOriginal
from gallery.renditions.limits import decoding_limits
from gallery.renditions.sets import RenditionSet, rendition_set, set_for
from gallery.renditions.spec import RenditionSpec
from gallery.renditions.strategies import strategy_of
from gallery.storage import media_storage, storage_errors

logger = logging.getLogger(__name__)

# One rendition to make: its storage key says which spec and which focal point.
Wanted = dict[str, tuple[RenditionSpec, FocalPoint]]


@dataclass(frozen=True, slots=True)
class Warmed:
    """What warming one original came to: how many renditions it has now, how many are new."""

    ready: int
    made: int
    wanted: frozenset[str]
    """The keys it should have had when warming began."""


def wanted_renditions(
    instance: HasOriginal,
    specs: RenditionSet | None = None,
    *,
    is_eager: bool = False,
    uses: Iterable[Use] | None = None,
) -> Wanted:
    """Return what `instance` should have, by key.

    Args:
        instance: what the image belongs to.
        specs: these on every focal point in use; by default what each use of it asks for.
        is_eager: leave out what is made just in time.
        uses: its uses, where they are known; by default it is asked for them.
    """
    key = instance.original_key
    if not key:
        return {}
    wanted: Wanted = {}
    for name, point in sorted(instance.uses() if uses is None else uses):
        if is_eager and strategy_of(name or instance.rendition_set) is Strategy.just_in_time:
            continue
        for spec in set_for(instance, name) if specs is None else specs:
            wanted[spec.key_for(key, point)] = (spec, point)
    return wanted


class RenditionWarmer(VersatileImageFieldWarmer):
    """The library's warmer, which opens each original once and records what it makes.

    Takes the library's arguments. `warm()` returns its pair: how many renditions there are now
    and the keys of the originals that failed. `made` counts the new ones; `errors` holds the reason
    for each that failed.
    """

    def __init__(
        self,
        instance_or_queryset: Any,
        rendition_key_set: str | Sequence[tuple[str, str]],
        image_attr: str,
        verbose: bool = False,
    ) -> None:
        self.specs: RenditionSet = (
            rendition_set(rendition_key_set)
            if isinstance(rendition_key_set, str)
            else tuple(RenditionSpec.parse(key, name=name) for name, key in rendition_key_set)
        )
        sizes = [(spec.name, spec.size_key) for spec in self.specs]
        super().__init__(instance_or_queryset, sizes, image_attr, verbose)
        # The library goes through a set and loses the order.
        self.size_key_list = [size_key for _, size_key in sizes]
        self.made = 0
        self.errors: dict[str, GalleryError] = {}

    def warm(self) -> tuple[int, list[str]]:
        """Make what is missing for every instance; one that fails does not stop the others."""
        ready = 0
        pks = list(self.queryset.values_list("pk", flat=True))
        for pk in tqdm(pks, disable=not self.verbose, unit="image"):
            # One at a time: none is kept in memory, and no cursor is open while we write.
            found = self.queryset.model._base_manager.filter(pk=pk).first()
            image = attrgetter(self.image_attr)(found) if found else None
            if not image:
                continue
            try:
                warmed = warm_instance(image.instance, self.specs)
            except GalleryError as error:
                logger.warning("warming_failed key=%s code=%s", image.name, error.code)
                self.errors[image.name] = error
            else:
                ready, self.made = ready + warmed.ready, self.made + warmed.made
        return ready, list(self.errors)


def warm_instance(
    instance: HasOriginal,
    specs: RenditionSet | None = None,
    *,
    uses: Iterable[Use] | None = None,
    prepared: Mapping[str, Rendered] = MappingProxyType({}),
    is_overwriting: bool = False,
) -> Warmed:
    """Make the renditions of one original that the ledger has not got.

    Args:
        instance: what the image belongs to.
        specs: as for `wanted_renditions`; what is made just in time is not made by default.
        uses: only for these uses of it, and then also what is made just in time.
        prepared: renditions that were made when the original was taken in, by key.
        is_overwriting: make those again that are there.

    Raises:
        ImageRejected: the original cannot be decoded.
        DecodersBusy: every decoder had other pictures to do for too long.
        StorageUnavailable: the storage did not give the original or take a rendition.
        OriginalGone: the ledger does not know the original as live.
    """
    is_eager = specs is None and uses is None
    wanted = wanted_renditions(instance, specs, is_eager=is_eager, uses=uses)
    ready = live_keys(wanted) if not is_overwriting else set()
    missing = {key: what for key, what in wanted.items() if key not in ready}
    if not missing:
        return Warmed(len(ready), 0, frozenset(wanted))
    originals = MediaFile.objects.filter(key=instance.original_key, original=None)
    original = originals.filter(state=MediaFile.State.LIVE).first()
    if original is None:
        raise OriginalGone
    made = make_renditions(
        original,
        missing,
        still_wanted=lambda: wanted_now(instance, specs),
        # Or what is made alone would have other bytes than what is made with all the others.
        company=tuple(spec for spec, _ in wanted.values()) if ready else (),
        prepared=prepared,
    )
    instance.__dict__.pop("rendition_files", None)
    return Warmed(len(ready) + len(made), len(made), frozenset(wanted))


def live_keys(keys: Iterable[str]) -> set[str]:
    """Return which of these renditions there are."""
    live = MediaFile.objects.filter(key__in=list(keys), state=MediaFile.State.LIVE)
    return set(live.values_list("key", flat=True))


@transaction.atomic
def record_if_complete(instance: HasOriginal, warmed: Warmed) -> None:
    """Note that warming ended well, unless more is wanted by now: others are at that.

    Under the lock on the row, which is held by whoever moves a focal point.
    """
    if warmed.ready < len(warmed.wanted):
        return  # one that nobody wanted for a moment was not published: the sweep sees to it
    current = instance.as_stored(is_locked=True)
    if current is None:
        return
    if warmed.wanted >= wanted_renditions(current, is_eager=True).keys():
        instance.record_warming()
        ledger.end_warming(instance.original_key)


def wanted_now(instance: HasOriginal, specs: RenditionSet | None = None) -> set[str]:
    """Return the keys of the renditions that the row asks for by now."""
    current = instance.as_stored()
    return set(wanted_renditions(current, specs)) if current else set()


def make_renditions(
    original: MediaFile,
    missing: Wanted,
    *,
    still_wanted: Callable[[], set[str]],
    company: RenditionSet = (),
    prepared: Mapping[str, Rendered] = MappingProxyType({}),
    before_decoding: Callable[[], object] = lambda: None,
) -> set[str]:
    """Decode `original` once, encode what is missing, put it and publish it; return the keys.

    Every rendition is made here, warmed or on demand. A small picture is made from a larger one of
    the same set, so its bytes depend on its `company`, which is not made itself. What is `prepared`
    needs no decoding.
    """
    unprepared = {key: what for key, what in missing.items() if key not in prepared}
    ledger.refuse_taken(missing, original=original)
    if unprepared:
        before_decoding()
    by_key = {**prepared, **_render(original, unprepared, company)}
    rendered = [by_key[key] for key in missing]
    files = [
        _media_file(original, key, spec, result)
        for (key, (spec, _)), result in zip(missing.items(), rendered, strict=True)
    ]
    ledger.announce(files)
    for file, result in zip(files, rendered, strict=True):
        ledger.put(file, result.data)
    return ledger.publish_renditions(original.key, files, still_wanted=still_wanted)


def _render(original: MediaFile, wanted: Wanted, company: RenditionSet) -> dict[str, Rendered]:
    if not wanted:
        return {}
    with storage_errors():
        data = media_storage().read(original.key)
    rendered = decoders().render(
        data,
        [spec.request(point) for spec, point in wanted.values()],
        limits=decoding_limits(),
        company=[spec.request(FocalPoint.CENTER) for spec in company],
    )
    return dict(zip(wanted, rendered, strict=True))


def _media_file(original: MediaFile, key: str, spec: RenditionSpec, result: Rendered) -> MediaFile:
    return MediaFile(
        key=key,
        original=original,
        rendition=spec.name,
        fingerprint=spec.size_key,
        source=original.source,
        object_id=original.object_id,
        visibility=original.visibility,
        content_type=result.content_type,
        width=result.width,
        height=result.height,
        size=len(result.data),
        sha256=hashlib.sha256(result.data).hexdigest(),
    )
