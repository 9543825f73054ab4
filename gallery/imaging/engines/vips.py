"""libvips for what costs Pillow the most: reading JPEGs, and resampling, with vector instructions.

Encoding stays Pillow's: its WebP takes less time and fewer bytes at the same settings. So does all
that libvips would have to do in floating point, which is everything with alpha.
"""

import logging
from typing import Any, Final

import pyvips
from PIL import Image

from gallery.imaging.engines import Engine
from gallery.imaging.geometry import Size

# Every picture is another one: nothing is worth remembering. One thread, as for the encoders: the
# cores are busy with other pictures.
pyvips.cache_set_max(0)
pyvips.concurrency_set(1)
logging.getLogger("pyvips").setLevel(logging.WARNING)  # it tells of every step
pyvips.block_untrusted_set(True)

_MODES: Final = {1: "L", 3: "RGB"}
_BANDS: Final = {mode: bands for bands, mode in _MODES.items()}
_KERNELS: Final = {Image.Resampling.BICUBIC: "cubic", Image.Resampling.LANCZOS: "lanczos3"}
# What libjpeg can scale by while it decodes.
_SHRINKS: Final = (8, 4, 2, 1)


class VipsEngine:
    """JPEGs and opaque pictures by libvips, the others by Pillow."""

    def load_jpeg(self, data: bytes, size: Size) -> Image.Image | None:
        """Decode in the coarsest scale that has enough pixels, and resample on the way."""
        header = pyvips.Image.jpegload_buffer(data)
        if header.bands not in _MODES or header.format != "uchar":
            return None
        shrink = next(
            by
            for by in _SHRINKS
            if by == 1 or (header.width >= size.width * by and header.height >= size.height * by)
        )
        # Pillow too takes a file that ends early for damaged, and bears with what libjpeg repairs.
        decoded = pyvips.Image.jpegload_buffer(
            data, shrink=shrink, access="sequential", fail_on="truncated"
        )
        across, down = size.width * shrink / header.width, size.height * shrink / header.height
        return _to_pillow(decoded.resize(across, vscale=down, kernel="lanczos3", gap=0), size)

    def resize(self, image: Image.Image, size: Size, filter: Image.Resampling) -> Image.Image:  # noqa: A002
        """Return the whole picture at `size`, by Pillow where libvips has no such thing."""
        if image.size == (size.width, size.height):
            return image
        resized = None
        if image.mode in _BANDS and filter in _KERNELS:
            source = pyvips.Image.new_from_memory(
                image.tobytes(), image.width, image.height, _BANDS[image.mode], "uchar"
            )
            across, down = size.width / image.width, size.height / image.height
            scaled = source.resize(across, vscale=down, kernel=_KERNELS[filter], gap=0)
            resized = _to_pillow(scaled, size)
        return resized or image.resize((size.width, size.height), filter)


def _to_pillow(image: Any, size: Size) -> Image.Image | None:
    if image.width < size.width or image.height < size.height:
        return None
    if (image.width, image.height) != (size.width, size.height):
        # A JPEG at 1/8 may have a partly filled last row and column, rounded up.
        image = image.crop(0, 0, size.width, size.height)
    data = image.write_to_memory()
    return Image.frombytes(_MODES[image.bands], (size.width, size.height), data)


ENGINE: Final[Engine] = VipsEngine()
