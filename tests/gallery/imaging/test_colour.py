"""Colour: every mode and profile ends as the sRGB colour it was meant to be."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from gallery.imaging.limits import Limits
from gallery.imaging.probe import probe
from gallery.imaging.render import Operation, OutputFormat, RenderRequest, render
from tests.gallery.imaging.pictures import (
    BLUE,
    CORNERS,
    GREEN,
    RED,
    corners,
    file_of,
    is_near,
    opened,
    pixel,
    png_chunk,
    quadrants,
    srgb_profile,
    swapped_profile,
)


def shown(data: bytes, output: OutputFormat = OutputFormat.webp, side: int = 40) -> Image.Image:
    wanted = RenderRequest(Operation.fit, side, side, output, 100)
    return opened(render(BytesIO(data), [wanted], limits=Limits())[0].data)


def test_cmyk_jpeg__keeps_its_colours() -> None:
    picture = shown(file_of(quadrants(mode="CMYK"), "JPEG", quality=95))
    assert picture.mode == "RGB"
    for found, wanted in zip(corners(picture), CORNERS, strict=True):
        assert is_near(found, wanted, 25), (found, wanted)


def test_palette__is_averaged_as_colours_not_as_numbers() -> None:
    image = Image.new("P", (80, 80))
    image.putpalette([255, 0, 0, 0, 0, 0, 0, 0, 255])  # between red and blue lies black
    image.putdata([0 if (x + y) % 2 else 2 for y in range(80) for x in range(80)])
    middle = pixel(shown(file_of(image, "PNG"), side=10), (5, 5))
    assert is_near(middle, (127, 0, 127), 20)


def test_palette_with_transparency__stays_transparent_without_a_fringe() -> None:
    image = Image.new("P", (80, 80), 0)
    image.putpalette([0, 255, 0, 255, 0, 0])
    image.paste(1, (0, 0, 40, 80))
    data = file_of(image, "PNG", transparency=0)
    assert probe(BytesIO(data), limits=Limits()).has_alpha
    picture = shown(data, side=10)
    assert picture.mode == "RGBA"
    assert pixel(picture, (1, 5))[3] == 255
    assert pixel(picture, (8, 5))[3] == 0
    for x in range(10):
        red, green, _, alpha = pixel(picture, (x, 5))
        assert alpha < 20 or (red > 200 and green < 60), (x, red, green, alpha)


def test_colour_key__becomes_alpha() -> None:
    image = quadrants(80, 80)
    picture = shown(file_of(image, "PNG", transparency=RED))
    assert pixel(picture, (10, 10))[3] == 0
    assert pixel(picture, (30, 10))[3] == 255


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_alpha__is_kept_and_not_mixed_into_the_colour(mode: str) -> None:
    image = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (0, 0, 39, 80))
    picture = shown(file_of(image.convert(mode), "PNG"), side=10)
    assert pixel(picture, (1, 5)) == (255, 255, 255, 255)
    edge = pixel(picture, (4, 5))
    assert 20 < edge[3] < 250
    assert min(edge[:3]) > 200


def test_alpha__becomes_white__in_a_jpeg() -> None:
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    picture = shown(file_of(image, "PNG"), OutputFormat.jpeg)
    assert pixel(picture, (20, 20)) == (255, 255, 255)


def test_alpha__is_dropped__when_nothing_shows_through() -> None:
    assert shown(file_of(quadrants(mode="RGBA"), "PNG")).mode == "RGB"


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (32_896, 128), (65_535, 255)])
def test_sixteen_bit_grey__is_scaled_not_clipped(value: int, expected: int) -> None:
    data = file_of(Image.new("I;16", (50, 50), value), "PNG")
    assert is_near(pixel(shown(data), (20, 20)), (expected,) * 3, 3)


def test_sixteen_bit_colour__is_scaled() -> None:
    row = b"\x00" + struct.pack(">HHH", 0xC8C8, 0x1E1E, 0x6464) * 20
    data = (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 20, 20, 16, 2, 0, 0, 0))
        + png_chunk(b"IDAT", zlib.compress(row * 20))
        + png_chunk(b"IEND", b"")
    )
    assert is_near(pixel(shown(data), (10, 10)), (200, 30, 100), 4)


@pytest.mark.parametrize("mode", ["1", "L"])
def test_grey_and_black_and_white__become_rgb(mode: str) -> None:
    image = Image.new("L", (40, 40), 0)
    image.paste(255, (0, 0, 20, 40))
    picture = shown(file_of(image.convert(mode), "PNG"))
    assert is_near(pixel(picture, (5, 20)), (255, 255, 255))
    assert is_near(pixel(picture, (35, 20)), (0, 0, 0))


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_icc_profile__is_applied(image_format: str) -> None:
    image = Image.new("RGB", (40, 40), (255, 0, 0))
    data = file_of(image, image_format, icc_profile=swapped_profile())
    assert is_near(pixel(shown(data), (20, 20)), (0, 255, 0), 20)


def test_icc_profile__is_applied_below_alpha() -> None:
    image = Image.new("RGBA", (40, 40), (255, 0, 0, 128))
    data = file_of(image, "PNG", icc_profile=swapped_profile())
    assert is_near(pixel(shown(data), (20, 20)), (0, 255, 0, 128), 20)


@pytest.mark.parametrize(
    "profile",
    [
        b"nonsense",
        srgb_profile()[:200],
        bytes(200),
        srgb_profile()[:40] + bytes(len(srgb_profile()) - 40),
    ],
)
def test_icc_profile__is_ignored__when_broken(profile: bytes) -> None:
    data = file_of(Image.new("RGB", (40, 40), GREEN), "JPEG", icc_profile=profile, quality=95)
    assert is_near(pixel(shown(data), (20, 20)), GREEN)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_icc_profile__is_ignored__when_it_is_for_other_channels(mode: str) -> None:
    image = Image.new("RGB", (40, 40), BLUE).convert(mode)
    data = file_of(image, "JPEG", icc_profile=swapped_profile(), quality=95)
    plain = file_of(image, "JPEG", quality=95)
    assert shown(data).tobytes() == shown(plain).tobytes()
