"""Suggest where crops of an image might centre."""

from __future__ import annotations

from gallery.exceptions import OriginalGone, StorageUnavailable, SuggestionsNotInstalled
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.suggest import is_installed
from gallery.models import HasRenditions
from gallery.renditions.decoders import decoders
from gallery.renditions.limits import decoding_limits
from gallery.storage import media_storage, storage_errors


def suggest_focal_point(*, image: HasRenditions) -> FocalPoint:
    """Return a focal point that what is in the picture suggests; nothing is changed.

    The original is read once and decoded in a child process.

    Raises:
        SuggestionsNotInstalled: the extra `smart` is not installed.
        OriginalGone: there is no original, or its file is lost.
        ImageRejected: the original cannot be decoded.
        DecodersBusy: every decoder had other pictures to do for too long.
        StorageUnavailable: the storage did not give the original.
    """
    if not is_installed():
        raise SuggestionsNotInstalled
    if not image.original_key:
        raise OriginalGone
    try:
        with storage_errors():
            data = media_storage().read(image.original_key)
    except StorageUnavailable as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise OriginalGone from error
        raise
    return decoders().suggest(data, limits=decoding_limits())
