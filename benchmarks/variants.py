"""The task: which files every contestant makes of one photograph."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """One file to make: the picture cropped to fill a box, or fitted inside it, as WebP."""

    name: str
    operation: str
    side: int
    quality: int


# Those of settings.base.VERSATILEIMAGEFIELD_RENDITION_KEY_SETS, which peers cannot import.
VARIANTS = (
    Variant("thumb", "crop", 160, 65),
    Variant("sm", "fit", 640, 80),
    Variant("md", "fit", 1024, 85),
    Variant("lg", "fit", 2048, 85),
)
