"""One rendition by its size key, for the library's sizers: where it is, and make it if need be."""

from __future__ import annotations

from collections.abc import Callable

from gallery.exceptions import OriginalGone
from gallery.imaging.focal_point import FocalPoint
from gallery.models import MediaFile
from gallery.models.fields import focal_point_of
from gallery.renditions.has_original import HasOriginal
from gallery.renditions.sets import named_spec, set_of
from gallery.renditions.spec import RenditionSpec
from gallery.renditions.warmer import make_renditions, wanted_now


def rendition_key(size_key: str, *, original_key: str, ppoi: object, make: bool) -> str:
    """Return the storage key of the rendition `size_key` of an original.

    Args:
        size_key: in versatileimagefield's grammar.
        original_key: of an original in the ledger.
        ppoi: the focal point in one of the library's forms.
        make: look into the ledger and make the file if it is not there. Without it, neither
            database nor storage is asked.

    Raises:
        InvalidRenditionSpec: the size key cannot be read.
        OriginalGone: the original to make it from is not live.
    """
    spec, point = named_spec(size_key), focal_point_of(ppoi)
    key = spec.key_for(original_key, point)
    if make and MediaFile.objects.live(key) is None:
        make_renditions(
            _live_original(original_key),
            {key: (spec, point)},
            still_wanted=lambda: {key},
            company=set_of(spec),
        )
    return key


def make_one(
    instance: HasOriginal,
    spec: RenditionSpec,
    focal_point: FocalPoint,
    *,
    before_decoding: Callable[[], object] = lambda: None,
) -> None:
    """Make one rendition that `instance` asks for, now; `before_decoding` is called before that.

    Raises:
        ImageRejected: the original cannot be decoded.
        DecodersBusy: every decoder had other pictures to do for too long.
        StorageUnavailable: the storage did not give the original or take the rendition.
        OriginalGone: the original is not live, or asks for something else by now.
    """
    key = spec.key_for(instance.original_key, focal_point)
    made = make_renditions(
        _live_original(instance.original_key),
        {key: (spec, focal_point)},
        still_wanted=lambda: wanted_now(instance),
        company=set_of(spec),
        before_decoding=before_decoding,
    )
    if key not in made:
        raise OriginalGone


def _live_original(key: str) -> MediaFile:
    original = MediaFile.objects.live(key)
    if original is None or not original.is_original:
        raise OriginalGone
    return original
