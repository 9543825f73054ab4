"""What renditions are made of: a model's row with its image, or a file that somebody else keeps."""

from __future__ import annotations

from typing import Protocol

from gallery.imaging.focal_point import FocalPoint
from gallery.models import Use


class HasOriginal(Protocol):
    """What the warmer and the media proxy ask of whatever has an original."""

    @property
    def original_key(self) -> str:
        """The storage key of the original, or empty."""

    @property
    def focal_point(self) -> FocalPoint:
        """Where crops centre by default."""

    @property
    def rendition_set(self) -> str:
        """The name of its set; with an empty one nothing is made."""

    def uses(self) -> set[Use]:
        """Return every way in which it is shown."""

    def media_visibility(self) -> str:
        """Return who may see the files: a `MediaFile.Visibility`."""

    def record_warming(self, error_code: str = "") -> None:
        """Note how warming ended. Empty means well."""

    def as_stored(self, *, is_locked: bool = False) -> HasOriginal | None:
        """Return it as it is by now, None when it is gone; with a lock for the transaction."""
