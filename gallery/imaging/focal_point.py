"""The point of a picture that must stay visible, as a value in whole percent."""

import math
import re
from dataclasses import dataclass
from typing import ClassVar, Final

_PPOI: Final = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*x\s*(\d+(?:\.\d*)?|\.\d+)\s*", re.ASCII)
_MAX_PPOI_LENGTH: Final = 64
_PERCENTS: Final = range(101)


@dataclass(frozen=True, slots=True, order=True)
class FocalPoint:
    """A point of the upright picture: percent from the left (`x`) and from the top (`y`), 0..100.

    Whole percent, because the point is part of file names and URLs: two editors who mean the same
    spot share one file. Raises ValueError for anything else than integers from 0 to 100.
    """

    x: int
    y: int

    CENTER: ClassVar["FocalPoint"]

    def __post_init__(self) -> None:
        for value in (self.x, self.y):
            if type(value) is not int or value not in _PERCENTS:
                raise ValueError(f"A focal point is made of whole percents 0..100, not {value!r}.")

    @classmethod
    def from_fractions(cls, x: float, y: float) -> "FocalPoint":
        """Build from fractions 0..1 of width and height, rounded half up to 0.01.

        Raises ValueError for NaN, infinities, values outside 0..1, booleans and non-numbers.
        """
        return cls(_percent(x), _percent(y))

    @classmethod
    def parse(cls, text: str) -> "FocalPoint":
        """Read versatileimagefield's `"0.33x0.67"`; spaces around the numbers are ignored.

        Raises ValueError for any other text and for numbers above 1.
        """
        if len(text) > _MAX_PPOI_LENGTH:
            raise ValueError("A focal point is written like '0.33x0.67'.")
        match = _PPOI.fullmatch(text)
        if match is None:
            raise ValueError(f"A focal point is written like '0.33x0.67', not {text!r}.")
        return cls.from_fractions(float(match[1]), float(match[2]))

    @property
    def fractions(self) -> tuple[float, float]:
        """The point as fractions 0..1 of width and height."""
        return self.x / 100, self.y / 100

    @property
    def is_center(self) -> bool:
        """Whether this is the default point, the middle of the picture."""
        return self == FocalPoint.CENTER

    @property
    def ppoi(self) -> str:
        """The point as versatileimagefield stores it: `"0.33x0.67"`, `"0.0x1.0"`."""
        return f"{self.x / 100}x{self.y / 100}"

    def __str__(self) -> str:
        """The point as it stands in file names: `33x67`."""
        return f"{self.x}x{self.y}"


FocalPoint.CENTER = FocalPoint(50, 50)


def _percent(fraction: object) -> int:
    # ValueError for other types as well: what arrives here is a form's or a client's mistake.
    if isinstance(fraction, bool) or not isinstance(fraction, int | float):
        raise ValueError(f"A focal point fraction is a number, not {fraction!r}.")  # noqa: TRY004
    if not 0 <= fraction <= 1:  # NaN and the infinities are not, either
        raise ValueError("A focal point fraction is a number from 0 to 1.")
    # The ninth digit swallows binary noise: 0.145 x 100 is 14.499999999999998, and means 15.
    return math.floor(round(fraction * 100, 9) + 0.5)
