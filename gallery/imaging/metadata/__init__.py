"""Take out of a file what it says about its maker, and leave every pixel as it is."""

from collections.abc import Callable
from typing import Final

from gallery.exceptions import Corrupt
from gallery.imaging.containers import MALFORMED
from gallery.imaging.formats import AVIF, GIF, HEIC, JPEG, PNG, WEBP, ImageFormat
from gallery.imaging.metadata import gif, isobmff, jpeg, png, webp

_STRIP: Final[dict[ImageFormat, Callable[[bytes], bytes]]] = {
    JPEG: jpeg.strip,
    PNG: png.strip,
    WEBP: webp.strip,
    GIF: gif.strip,
    AVIF: isobmff.strip,
    HEIC: isobmff.strip,
}


def strip(data: bytes, image_format: ImageFormat) -> bytes:
    """Return `data` without EXIF, GPS, XMP, IPTC, comments, text, thumbnails and trailing bytes.

    Lossless: the picture decodes to the same pixels, the same way up, in the same colours, with
    the same animation. What stays is the ICC profile and, where EXIF says it, the orientation.
    Works from allow-lists, so what we do not know goes. Stripping twice changes nothing.
    Raises Corrupt when the file is not laid out as its format demands.
    """
    try:
        return _STRIP[image_format](data)
    except MALFORMED as error:
        raise Corrupt from error


__all__ = ["strip"]
