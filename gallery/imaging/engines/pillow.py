"""Pillow alone: always there."""

from typing import Final

from PIL import Image

from gallery.imaging.engines import Engine
from gallery.imaging.geometry import Size


class PillowEngine:
    """Everything by Pillow, which decodes by itself."""

    def load_jpeg(self, data: bytes, size: Size) -> Image.Image | None:
        """Leave it to Pillow's own decoder."""
        return None

    def resize(self, image: Image.Image, size: Size, filter: Image.Resampling) -> Image.Image:  # noqa: A002
        """Return the whole picture at `size`."""
        if image.size == (size.width, size.height):
            return image
        return image.resize((size.width, size.height), filter)


ENGINE: Final[Engine] = PillowEngine()
