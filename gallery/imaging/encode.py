"""Write a finished picture in one of the formats renditions come in."""

from enum import StrEnum
from io import BytesIO
from typing import Any, Final

from PIL import Image

_WHITE: Final = (255, 255, 255)


class OutputFormat(StrEnum):
    """A format renditions are written in."""

    webp = "webp"
    avif = "avif"
    jpeg = "jpeg"

    @property
    def content_type(self) -> str:
        """The media type, as HTTP wants it."""
        return f"image/{self.value}"

    @property
    def extension(self) -> str:
        """The end of a file name, without the dot."""
        return "jpg" if self is OutputFormat.jpeg else self.value


# AVIF at speed 9 costs less than WebP at its default effort; one thread, as the cores are busy with
# other pictures.
_OPTIONS: Final[dict[OutputFormat, dict[str, Any]]] = {
    OutputFormat.avif: {"speed": 9, "max_threads": 1},
    OutputFormat.jpeg: {"progressive": True, "optimize": True},
}
# WebP's effort 2 takes less than half the time of the default, which is 4, and loses .002 to .003
# of SSIM to it at the same quality. A fraction of a point brings that back, for 2 to 3 % more bytes
# (docs/benchmarks.md). Thumbnails take no time at all: they get the default.
_DEFAULT_EFFORT, _EFFORT = 4, 2
_SMALL, _LARGE = 100_000, 1_500_000  # pixels


def encode(image: Image.Image, output_format: OutputFormat, quality: int) -> bytes:
    """Return an sRGB picture (RGB or RGBA) as a file without any metadata, the same each time.

    `quality` is 1..100 on the scale of the format. JPEG shows transparency as white.
    """
    if output_format is OutputFormat.jpeg and image.mode == "RGBA":
        paper = Image.new("RGB", image.size, _WHITE)
        paper.paste(image, mask=image.getchannel("A"))
        image = paper
    if output_format is OutputFormat.webp:
        options = _webp_options(image.width * image.height, quality)
    else:
        options = {"quality": quality, **_OPTIONS[output_format]}
    target = BytesIO()
    image.save(target, output_format.name.upper(), **options)
    return target.getvalue()


def _webp_options(pixels: int, quality: int) -> dict[str, Any]:
    if pixels <= _SMALL:
        return {"quality": quality, "method": _DEFAULT_EFFORT}
    more = 0.25 if pixels <= _LARGE else 0.8
    return {"quality": min(quality + more, 100), "method": _EFFORT}
