"""Whole pictures at some scale, from which smaller ones are made."""

from functools import cached_property
from typing import Final, Protocol, Self

from PIL import Image

from gallery.imaging import engines
from gallery.imaging.colour import resamplable, to_srgb
from gallery.imaging.decode import YCBCR, Area, Decoded
from gallery.imaging.geometry import Size

_LANCZOS: Final = Image.Resampling.LANCZOS
_BICUBIC: Final = Image.Resampling.BICUBIC
_BILINEAR: Final = Image.Resampling.BILINEAR
_NEAREST: Final = Image.Resampling.NEAREST
# Below half a megapixel there is nothing to be saved.
_LARGE: Final = 500_000


class Frame(Protocol):
    """A whole picture, upright, in sRGB."""

    @property
    def size(self) -> Size:
        """Its size in pixels."""

    @property
    def image(self) -> Image.Image:
        """The picture as RGB or RGBA."""

    def resized(self, size: Size) -> "Frame":
        """Return the picture at a smaller size."""


class RgbFrame:
    """A picture as Pillow has it."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image

    @property
    def size(self) -> Size:
        """Its size in pixels."""
        return Size(*self.image.size)

    def resized(self, size: Size) -> Self:
        """Return the picture at a smaller size."""
        return type(self)(engines.current().resize(self.image, size, _LANCZOS))


class PlanarFrame:
    """A picture as JPEG has it: brightness in full, colour at half the resolution or better.

    All the formats that renditions are written in halve colours too, so resampling more of them
    would be work for nothing. What it saves pays for the better filter on brightness.
    """

    def __init__(self, luma: Image.Image, chroma: tuple[Image.Image, Image.Image]) -> None:
        self._luma = luma
        self._chroma = chroma

    @property
    def size(self) -> Size:
        """Its size in pixels."""
        return Size(*self._luma.size)

    @cached_property
    def image(self) -> Image.Image:
        """The picture as RGB."""
        full = [self._spread(plane) for plane in self._chroma]
        return Image.merge(YCBCR, (self._luma, *full)).convert("RGB")

    def _spread(self, plane: Image.Image) -> Image.Image:
        if plane.size == self._luma.size:
            return plane
        # The encoders average two by two: what is only repeated comes out as it went in.
        filter_ = _NEAREST if plane.size == _half(self.size) else _BILINEAR
        return plane.resize(self._luma.size, filter_)

    def resized(self, size: Size) -> Self:
        """Return the picture at a smaller size."""
        blue, red = self._chroma
        if blue.width > size.width and blue.height > size.height:
            blue, red = (plane.resize((size.width, size.height), _BICUBIC) for plane in (blue, red))
        return type(self)(self._luma.resize((size.width, size.height), _LANCZOS), (blue, red))


def base_frame(decoded: Decoded, size: Size) -> Frame:
    """Return a decoded picture at `size`, the largest that anyone asks for.

    Turning and colour management come after shrinking: they cost by the pixel.
    """
    stored = decoded.stored(size)
    if decoded.image.mode == YCBCR:
        luma, *chroma = decoded.image.split()
        small = luma.resize((stored.width, stored.height), _LANCZOS, box=decoded.area)
        blue, red = (_base_chroma(plane, stored, decoded.area) for plane in chroma)
        return PlanarFrame(decoded.upright(small), (decoded.upright(blue), decoded.upright(red)))
    image = resamplable(decoded.image)
    if decoded.area is None:
        small = engines.current().resize(image, stored, _BICUBIC)
    else:
        small = image.resize((stored.width, stored.height), _BICUBIC, box=decoded.area)
    return RgbFrame(to_srgb(decoded.upright(small), decoded))


def _base_chroma(plane: Image.Image, size: Size, area: Area | None) -> Image.Image:
    if size.pixels > _LARGE:
        return plane.resize(_half(size), _BILINEAR, box=area, reducing_gap=1.0)
    return plane.resize((size.width, size.height), _BICUBIC, box=area)


def _half(size: Size) -> tuple[int, int]:
    return (size.width + 1) // 2, (size.height + 1) // 2
