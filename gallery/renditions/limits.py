"""The limits of decoding, from the settings."""

from gallery.conf import gallery_settings
from gallery.imaging.formats import HEIC
from gallery.imaging.limits import Limits

# People say HEIC; the plugin that decodes it calls itself by the container.
_PILLOW_NAMES = {"HEIC": HEIC.name}


def decoding_limits() -> Limits:
    """Return the configured limits in the form that `imaging` takes them."""
    configured = gallery_settings()
    return Limits(
        max_bytes=configured.max_upload_bytes,
        max_side=configured.max_side,
        max_pixels=configured.max_pixels,
        max_scaled_pixels=configured.max_scaled_pixels,
        max_frames=configured.max_frames,
        max_total_pixels=configured.max_animation_pixels,
        formats=frozenset(_PILLOW_NAMES.get(name, name) for name in configured.formats),
    )
