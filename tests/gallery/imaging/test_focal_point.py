"""FocalPoint: what it accepts, how it rounds, how it is written."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gallery.imaging.focal_point import FocalPoint

percents = st.integers(0, 100)


@given(percents, percents)
def test_ppoi__round_trips_every_point(x: int, y: int) -> None:
    point = FocalPoint(x, y)
    assert FocalPoint.parse(point.ppoi) == point
    assert FocalPoint.from_fractions(*point.fractions) == point


@given(st.floats(0, 1), st.floats(0, 1))
def test_from_fractions__stays_within_half_a_percent(x: float, y: float) -> None:
    point = FocalPoint.from_fractions(x, y)
    assert abs(point.x - x * 100) <= 0.5 + 1e-9
    assert abs(point.y - y * 100) <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("fraction", "percent"),
    [(0.145, 15), (0.005, 1), (0.0049, 0), (1 / 3, 33), (2 / 3, 67), (0.285, 29), (1, 100), (0, 0)],
)
def test_from_fractions__rounds_half_up(fraction: float, percent: int) -> None:
    assert FocalPoint.from_fractions(fraction, 0.5).x == percent


@pytest.mark.parametrize("bad", [math.nan, math.inf, -0.01, 1.01, True, "0.5", None, 1j, 10**400])
def test_from_fractions__refuses_what_is_no_fraction(bad: object) -> None:
    with pytest.raises(ValueError, match="fraction"):
        FocalPoint.from_fractions(bad, 0.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="fraction"):
        FocalPoint.from_fractions(0.5, bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [-1, 101, 0.5, True, "50"])
def test_constructor__refuses_what_is_no_percent(bad: object) -> None:
    with pytest.raises(ValueError, match="percent"):
        FocalPoint(bad, 50)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("0.33x0.67", (33, 67)),
        (" 0.5 x 0.5\n", (50, 50)),
        ("1x0", (100, 0)),
        (".5x1.", (50, 100)),
        ("0.3333333333x0.6666666667", (33, 67)),
    ],
)
def test_parse__reads_ppoi(text: str, point: tuple[int, int]) -> None:
    assert FocalPoint.parse(text) == FocalPoint(*point)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "0.5",
        "0.5x",
        "9x9",
        "nanx0.5",
        "infx0",
        "-0.1x0",
        "1e-1x0",
        "0.5X0.5",
        "0.5x0.5x0.5",
        "\u0661x0",
        "0" * 100 + "x0",
        "0,5x0,5",
    ],
)
def test_parse__refuses_anything_else(text: str) -> None:
    with pytest.raises(ValueError, match="focal point"):
        FocalPoint.parse(text)


def test_center__is_the_default_point() -> None:
    assert FocalPoint(50, 50) == FocalPoint.CENTER
    assert FocalPoint.CENTER.is_center
    assert FocalPoint.CENTER.ppoi == "0.5x0.5"
    assert not FocalPoint(50, 51).is_center


def test_text_forms__are_canonical() -> None:
    assert str(FocalPoint(33, 67)) == "33x67"
    assert FocalPoint(33, 67).ppoi == "0.33x0.67"
    assert FocalPoint(0, 100).ppoi == "0.0x1.0"
    assert FocalPoint(29, 57).ppoi == "0.29x0.57"
