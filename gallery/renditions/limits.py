"""The limits of decoding, from the settings."""

from gallery.conf import gallery_settings
from gallery.imaging.limits import Limits


def decoding_limits() -> Limits:
    """Return the configured limits in the form that `imaging` takes them."""
    configured = gallery_settings()
    return Limits(
        max_bytes=configured.max_upload_bytes,
        max_side=configured.max_side,
        max_pixels=configured.max_pixels,
        max_frames=configured.max_frames,
        max_total_pixels=configured.max_animation_pixels,
        formats=frozenset(configured.formats),
    )
