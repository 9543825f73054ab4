"""The limits of decoding, from the settings."""

from collections.abc import Iterable

from gallery.conf import AS_CONFIGURED, UploadLimits, gallery_settings
from gallery.imaging.formats import HEIC
from gallery.imaging.limits import Limits

# People say HEIC; the plugin that decodes it calls itself by the container.
_PILLOW_NAMES = {"HEIC": HEIC.name}


def decoding_limits(narrower: UploadLimits = AS_CONFIGURED) -> Limits:
    """Return the configured limits in the form that `imaging` takes them, or narrower ones."""
    configured = gallery_settings()
    most = configured.max_upload_bytes
    formats = _named(configured.formats)
    return Limits(
        max_bytes=min(narrower.max_bytes or most, most),
        max_side=configured.max_side,
        max_pixels=configured.max_pixels,
        max_scaled_pixels=configured.max_scaled_pixels,
        max_frames=configured.max_frames,
        max_total_pixels=configured.max_animation_pixels,
        formats=formats & _named(narrower.formats) if narrower.formats else formats,
    )


def _named(formats: Iterable[str]) -> frozenset[str]:
    return frozenset(_PILLOW_NAMES.get(name, name) for name in formats)
