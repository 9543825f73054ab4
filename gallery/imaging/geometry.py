"""Where a picture is cut and how large it comes out: integers in, integers out.

Every result is made of additions, multiplications and floor divisions of non-negative integers
below 2**53, so a browser reaches the very same pixel with `Math.floor(a / b)`.
"""

from dataclasses import dataclass

from gallery.imaging.focal_point import FocalPoint


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """Width and height in pixels, each at least 1."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"A size is at least 1x1 pixels, not {self.width}x{self.height}.")

    @property
    def pixels(self) -> int:
        """The area in pixels."""
        return self.width * self.height

    @property
    def transposed(self) -> "Size":
        """The size after a quarter turn."""
        return Size(self.height, self.width)


@dataclass(frozen=True, slots=True)
class Box:
    """A region in pixels; `right` and `bottom` lie just outside of it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> Size:
        """Width and height of the region."""
        return Size(self.right - self.left, self.bottom - self.top)


def fit(original: Size, box: Size) -> Size:
    """Return the size of `original` scaled to lie inside `box`.

    The ratio stays (to the nearest pixel, halves up, at least 1); nothing is ever enlarged.
    """
    if original.width <= box.width and original.height <= box.height:
        return original
    if original.width * box.height >= original.height * box.width:
        return Size(box.width, _scaled(original.height, box.width, original.width))
    return Size(_scaled(original.width, box.height, original.height), box.height)


def crop(original: Size, box: Size) -> Size:
    """Return the size of the picture that fills `box`.

    It is `box` itself when the original covers it, else the largest size of the box's ratio that
    the original has pixels for: 100x80 into 160x160 gives 80x80.
    """
    return fit(box, original)


def crop_box(original: Size, box: Size, focal_point: FocalPoint) -> Box:
    """Return the region of `original` that a crop to `box` shows.

    The region has the box's ratio (to the nearest pixel), is as large as the original allows, has
    the focal point in its middle, and is pushed back where it would leave the picture.
    """
    if original.width * box.height >= original.height * box.width:
        width = _scaled(box.width, original.height, box.height)
        left = _start(original.width, width, focal_point.x)
        return Box(left, 0, left + width, original.height)
    height = _scaled(box.height, original.width, box.width)
    top = _start(original.height, height, focal_point.y)
    return Box(0, top, original.width, top + height)


def _scaled(length: int, numerator: int, denominator: int) -> int:
    """Return `length * numerator / denominator`, rounded half up, at least 1."""
    return max(1, (2 * length * numerator + denominator) // (2 * denominator))


def _start(whole: int, part: int, percent: int) -> int:
    """Return where a span of `part` begins when centred on `percent` of `whole`, kept inside."""
    # whole * percent / 100 - part / 2, rounded half up; clamped first, so nothing is negative.
    twice_hundred = max(0, 2 * whole * percent - 100 * part + 100)
    return min(twice_hundred // 200, whole - part)
