"""One rendition by its size key, for the library's sizers: where it is, and make it if need be."""

from __future__ import annotations

from gallery.exceptions import OriginalGone
from gallery.models import MediaFile
from gallery.models.fields import focal_point_of
from gallery.renditions.sets import named_spec, set_of
from gallery.renditions.warmer import make_renditions

State = MediaFile.State


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
    if make and not MediaFile.objects.filter(key=key, state=State.LIVE).exists():
        original = MediaFile.objects.filter(key=original_key, state=State.LIVE).first()
        if original is None:
            raise OriginalGone
        make_renditions(
            original,
            {key: (spec, point)},
            still_wanted=lambda: {key},
            among={other.key_for(original_key, point): (other, point) for other in set_of(spec)},
        )
    return key
