"""The `GALLERY` setting as one typed, validated object.

Code asks `gallery_settings()`; only `settings/env.py` reads the environment.
"""

from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed


@dataclass(frozen=True, slots=True)
class GallerySettings:
    """What an operator may decide. The limits are those measured to keep decoding bounded."""

    max_upload_bytes: int = 25 * 1024 * 1024
    max_side: int = 16_384
    max_pixels: int = 50_000_000
    max_frames: int = 500
    max_animation_pixels: int = 250_000_000
    max_bulk_files: int = 100
    formats: tuple[str, ...] = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF")
    upload_rate: str = ""
    """DRF throttle rate of uploads by user, like `100/hour`; empty is off."""
    grace_seconds: int = 24 * 3600
    """How long a file that was replaced, or cut for an earlier focal point, still answers."""
    pending_seconds: int = 3600
    """How long an unfinished upload is left alone before the sweep takes it for abandoned."""

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> "GallerySettings":
        """Build from the upper-case `GALLERY` dictionary.

        Raises:
            ImproperlyConfigured: an unknown name, or a limit that is not a positive number.
        """
        known = {field.name.upper(): field for field in fields(cls)}
        unknown = sorted(values.keys() - known.keys())
        if unknown:
            raise ImproperlyConfigured(f"GALLERY has unknown names: {', '.join(unknown)}.")
        arguments: dict[str, Any] = {}
        for name, value in values.items():
            if known[name].type in (int, "int") and not (isinstance(value, int) and value >= 0):
                raise ImproperlyConfigured(f"GALLERY['{name}'] must be a whole number, 0 or more.")
            arguments[name.lower()] = tuple(value) if isinstance(value, list) else value
        return cls(**arguments)


@cache
def gallery_settings() -> GallerySettings:
    """Return the validated `GALLERY` setting."""
    return GallerySettings.from_mapping(getattr(settings, "GALLERY", {}))


def _forget(*, setting: str, **_: object) -> None:
    if setting == "GALLERY":
        gallery_settings.cache_clear()


setting_changed.connect(_forget, dispatch_uid="gallery.conf")
