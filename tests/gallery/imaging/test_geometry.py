"""Geometry: properties over all sizes, and examples one can check by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.geometry import Box, Size, crop, crop_box, fit

sides = st.integers(1, 16_384)
sizes = st.builds(Size, sides, sides)
points = st.builds(FocalPoint, st.integers(0, 100), st.integers(0, 100))


@given(sizes, sizes)
def test_fit__stays_inside_box_and_original(original: Size, box: Size) -> None:
    result = fit(original, box)
    assert 1 <= result.width <= min(original.width, box.width)
    assert 1 <= result.height <= min(original.height, box.height)


@given(sizes, sizes)
def test_fit__keeps_the_ratio_to_the_pixel(original: Size, box: Size) -> None:
    result = fit(original, box)
    assert result == original or box.width == result.width or box.height == result.height
    if min(result.width, result.height) > 1:
        width_off = abs(result.width - original.width * result.height / original.height)
        height_off = abs(result.height - original.height * result.width / original.width)
        assert min(width_off, height_off) <= 0.5


@given(sizes, sizes, points)
def test_crop_box__lies_in_the_picture_and_touches_two_sides(
    original: Size, box: Size, point: FocalPoint
) -> None:
    region = crop_box(original, box, point)
    assert 0 <= region.left < region.right <= original.width
    assert 0 <= region.top < region.bottom <= original.height
    assert region.size.width == original.width or region.size.height == original.height


@given(sizes, sizes, points)
def test_crop_box__has_the_ratio_of_the_box(original: Size, box: Size, point: FocalPoint) -> None:
    region = crop_box(original, box, point).size
    width_off = abs(region.width - max(1, region.height * box.width / box.height))
    height_off = abs(region.height - max(1, region.width * box.height / box.width))
    assert min(width_off, height_off) <= 0.5


@given(sizes, sizes, points)
def test_crop_box__contains_the_focal_point(original: Size, box: Size, point: FocalPoint) -> None:
    region = crop_box(original, box, point)
    assert region.left - 1 <= original.width * point.x / 100 <= region.right + 1
    assert region.top - 1 <= original.height * point.y / 100 <= region.bottom + 1


@given(sizes, sizes, points)
def test_crop__never_enlarges_its_region(original: Size, box: Size, point: FocalPoint) -> None:
    result, region = crop(original, box), crop_box(original, box, point).size
    assert result.width <= min(box.width, region.width)
    assert result.height <= min(box.height, region.height)


@given(sizes, sizes, points)
def test_geometry__is_the_same_on_its_side(original: Size, box: Size, point: FocalPoint) -> None:
    turned = crop_box(original.transposed, box.transposed, FocalPoint(point.y, point.x))
    region = crop_box(original, box, point)
    if original.width * box.height != original.height * box.width:
        assert turned == Box(region.top, region.left, region.bottom, region.right)
        assert fit(original.transposed, box.transposed) == fit(original, box).transposed


@pytest.mark.parametrize(
    ("original", "box", "expected"),
    [
        ((4000, 3000), (640, 640), (640, 480)),
        ((3000, 4000), (640, 640), (480, 640)),
        ((100, 80), (640, 640), (100, 80)),
        ((10_000, 3), (100, 100), (100, 1)),
        ((1800, 1200), (1024, 1024), (1024, 683)),
        ((3, 2), (2, 2), (2, 1)),
    ],
)
def test_fit__examples(
    original: tuple[int, int], box: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert fit(Size(*original), Size(*box)) == Size(*expected)


@pytest.mark.parametrize(
    ("original", "box", "expected"),
    [
        ((4000, 3000), (160, 160), (160, 160)),
        ((100, 80), (160, 160), (80, 80)),
        ((100, 500), (160, 160), (100, 100)),
        ((100, 80), (200, 100), (100, 50)),
    ],
)
def test_crop__examples(
    original: tuple[int, int], box: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert crop(Size(*original), Size(*box)) == Size(*expected)


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((50, 50), (25, 0, 75, 50)),
        ((0, 0), (0, 0, 50, 50)),
        ((100, 100), (50, 0, 100, 50)),
        ((30, 99), (5, 0, 55, 50)),
        ((20, 50), (0, 0, 50, 50)),
    ],
)
def test_crop_box__follows_the_point_and_stops_at_the_edge(
    point: tuple[int, int], expected: tuple[int, int, int, int]
) -> None:
    assert crop_box(Size(100, 50), Size(10, 10), FocalPoint(*point)) == Box(*expected)


@pytest.mark.parametrize("size", [(0, 1), (1, 0), (-1, 5)])
def test_size__refuses_nothing_at_all(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        Size(*size)
