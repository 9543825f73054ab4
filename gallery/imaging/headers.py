"""Tell what a file is and refuse what is too big, from its header, before anything is decoded."""

from collections.abc import Callable
from typing import BinaryIO, Final

from gallery.exceptions import Corrupt, TooLarge, TooManyFrames, TooManyPixels, UnsupportedFormat
from gallery.imaging.containers import MALFORMED, gif, isobmff, jpeg, png, webp
from gallery.imaging.containers.header import Header
from gallery.imaging.formats import AVIF, GIF, HEIC, JPEG, PNG, WEBP, ImageFormat
from gallery.imaging.limits import Limits

_READERS: Final[dict[ImageFormat, Callable[[bytes, int], Header]]] = {
    JPEG: jpeg.read_header,
    PNG: png.read_header,
    WEBP: webp.read_header,
    GIF: gif.read_header,
    AVIF: isobmff.read_header,
    HEIC: isobmff.read_header,
}


def read_bytes(source: BinaryIO, *, limits: Limits) -> bytes:
    """Return all of a seekable `source`, from its start.

    Raises TooLarge, after reading one byte more than `limits` allow and no further.
    """
    source.seek(0)
    data = source.read(limits.max_bytes + 1)
    if len(data) > limits.max_bytes:
        raise TooLarge(max_bytes=limits.max_bytes)
    return data


def sniff(data: bytes) -> ImageFormat | None:
    """Return the format the first bytes are of, None for one we do not know."""
    if data.startswith(jpeg.SIGNATURE + b"\xff"):
        return JPEG
    if data.startswith(png.SIGNATURE):
        return PNG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    if data.startswith(gif.SIGNATURES):
        return GIF
    brands = isobmff.brands(data)
    if brands & isobmff.AVIF_BRANDS:
        return AVIF
    return HEIC if brands & isobmff.HEIC_BRANDS else None


def inspect(data: bytes, *, limits: Limits) -> tuple[ImageFormat, Header]:
    """Return format and header of a file that is within `limits`.

    Raises UnsupportedFormat, Corrupt, TooManyPixels or TooManyFrames.
    """
    image_format = sniff(data)
    if image_format is None or image_format.name not in limits.formats:
        raise UnsupportedFormat
    try:
        header = _READERS[image_format](data, limits.max_frames)
    except MALFORMED as error:
        raise Corrupt from error
    most = limits.max_scaled_pixels if header.is_scalable else limits.max_pixels
    check_size(header.width, header.height, limits=limits, max_pixels=most)
    total = header.frames * header.width * header.height
    if header.frames > limits.max_frames or (header.frames > 1 and total > limits.max_total_pixels):
        raise TooManyFrames(max_frames=limits.max_frames, max_total_pixels=limits.max_total_pixels)
    return image_format, header


def check_size(width: int, height: int, *, limits: Limits, max_pixels: int) -> None:
    """Refuse a picture of these pixels. Raises Corrupt for none, TooManyPixels for too many."""
    if width < 1 or height < 1:
        raise Corrupt
    if max(width, height) > limits.max_side or width * height > max_pixels:
        raise TooManyPixels(
            width=width,
            height=height,
            max_side=limits.max_side,
            max_pixels=max_pixels,
        )
