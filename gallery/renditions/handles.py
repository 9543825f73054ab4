"""A rendition that need not exist yet: what it will be is known without asking anybody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gallery.exceptions import OriginalGone, UnknownRendition
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.geometry import Size
from gallery.models import HasRenditions, MediaFile
from gallery.querysets import RenditionFile
from gallery.renditions.on_demand import make_one
from gallery.renditions.sets import RenditionSet
from gallery.renditions.spec import RenditionSpec
from gallery.renditions.urls import rendition_url


@dataclass(frozen=True, slots=True)
class Rendition:
    """One rendition of one original, lazily: key, URL and size are computed, the file is not made.

    Written into a page it is its URL. Whoever asks the media proxy for that gets the file, made
    there and then if need be.
    """

    instance: HasRenditions
    spec: RenditionSpec
    focal_point: FocalPoint

    def __str__(self) -> str:
        return self.url

    @property
    def name(self) -> str:
        """What its set calls it."""
        return self.spec.name

    @property
    def key(self) -> str:
        """Its storage key."""
        return self.spec.key_for(self.instance.original_key, self.focal_point)

    @property
    def url(self) -> str:
        """Its own URL, for ever; a query to nobody."""
        return rendition_url(self.instance, self.key)

    @property
    def content_type(self) -> str:
        """The media type, such as `image/webp`."""
        return self.spec.format.content_type

    @property
    def size(self) -> Size:
        """Its real size in pixels: that of the box, or less where the original has less."""
        width, height = self.instance.original_size
        return self.spec.size_of(Size(width, height))

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.size.width

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.size.height

    @property
    def file(self) -> RenditionFile | None:
        """What there is to know of the file if it is made.

        From what `with_renditions()` loaded, else by a query.
        """
        return self.instance.rendition_files.get(self.key)

    def generate(self) -> MediaFile:
        """Make the file now if it is not there; return its row.

        Raises:
            ImageRejected: the original cannot be decoded.
            StorageUnavailable: the storage did not give the original or take the rendition.
            OriginalGone: the original is not there any more, or its row asks for other crops.
            RuntimeError: called inside a transaction, whose rollback would lose track of the file.
        """
        found = MediaFile.objects.live(self.key)
        if found is None:
            make_one(self.instance, self.spec, self.focal_point)
            found = MediaFile.objects.live(self.key)
        self.instance.__dict__.pop("rendition_files", None)
        if found is None:
            raise OriginalGone
        return found


def handles(
    instance: HasRenditions, specs: RenditionSet, focal_point: FocalPoint | None = None
) -> list[Rendition]:
    """Return a handle for each of `specs`; none for an instance without an image.

    Args:
        instance: what the image belongs to.
        specs: its set, or that of one use of it.
        focal_point: a point of one use of the image, instead of the image's own.
    """
    if not instance.original_key:
        return []
    point = focal_point or instance.focal_point
    return [Rendition(instance, spec, point) for spec in specs]


def named(renditions: Iterable[Rendition], name: str) -> Rendition:
    """Return the one called `name`.

    Raises:
        UnknownRendition: there is none; the message says which there are.
    """
    by_name = {rendition.name: rendition for rendition in renditions}
    try:
        return by_name[name]
    except KeyError as error:
        known = ", ".join(by_name) or "none"
        raise UnknownRendition(f"There is no rendition {name!r}; there are: {known}.") from error
