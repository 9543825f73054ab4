"""Which picture formats exist for us, and the one place where Pillow learns to open them."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Final

# Imported for their registration: `Image.open(formats=…)` would otherwise fall back to
# `Image.init()`, which loads all of Pillow's plugins, the EPS one with its Ghostscript included.
import PIL.AvifImagePlugin
import PIL.GifImagePlugin
import PIL.JpegImagePlugin
import PIL.PngImagePlugin
import PIL.WebPImagePlugin  # noqa: F401

_HEIF_PLUGIN: Final = "pillow_heif"


@dataclass(frozen=True, slots=True)
class ImageFormat:
    """Name one format: to Pillow (`name`), to HTTP (`content_type`), to people (`extension`)."""

    name: str
    content_type: str
    extension: str


JPEG: Final = ImageFormat("JPEG", "image/jpeg", "jpg")
PNG: Final = ImageFormat("PNG", "image/png", "png")
WEBP: Final = ImageFormat("WEBP", "image/webp", "webp")
GIF: Final = ImageFormat("GIF", "image/gif", "gif")
AVIF: Final = ImageFormat("AVIF", "image/avif", "avif")
HEIC: Final = ImageFormat("HEIF", "image/heic", "heic")  # Pillow's plugin calls itself HEIF


#: How originals may be called: ours by their format, those of others as people write it.
EXTENSIONS: Final = ("jpg", "png", "webp", "gif", "avif", "heic", "jpeg", "JPG", "JPEG", "PNG")


_CONTENT_TYPES: Final = {
    each.extension: each.content_type for each in (JPEG, PNG, WEBP, GIF, AVIF, HEIC)
} | {"jpeg": JPEG.content_type}


def content_type_of(name: str) -> str:
    """Return the media type that a name's ending means, that of bytes in general for others."""
    ending = name.rpartition(".")[2].lower()
    return _CONTENT_TYPES.get(ending, "application/octet-stream")


def _accepted() -> dict[str, ImageFormat]:
    known = [JPEG, PNG, WEBP, GIF, AVIF]
    if find_spec(_HEIF_PLUGIN) is not None:
        known.append(HEIC)
    return {image_format.name: image_format for image_format in known}


#: Pillow's name -> format, of everything this installation can decode.
ACCEPTED: Final[dict[str, ImageFormat]] = _accepted()


@cache
def enable_heic() -> None:
    """Register the HEIC opener with Pillow, once, when the first HEIC arrives."""
    plugin = import_module(_HEIF_PLUGIN)
    # Thumbnails, depth maps and auxiliary pictures are never asked for: do not even parse them.
    plugin.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
