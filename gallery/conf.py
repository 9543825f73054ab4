"""The `GALLERY` setting as one typed, validated object.

Code asks `gallery_settings()`; only `settings/env.py` reads the environment.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

# HEIF is what the plugin that reads HEIC calls it.
FORMATS = frozenset({"JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIC", "HEIF"})
# The order of a gallery is one request, and one lock.
MAX_PER_OBJECT = 1000
# As Django REST framework reads it: a number, and a period of which the first letter counts.
_RATE = re.compile(r"[1-9][0-9]*/[smhd][a-z]*")


class Strategy(StrEnum):
    """When the renditions of a set are made."""

    on_upload = "on_upload"
    """By the process that stores the image, right after commit."""
    background = "background"
    """By a Celery worker; without a broker as `on_upload`."""
    just_in_time = "just_in_time"
    """By the media proxy, when somebody asks for the file."""


class Delivery(StrEnum):
    """How the media proxy hands bytes over."""

    stream = "stream"
    """Through this process."""
    accelerate = "accelerate"
    """By the web server in front, which is told where they are."""
    redirect = "redirect"
    """By the bucket itself, from a short-lived URL that the client is sent to."""
    public = "public"
    """By a CDN whose URLs clients are given for what everybody may see."""


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What uploads a model takes, within what the settings allow everywhere."""

    formats: tuple[str, ...] = ()
    """Some of `GALLERY["FORMATS"]`, like `("JPEG", "PNG", "WEBP")`; all of them if empty."""
    max_bytes: int = 0
    """The largest file; 0 is `GALLERY["MAX_UPLOAD_BYTES"]`."""

    def __post_init__(self) -> None:
        """Refuse what would take no file at all."""
        if not FORMATS.issuperset(self.formats):
            raise ImproperlyConfigured(f"formats are some of: {', '.join(sorted(FORMATS))}.")
        if self.max_bytes < 0:
            raise ImproperlyConfigured("max_bytes is a number of bytes, or 0.")


AS_CONFIGURED = UploadLimits()

# Unless the settings say otherwise.
MAX_UPLOAD_BYTES = 25 * 1024 * 1024
# S3 takes no smaller part but the last.
LEAST_PART_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class GallerySettings:
    """What an operator may decide. The limits are those measured to keep decoding bounded."""

    delivery: str = Delivery.stream
    accelerate_header: str = "X-Accel-Redirect"
    """nginx's, or `X-Sendfile` for Apache, lighttpd and others."""
    accelerate_prefix: str = "/_media/"
    """The path by which that server finds the files; empty for their paths on the disk."""
    redirect_seconds: int = 300
    """How long a URL of the bucket answers that a client is sent to."""
    visitor: str = "gallery.media.access.session_user"
    """A function of a request that returns the user who makes it, by its dotted path."""
    signed_seconds: int = 3600
    """How long the signed URLs of a private image answer."""
    share_seconds: int = 7 * 24 * 3600
    """How long a share link answers, unless said otherwise."""
    direct_upload_seconds: int = 24 * 3600
    """How long a client has to send a file straight to the storage."""
    direct_upload_part_bytes: int = 8 * 1024 * 1024
    """Larger files go to S3 in parts of this size."""
    slow_storage_ms: int = 1000
    """From how many milliseconds on an operation of the storage is reported as slow."""
    max_upload_bytes: int = MAX_UPLOAD_BYTES
    max_side: int = 16_384
    max_pixels: int = 50_000_000
    max_scaled_pixels: int = 200_000_000
    """Of a JPEG that can be scaled down while it is read: baseline, in one scan."""
    max_frames: int = 500
    max_animation_pixels: int = 250_000_000
    max_bulk_files: int = 100
    max_per_object: int = 200
    """How many images one object's gallery may have."""
    formats: tuple[str, ...] = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF")
    upload_rate: str = ""
    """DRF throttle rate of uploads by user, like `100/hour`; empty is off."""
    grace_seconds: int = 24 * 3600
    """How long a file that was replaced, or cut for an earlier focal point, still answers."""
    idempotency_seconds: int = 24 * 3600
    """How long the answer to a request with an `Idempotency-Key` is kept."""
    idempotency_lease_seconds: int = 600
    """After how long a request with a key, and without an answer, counts as dead."""
    pending_seconds: int = 3600
    """How long an unfinished upload is left alone before the sweep takes it for abandoned."""
    strategy: str = Strategy.on_upload
    """When renditions are made, unless `strategies` has another answer for their set."""
    strategies: Mapping[str, str] = field(default_factory=dict)
    warming_seconds: int = 600
    """After how long renditions that should have been made by now are begun again."""
    engine: str = "pillow"
    """Who shrinks pictures: `pillow`, or `vips` where pyvips is installed."""
    decoder_processes: int = 2
    """How many pictures one process of ours has decoded at once, each in a child of its own."""
    decoder_memory_bytes: int = 1024 * 1024 * 1024
    """Address space of one child."""
    decoder_cpu_seconds: int = 20
    decoder_wall_seconds: int = 60
    decoder_patience_seconds: int = 30
    """How long a picture waits for a child to be free."""

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> "GallerySettings":
        """Build from the upper-case `GALLERY` dictionary.

        Raises:
            ImproperlyConfigured: an unknown name, or a value that cannot be.
        """
        known = {each.name.upper() for each in fields(cls)}
        unknown = sorted(values.keys() - known)
        if unknown:
            raise ImproperlyConfigured(f"GALLERY has unknown names: {', '.join(unknown)}.")
        arguments: dict[str, Any] = {
            name.lower(): tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        return cls(**arguments)

    def __post_init__(self) -> None:
        """Refuse what would only be noticed when a person uploads something."""
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(each.default, int):
                least = 0 if each.name.endswith(("_seconds", "_ms")) else 1
                if type(value) is not int or value < least:
                    raise ImproperlyConfigured(
                        f"GALLERY['{each.name.upper()}'] is a whole number, {least} or more."
                    )
        if self.delivery not in set(Delivery):
            raise ImproperlyConfigured(
                f"GALLERY['DELIVERY'] (MEDIA_DELIVERY) is one of: {', '.join(Delivery)}."
            )
        if self.direct_upload_part_bytes < LEAST_PART_BYTES:
            raise ImproperlyConfigured(
                f"GALLERY['DIRECT_UPLOAD_PART_BYTES'] is {LEAST_PART_BYTES} or more."
            )
        if self.max_per_object > MAX_PER_OBJECT:
            raise ImproperlyConfigured(f"GALLERY['MAX_PER_OBJECT'] is {MAX_PER_OBJECT} at most.")
        if not self.formats or not FORMATS.issuperset(self.formats):
            raise ImproperlyConfigured(
                f"GALLERY['FORMATS'] is a list of some of: {', '.join(sorted(FORMATS))}."
            )
        known = set(Strategy)
        if self.strategy not in known or not known.issuperset(self.strategies.values()):
            raise ImproperlyConfigured(
                f"GALLERY['STRATEGY'], and each in STRATEGIES, is one of: {', '.join(Strategy)}."
            )
        if self.upload_rate and not _RATE.fullmatch(self.upload_rate):
            raise ImproperlyConfigured("GALLERY['UPLOAD_RATE'] is like '100/hour', or empty.")


@cache
def gallery_settings() -> GallerySettings:
    """Return the validated `GALLERY` setting."""
    return GallerySettings.from_mapping(getattr(settings, "GALLERY", {}))


def _forget(*, setting: str, **_: object) -> None:
    if setting == "GALLERY":
        gallery_settings.cache_clear()


setting_changed.connect(_forget, dispatch_uid="gallery.conf")
