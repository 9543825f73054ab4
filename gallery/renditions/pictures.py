"""One image for every screen: what `<picture>` is written from, in HTML and in JSON."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import ClassVar, Final

from gallery.exceptions import MixedRatios
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.geometry import Size, crop_box
from gallery.imaging.placeholder import Placeholder
from gallery.imaging.render import OutputFormat
from gallery.models import HasRenditions, PolymorphicImageRelation
from gallery.renditions.handles import Rendition, named
from gallery.renditions.spec import RenditionSpec
from gallery.renditions.urls import original_url

Subject = HasRenditions | PolymorphicImageRelation
"""What has a picture: an image, any object with one, or one use of an image."""

DEFAULT_SIZES: Final = "100vw"
# A browser takes the first source that it can read: the smallest files first. The last format
# that a picture has is the one for browsers that know nothing of sources.
_FORMATS: Final = (OutputFormat.avif, OutputFormat.webp, OutputFormat.jpeg)
_LOADING: Final = {"lazy", "eager"}
_PRIORITIES: Final = {"", "auto", "high", "low"}
# The bit of a thumbhash that tells of transparency: the highest of its third byte.
_HAS_ALPHA: Final = 0x80


@dataclass(frozen=True, slots=True)
class Candidate:
    """One file that a browser may choose, with its real size in pixels."""

    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Source:
    """The candidates of one format, from the narrowest to the widest, each width once."""

    content_type: str
    candidates: tuple[Candidate, ...]

    @property
    def srcset(self) -> str:
        """The attribute of this name."""
        return _srcset(self.candidates)


@dataclass(frozen=True, slots=True)
class Img:
    """What every browser understands: the widest candidate of the most common format.

    There are no candidates when it is the original itself.
    """

    src: str
    width: int
    height: int
    alt: str
    candidates: tuple[Candidate, ...] = ()

    @property
    def srcset(self) -> str:
        """The attribute of this name."""
        return _srcset(self.candidates)


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything a page says about an image. Without an image there is no `img`, and no source.

    Raises ValueError for values that HTML does not know.
    """

    img: Img | None
    sources: tuple[Source, ...] = ()
    focal_point: FocalPoint = FocalPoint.CENTER
    """Where a page that cuts it once more should centre: a point of what the candidates show."""
    placeholder: Placeholder | None = None
    sizes: str = DEFAULT_SIZES
    loading: str = "lazy"
    fetchpriority: str = ""

    decoding: ClassVar[str] = "async"

    def __post_init__(self) -> None:
        if self.loading not in _LOADING:
            raise ValueError(f"loading is lazy or eager, not {self.loading!r}.")
        if self.fetchpriority not in _PRIORITIES:
            raise ValueError(f"fetchpriority is high, low or auto, not {self.fetchpriority!r}.")

    @property
    def object_position(self) -> str:
        """The focal point as CSS has it: `30% 70%`."""
        return f"{self.focal_point.x}% {self.focal_point.y}%"

    @property
    def style(self) -> str:
        """The declarations for the `img`; those that would change nothing are left out."""
        rules = []
        if not self.focal_point.is_center:
            rules.append(f"object-position: {self.object_position}")
        # A background stays when the file has arrived, and would shine through.
        if self.placeholder and not _is_transparent(self.placeholder):
            rules.append(f"background-color: {self.placeholder.color}")
        return "; ".join(rules)


def picture_of(
    subject: Subject,
    *,
    names: Sequence[str] = (),
    alt: str | None = None,
    sizes: str = DEFAULT_SIZES,
    loading: str = "lazy",
    fetchpriority: str = "",
    placeholder: bool = True,
) -> Picture:
    """Return the picture of an image, or of one use of it; asks neither database nor storage.

    Args:
        subject: what the image belongs to, or its place in a gallery.
        names: these renditions; by default those that keep the image's ratio.
        alt: instead of what the image or its use says.
        sizes: how wide the page shows it, as in the attribute of this name.
        loading: `lazy` or `eager`.
        fetchpriority: `high`, `low` or `auto`; left out if empty.
        placeholder: whether to show a colour before the file has arrived.

    Raises:
        UnknownRendition: one of `names` is not in the set; the message says which are.
        MixedRatios: the renditions of these names show different cuts.
    """
    image = image_of(subject)
    if not image.original_key:
        return Picture(None)
    text = _alt_of(subject) if alt is None else alt
    renditions = _chosen(subject.renditions(), names)
    sources = _sources(renditions)
    img, point = _original(image, text), subject.focal_point
    if sources:
        widest = sources[-1].candidates[-1]
        img = Img(widest.url, widest.width, widest.height, text, sources[-1].candidates)
        point = _point_in(renditions[0].spec, Size(*image.original_size), point)
    return Picture(
        img=img,
        sources=tuple(sources[:-1]),
        focal_point=point,
        placeholder=_placeholder_of(image) if placeholder else None,
        sizes=sizes,
        loading=loading,
        fetchpriority=fetchpriority,
    )


def image_of(subject: Subject) -> HasRenditions:
    """Return the object that the image belongs to."""
    return subject.image if isinstance(subject, PolymorphicImageRelation) else subject


def _chosen(renditions: list[Rendition], names: Sequence[str]) -> list[Rendition]:
    if names:
        chosen = [named(renditions, name) for name in names]
        if not _have_one_ratio(chosen):
            raise MixedRatios(
                f"{', '.join(names)} show different cuts of the image; the candidates of one"
                " picture are all fit, or all crop to boxes of the same ratio."
            )
        return chosen
    fitting = [each for each in renditions if not each.spec.follows_focal_point]
    if fitting:
        return fitting
    return renditions if _have_one_ratio(renditions) else []


def _have_one_ratio(renditions: Iterable[Rendition]) -> bool:
    """Tell whether a browser may exchange one for the other, whatever the size of the original."""
    specs = sorted((each.spec for each in renditions), key=attrgetter("width"))
    cropping = [spec for spec in specs if spec.follows_focal_point]
    if not cropping:
        return True
    return len(cropping) == len(specs) and all(_is_like(spec, specs[-1]) for spec in specs)


def _is_like(small: RenditionSpec, large: RenditionSpec) -> bool:
    """Tell whether the large box, shrunk to the other's width, is as high to the pixel."""
    return abs(small.width * large.height - small.height * large.width) < large.width


def _sources(renditions: Iterable[Rendition]) -> list[Source]:
    """Return the formats there are, in the order in which browsers should try them."""
    sources = []
    # Where the original is smaller than several boxes, the files of all are as wide as it is: the
    # rendition of the smallest box is kept.
    by_box = sorted(renditions, key=lambda each: each.spec.width * each.spec.height)
    for output in _FORMATS:
        by_width: dict[int, Rendition] = {}
        for rendition in by_box:
            if rendition.spec.format is output:
                by_width.setdefault(rendition.width, rendition)
        if by_width:
            found = (by_width[width] for width in sorted(by_width))
            candidates = tuple(Candidate(each.url, each.width, each.height) for each in found)
            sources.append(Source(output.content_type, candidates))
    return sources


def _srcset(candidates: Iterable[Candidate]) -> str:
    return ", ".join(f"{each.url} {each.width}w" for each in candidates)


def _original(image: HasRenditions, alt: str) -> Img:
    width, height = image.original_size
    return Img(original_url(image), width, height, alt)


def _point_in(spec: RenditionSpec, original: Size, point: FocalPoint) -> FocalPoint:
    """Return where in a rendition the original's focal point is: in a crop, near the middle."""
    if not spec.follows_focal_point or point.is_center:
        return point
    region = crop_box(original, Size(spec.width, spec.height), point)
    return FocalPoint(
        _percent(original.width * point.x - 100 * region.left, region.size.width),
        _percent(original.height * point.y - 100 * region.top, region.size.height),
    )


def _percent(hundredfold: int, whole: int) -> int:
    return min(100, max(0, (2 * hundredfold + whole) // (2 * whole)))


def _alt_of(subject: Subject) -> str:
    """Return the text of this use, or the image's own; none where it is decorative."""
    # Any model may have the fields that an Image has.
    is_decorative = getattr(subject, "decorative", False)
    return "" if is_decorative else str(getattr(subject, "alt_text", ""))


def _placeholder_of(image: HasRenditions) -> Placeholder | None:
    color = getattr(image, "placeholder_color", "")
    return Placeholder(color, getattr(image, "placeholder_thumbhash", "")) if color else None


def _is_transparent(placeholder: Placeholder) -> bool:
    return any(byte & _HAS_ALPHA for byte in b64decode(placeholder.thumbhash[:4])[2:3])
