"""Decide whether bytes are a picture we accept, and say what there is to know about it."""

import hashlib
from dataclasses import dataclass
from typing import BinaryIO, Final

from PIL import Image

from gallery.imaging import decode
from gallery.imaging.colour import resamplable, to_srgb
from gallery.imaging.formats import ImageFormat
from gallery.imaging.geometry import Size, fit
from gallery.imaging.headers import read_bytes
from gallery.imaging.limits import Limits
from gallery.imaging.placeholder import Placeholder, make_placeholder

# The placeholder keeps seven waves per side; 48 samples draw those as well as 100 do, in a third
# of the time.
_THUMBNAIL: Final = Size(48, 48)


@dataclass(frozen=True, slots=True)
class Digests:
    """Hexadecimal digests of a file: `md5` for storages that answer with it, `sha256` for us."""

    md5: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What one accepted file is.

    `width` and `height` are of the upright picture, in pixels; `orientation` is 1..8 as EXIF
    numbers them and already taken into account; `size` is in bytes, of the file that was probed.
    """

    format: ImageFormat
    width: int
    height: int
    orientation: int
    frames: int
    has_alpha: bool
    size: int
    placeholder: Placeholder

    @property
    def is_animated(self) -> bool:
        """Whether there is more than one frame."""
        return self.frames > 1


def probe(source: BinaryIO, *, limits: Limits) -> ImageFacts:
    """Return the facts about the picture in `source`, a seekable file, read from its start.

    The cheap refusals come first: bytes, then format, then size and frames from the header alone;
    only then is the first frame decoded, to its last byte. Later frames of an animation are
    checked for structure, not decoded: renditions show the first, and that bounds the work.
    Raises TooLarge, UnsupportedFormat, TooManyPixels, TooManyFrames or Corrupt.
    """
    data = read_bytes(source, limits=limits)
    decoded = decode.open_image(data, limits=limits, wanted=thumbnail_size)
    return facts_of(decoded, _thumbnail(decoded), size=len(data))


def facts_of(decoded: decode.Decoded, thumbnail: Image.Image, *, size: int) -> ImageFacts:
    """Return the facts about a decoded file of `size` bytes, given an upright sRGB thumbnail."""
    return ImageFacts(
        format=decoded.format,
        width=decoded.original.width,
        height=decoded.original.height,
        orientation=decoded.orientation,
        frames=decoded.frames,
        has_alpha=decoded.has_alpha,
        size=size,
        placeholder=make_placeholder(thumbnail),
    )


def digest(data: bytes) -> Digests:
    """Return the digests of `data`. Facts are about the upload, digests about what is stored."""
    return Digests(
        md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def thumbnail_size(original: Size) -> Size:
    """Return how large a thumbnail the placeholder of a picture is made of."""
    return fit(original, _THUMBNAIL)


def _thumbnail(decoded: decode.Decoded) -> Image.Image:
    size = decoded.stored(thumbnail_size(decoded.original))
    small = resamplable(decoded.image).resize(
        (size.width, size.height), Image.Resampling.BOX, box=decoded.area
    )
    return to_srgb(decoded.upright(small), decoded)


__all__ = ["Digests", "ImageFacts", "Limits", "digest", "probe"]
