"""Bring any decoded picture to plain 8-bit sRGB, with alpha only where something shows through."""

from typing import Final

from PIL import Image, ImageCms

from gallery.imaging.decode import Decoded
from gallery.imaging.profiles import foreign_profile, srgb_profile

# Modes that resample correctly as they are; RGBA and LA are premultiplied by Pillow on the way.
_RESAMPLED_AS_IS: Final = frozenset({"RGB", "RGBA", "L", "LA", "CMYK", "I;16"})
# Samples to 8 bits: 65535 / 255.
_SIXTEEN_TO_EIGHT: Final = 1 / 257


def resamplable(image: Image.Image) -> Image.Image:
    """Return `image` in a mode whose values may be averaged.

    Palette indices may not, and a colour that stands for "transparent" would bleed as a colour.
    """
    if image.mode.startswith("I;16"):
        return image
    if image.has_transparency_data and image.mode not in {"RGBA", "LA"}:
        return image.convert("RGBA")
    if image.mode in _RESAMPLED_AS_IS:
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def to_srgb(image: Image.Image, decoded: Decoded) -> Image.Image:
    """Return a `resamplable` picture as sRGB, RGB or RGBA, without any metadata.

    A profile that is damaged or belongs to another colour model is ignored: then the values are
    taken for sRGB, as browsers do.
    """
    if image.mode.startswith("I;16"):
        image = image.convert("I").point(lambda value: value * _SIXTEEN_TO_EIGHT).convert("L")
    converted = _by_profile(image, decoded.icc_profile) if decoded.icc_profile else None
    if converted is None:
        converted = image.convert("RGBA" if image.mode in {"RGBA", "LA"} else "RGB")
    if converted.mode == "RGBA" and converted.getchannel("A").getextrema() == (255, 255):
        converted = converted.convert("RGB")
    converted.info = {}
    return converted


def _by_profile(image: Image.Image, icc_profile: bytes) -> Image.Image | None:
    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    opaque = image.convert(image.mode[:-1]) if alpha else image
    profile = foreign_profile(icc_profile)
    if profile is None:
        return None
    try:
        converted = ImageCms.profileToProfile(
            opaque,
            profile,
            srgb_profile(),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    if converted is not None and alpha:
        converted.putalpha(alpha)
    return converted
