"""The largest pictures that are accepted fit into one child, and those beyond are not begun."""

import struct
from collections.abc import Callable

import pytest
from PIL import Image

from gallery.exceptions import OverBudget, TooManyPixels
from gallery.imaging.bounded import Budget
from gallery.imaging.limits import Limits
from gallery.imaging.render import Operation, OutputFormat, RenderRequest
from tests.gallery.imaging.bounded.sabotage import assert_works, opened, take
from tests.gallery.imaging.pictures import file_of, is_near, pixel, png, quadrants
from tests.gallery.imaging.pictures import opened as decoded

SIDE = 7_000
COLOUR = (200, 40, 30)
WEBP = OutputFormat.webp
#: What the project makes of each upload, unless it is told otherwise.
DEFAULT_SET = [
    RenderRequest(Operation.crop, 160, 160, WEBP, 65),
    RenderRequest(Operation.fit, 640, 640, WEBP, 80),
    RenderRequest(Operation.fit, 1024, 1024, WEBP, 85),
    RenderRequest(Operation.fit, 2048, 2048, WEBP, 85),
]


def flat(image_format: str, mode: str = "RGB", **options: object) -> bytes:
    colour = (*COLOUR, 255)[: len(mode)]
    return file_of(Image.new(mode, (SIDE, SIDE), colour), image_format, **options)


def tall_jpeg(width: int, height: int) -> bytes:
    """Write a baseline JPEG whose rows of blocks are all the same, without holding its pixels."""
    row = file_of(Image.new("RGB", (width, 16), COLOUR), "JPEG", restart_marker_rows=1)
    rows, at = height // 16, row.index(b"\xff\xc0") + 5
    scan = row.index(b"\xff\xda")
    start = scan + 2 + int.from_bytes(row[scan + 2 : scan + 4], "big")
    head = row[:at] + struct.pack(">H", rows * 16) + row[at + 2 : start]
    blocks = row[start:-2]
    return head + b"".join(
        blocks + (b"\xff" + bytes([0xD0 + number % 8]) if number < rows - 1 else b"\xff\xd9")
        for number in range(rows)
    )


def claiming(data: bytes, marker: bytes) -> bytes:
    """Have a JPEG claim 190 million pixels."""
    at = data.index(marker) + 5
    return data[:at] + struct.pack(">HH", 11_900, 16_000) + data[at + 4 :]


def in_three_scans() -> bytes:
    data = claiming(file_of(quadrants(), "JPEG"), b"\xff\xc0")
    at = data.index(b"\xff\xda")
    return data[:at] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + data[at + 14 :]


LARGE: dict[str, Callable[[], bytes]] = {
    "PNG with alpha": lambda: png(SIDE, SIDE, depth=8, kind=6),
    "PNG of 16 bits": lambda: png(SIDE, SIDE, depth=16, kind=6),
    "WebP with alpha": lambda: flat("WEBP", "RGBA", lossless=True, quality=0, method=0),
    "AVIF": lambda: flat("AVIF", speed=10),
    "GIF": lambda: flat("GIF", "L"),
    "progressive JPEG": lambda: flat("JPEG", progressive=True, subsampling=0),
    "JPEG of 190 MP": lambda: tall_jpeg(16_000, 11_904),
}
TOO_LARGE: dict[str, Callable[[], bytes]] = {
    "progressive": lambda: claiming(file_of(quadrants(), "JPEG", progressive=True), b"\xff\xc2"),
    "in three scans": in_three_scans,
}


@pytest.mark.parametrize("name", LARGE)
def test_largest_picture__is_decoded_within_the_default_budget(name: str, engine: str) -> None:
    data = LARGE[name]()
    with opened(budget=Budget(), engine=engine) as pool:
        taken = take(pool, data, DEFAULT_SET)
    width, height = taken.facts.width, taken.facts.height
    assert width * height > 48_000_000
    sides = [max(each.width, each.height) for each in taken.renditions]
    assert sides == [160, 640, 1024, 2048]
    wanted = (0, 0, 0) if name.startswith("PNG") else (COLOUR[0],) * 3 if name == "GIF" else COLOUR
    for each in taken.renditions:
        image = decoded(each.data)
        assert image.size == (each.width, each.height)
        assert is_near(pixel(image.convert("RGB"), (each.width // 2, each.height // 2)), wanted)


@pytest.mark.parametrize("name", TOO_LARGE)
def test_jpeg_that_cannot_be_scaled__is_refused_by_its_header(name: str, engine: str) -> None:
    with opened(budget=Budget(memory=150 << 20), engine=engine) as pool:
        with pytest.raises(TooManyPixels) as caught:
            take(pool, TOO_LARGE[name](), DEFAULT_SET)
        assert_works(pool)
    assert caught.value.context == {
        "width": 16_000,
        "height": 11_900,
        "max_side": Limits().max_side,
        "max_pixels": Limits().max_pixels,
    }


def test_jpeg_that_is_scaled__is_refused__when_too_much_of_it_is_wanted(engine: str) -> None:
    wanted = [RenderRequest(Operation.fit, 8_192, 8_192, WEBP, 80)]
    with opened(budget=Budget(memory=300 << 20), engine=engine) as pool:
        with pytest.raises(TooManyPixels) as caught:
            take(pool, tall_jpeg(16_000, 11_904), wanted)
        assert_works(pool)
    assert caught.value.context["width"] == 16_000


# Too little for its pixels, for their smaller copy, and for their colours.
@pytest.mark.parametrize(
    ("name", "memory"), [("PNG with alpha", 120), ("PNG with alpha", 250), ("GIF", 120)]
)
def test_picture_that_does_not_fit__is_over_budget(name: str, memory: int) -> None:
    with opened(budget=Budget(memory=memory << 20)) as pool:
        with pytest.raises(OverBudget):
            take(pool, LARGE[name](), DEFAULT_SET)
        assert_works(pool)


def test_renditions_that_do_not_fit__are_over_budget() -> None:
    wanted = [RenderRequest(Operation.fit, SIDE, SIDE, WEBP, 80)]
    data = png(SIDE, SIDE)
    with opened(budget=Budget(memory=380 << 20)) as pool:
        assert take(pool, data, DEFAULT_SET).facts.width == SIDE
        with pytest.raises(OverBudget):
            take(pool, data, wanted)
        with pytest.raises(OverBudget):
            pool.render(data, wanted, limits=Limits())
        assert_works(pool)
