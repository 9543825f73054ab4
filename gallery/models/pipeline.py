"""The seam through which a model's file reaches storage, the ledger and the warmer.

Models sit below the code that decodes, stores and renders. `obj.image = upload; obj.save()` must
still go through that one door, so the door is declared here and opened by `GalleryConfig.ready`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from django.core.files.base import File

if TYPE_CHECKING:
    from gallery.imaging.focal_point import FocalPoint
    from gallery.models.fields import ImageFieldFile
    from gallery.models.mixins import HasRenditions
    from gallery.models.widgets import PickerPicture
    from gallery.renditions.handles import Rendition


class Pipeline(Protocol):
    """What a model with an image needs of the layers above it."""

    def store(self, file: ImageFieldFile, upload: File[Any]) -> None:
        """Probe, strip and store `upload`, then point `file` and its instance at it."""

    def saved(self, instance: HasRenditions) -> None:
        """Make the ledger agree, in the same transaction, with what `instance` now is."""

    def deleted(self, instance: HasRenditions) -> None:
        """Record in the same transaction that nothing uses the files of `instance` any more."""

    def warm(self, instance: HasRenditions) -> int:
        """Make the renditions that `instance` lacks, now; return how many were made."""

    def renditions(
        self,
        instance: HasRenditions,
        *,
        focal_point: FocalPoint | None = None,
        rendition_set: str = "",
    ) -> list[Rendition]:
        """Return the renditions of `instance`, on its own point and of its own set by default."""

    def named(self, renditions: list[Rendition], name: str) -> Rendition:
        """Return the one called `name`, or raise UnknownRendition."""

    def picker_picture(self, instance: HasRenditions, *, rendition_set: str = "") -> PickerPicture:
        """Return what the focal point of `instance` is picked on, also before there is a file."""


_connected: list[Pipeline] = []


def connect(pipeline: Pipeline) -> None:
    """Make `pipeline` the one that every model uses."""
    _connected[:] = [pipeline]


def pipeline() -> Pipeline:
    """Return the connected pipeline."""
    return _connected[0]
