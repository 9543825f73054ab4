"""Colour profiles: which of them mean that something has to be converted."""

from functools import cache
from io import BytesIO
from typing import Final

from PIL import ImageCms

_DAMAGED: Final = (ImageCms.PyCMSError, OSError, ValueError, TypeError)


def foreign_profile(icc_profile: object) -> ImageCms.ImageCmsProfile | None:
    """Read an embedded profile; None when there is none, or it is damaged, or says sRGB."""
    if not isinstance(icc_profile, bytes):
        return None
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(icc_profile))
        description = profile.profile.profile_description or ""
    except _DAMAGED:
        return None
    return None if description.startswith("sRGB") else profile


@cache
def srgb_profile() -> ImageCms.ImageCmsProfile:
    """Return the profile of what everything is converted to."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
