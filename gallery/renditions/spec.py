"""One rendition's definition: size key ⇄ `RenditionSpec` ⇄ file name.

A size key is versatileimagefield's own grammar with our sizers and the options in its last part:
`webp_crop__160x160-q65`, `webp_fit__640x640-q80-v2`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gallery.exceptions import InvalidRenditionSpec
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.geometry import Size, crop, fit
from gallery.imaging.render import Operation, OutputFormat, RenderRequest

MAX_SIDE = 8192
DEFAULT_QUALITY = 80

_SIZE_KEY = re.compile(
    r"(?P<format>[a-z]+)_(?P<operation>[a-z]+)__"
    r"(?P<width>\d{1,5})x(?P<height>\d{1,5})(?:-q(?P<quality>\d{1,3}))?(?:-v(?P<version>\d{1,4}))?",
    re.ASCII,
)
# The last dot of the last part and what follows it; a dot that the part begins with is no such.
_SUFFIX = re.compile(r"(?<=[^/])\.[^./]*\Z")
_NAME = re.compile(r"[a-z][a-z0-9]{0,31}")
_FOCAL_POINT = r"(?:-(?P<x>\d{1,3})x(?P<y>\d{1,3}))?"
_LABEL = r"(?P<label>(?:crop|fit)-\d+x\d+-q\d+(?:-v\d+)?|[a-z][a-z0-9]*(?:-v\d+)?)"
_FILE_NAME = re.compile(
    rf"(?P<base>.+)_{_LABEL}{_FOCAL_POINT}\.(?P<extension>[a-z]+)", re.ASCII | re.DOTALL
)


def base_of(original_key: str) -> str:
    """Return the key of an original without its extension, as all of its renditions begin."""
    return _SUFFIX.sub("", original_key)


@dataclass(frozen=True, slots=True)
class RenditionKey:
    """What a rendition's storage key says: which original, which spec, which focal point."""

    base: str
    """The original's key without its extension."""
    label: str
    focal_point: FocalPoint
    extension: str

    @classmethod
    def parse(cls, key: str) -> RenditionKey | None:
        """Read a storage key, or return None when it is not one of a rendition."""
        match = _FILE_NAME.fullmatch(key)
        if match is None:
            return None
        x, y = match["x"], match["y"]
        if x is None or y is None:
            return cls(match["base"], match["label"], FocalPoint.CENTER, match["extension"])
        if int(x) > 100 or int(y) > 100:
            return None
        return cls(match["base"], match["label"], FocalPoint(int(x), int(y)), match["extension"])


@dataclass(frozen=True, slots=True)
class RenditionSpec:
    """One rendition: what is done to the original, and what the result is called.

    `width` and `height` are the box in pixels: `crop` fills it around the focal point, `fit` keeps
    the ratio inside it, and neither enlarges. `quality` is the encoder's, 1 to 100. A new `version`
    publishes a changed definition under new keys.
    """

    name: str
    operation: Operation
    format: OutputFormat
    width: int
    height: int
    quality: int = DEFAULT_QUALITY
    version: int = 1

    @classmethod
    def parse(cls, size_key: str, *, name: str = "") -> RenditionSpec:
        """Read a size key. Without a `name` its parameters become its name.

        Raises:
            InvalidRenditionSpec: not of the grammar, or a number out of range.
        """
        match = _SIZE_KEY.fullmatch(size_key)
        if match is None:
            raise InvalidRenditionSpec(
                f"{size_key!r} is not like 'webp_crop__160x160-q65': <format>_<crop|fit>__<w>x<h>"
                " and optionally -q<quality> and -v<version>."
            )
        try:
            operation, output = Operation(match["operation"]), OutputFormat(match["format"])
        except ValueError as error:
            raise InvalidRenditionSpec(f"{size_key!r}: {error}.") from error
        width, height = int(match["width"]), int(match["height"])
        quality, version = int(match["quality"] or DEFAULT_QUALITY), int(match["version"] or 1)
        if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
            raise InvalidRenditionSpec(f"{size_key!r}: sides are 1 to {MAX_SIDE} pixels.")
        if not 1 <= quality <= 100 or version < 1:
            raise InvalidRenditionSpec(f"{size_key!r}: quality is 1 to 100, versions start at 1.")
        if name and not _NAME.fullmatch(name):
            raise InvalidRenditionSpec(f"{name!r}: names are lower-case letters and digits.")
        name = name or f"{operation}-{width}x{height}-q{quality}"
        return cls(name, operation, output, width, height, quality, version)

    @property
    def size_key(self) -> str:
        """The definition in versatileimagefield's grammar, always with its quality."""
        return f"{self.format}_{self.operation}__{self.options}"

    @property
    def options(self) -> str:
        """The last part of the size key."""
        version = f"-v{self.version}" if self.version > 1 else ""
        return f"{self.width}x{self.height}-q{self.quality}{version}"

    @property
    def label(self) -> str:
        """What the file name carries: the name and, from the second on, the version."""
        return f"{self.name}-v{self.version}" if self.version > 1 else self.name

    @property
    def follows_focal_point(self) -> bool:
        """Whether the result depends on the focal point."""
        return self.operation is Operation.crop

    def key_for(self, original_key: str, focal_point: FocalPoint = FocalPoint.CENTER) -> str:
        """Return the storage key of this rendition of `original_key`: a pure function.

        `images/a.jpg` has `images/a_thumb.webp`, and `images/a_thumb-30x70.webp` for a crop on a
        focal point 30 % from the left and 70 % from the top.
        """
        return base_of(original_key) + self.suffix(focal_point)

    def suffix(self, focal_point: FocalPoint) -> str:
        """Return what its key has after the `base_of` its original's; needs no quoting in URLs."""
        is_off_centre = self.follows_focal_point and focal_point != FocalPoint.CENTER
        point = f"-{focal_point}" if is_off_centre else ""
        return f"_{self.label}{point}.{self.format.extension}"

    def size_of(self, original: Size) -> Size:
        """Return how large the rendition of an upright original of this size comes out."""
        box = Size(self.width, self.height)
        return fit(original, box) if self.operation is Operation.fit else crop(original, box)

    def request(self, focal_point: FocalPoint) -> RenderRequest:
        """Return what to ask of `imaging.render`."""
        return RenderRequest(
            operation=self.operation,
            width=self.width,
            height=self.height,
            format=self.format,
            quality=self.quality,
            focal_point=focal_point if self.follows_focal_point else FocalPoint.CENTER,
        )
