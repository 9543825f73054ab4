"""The placeholder: average colour, and a ThumbHash that a reader of the format understands."""

import math
import time
from base64 import b64decode

import pytest
from PIL import Image

from gallery.imaging.placeholder import make_placeholder
from tests.gallery.imaging.pictures import BLUE, CORNERS, corners, is_near, pixel, quadrants


def decode(hash_text: str, size: int = 32) -> Image.Image:
    """Paint a hash, the slow and literal way."""
    data = b64decode(hash_text)
    head, tail = int.from_bytes(data[:3], "little"), int.from_bytes(data[3:5], "little")
    has_alpha, is_landscape = head >> 23, tail >> 15
    long_side = 5 if has_alpha else 7
    across = max(3, long_side if is_landscape else tail & 7)
    down = max(3, tail & 7 if is_landscape else long_side)
    nibbles = [nibble for byte in data[5:] for nibble in (byte & 15, byte >> 4)]
    alpha_mean, alpha_scale = 1.0, 0.0
    if has_alpha:
        alpha_mean, alpha_scale = nibbles[0] / 15, nibbles[1] / 15
        nibbles = nibbles[2:]

    def channel(mean: float, scale: float, nx: int, ny: int) -> list[list[float]]:
        waves = {(0, 0): mean}
        for v in range(ny):
            for h in range(nx):
                if (h or v) and h * ny < nx * (ny - v):
                    waves[h, v] = (nibbles.pop(0) / 7.5 - 1) * scale
        return [
            [
                sum(
                    wave
                    * (1 if (h, v) == (0, 0) else 2 if not (h and v) else 4)
                    * math.cos(math.pi / size * (x + 0.5) * h)
                    * math.cos(math.pi / size * (y + 0.5) * v)
                    for (h, v), wave in waves.items()
                )
                for x in range(size)
            ]
            for y in range(size)
        ]

    light = channel((head & 63) / 63, (head >> 18 & 31) / 31, across, down)
    yellow = channel((head >> 6 & 63) / 31.5 - 1, (tail >> 3 & 63) / 63, 3, 3)
    pink = channel((head >> 12 & 63) / 31.5 - 1, (tail >> 9 & 63) / 63, 3, 3)
    alpha = channel(alpha_mean, alpha_scale, 5, 5) if has_alpha else [[1.0] * size] * size
    image = Image.new("RGBA", (size, size))
    for y in range(size):
        for x in range(size):
            b = light[y][x] - 2 / 3 * yellow[y][x]
            r = (3 * light[y][x] - b + pink[y][x]) / 2
            values = (r, r - pink[y][x], b, alpha[y][x])
            image.putpixel((x, y), tuple(round(255 * min(1, max(0, v))) for v in values))
    return image


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (122, 92, 62), BLUE])
def test_color__is_that_of_a_flat_picture(colour: tuple[int, int, int]) -> None:
    placeholder = make_placeholder(Image.new("RGB", (30, 20), colour))
    assert placeholder.color == "#{:02x}{:02x}{:02x}".format(*colour)
    assert is_near(pixel(decode(placeholder.thumbhash).convert("RGB"), (16, 16)), colour, 8)


def test_color__ignores_what_is_transparent() -> None:
    image = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 10, 20))
    assert make_placeholder(image).color == "#0000ff"


def test_color__is_white__when_nothing_shows() -> None:
    assert make_placeholder(Image.new("RGBA", (5, 5), (9, 9, 9, 0))).color == "#ffffff"


@pytest.mark.parametrize("size", [(48, 32), (32, 48), (40, 40)])
def test_thumbhash__shows_the_quadrants_where_they_are(size: tuple[int, int]) -> None:
    painted = decode(make_placeholder(quadrants(*size)).thumbhash)
    for found, wanted in zip(corners(painted), CORNERS, strict=True):
        assert is_near(found, wanted, 60), (found, wanted)


def test_thumbhash__keeps_transparency() -> None:
    image = Image.new("RGBA", (40, 20), (200, 10, 10, 0))
    image.paste((10, 10, 200, 255), (0, 0, 20, 20))
    painted = decode(make_placeholder(image).thumbhash)
    assert pixel(painted, (4, 16))[3] > 200
    assert pixel(painted, (28, 16))[3] < 55
    assert is_near(pixel(painted, (4, 16))[:3], (10, 10, 200), 20)


@pytest.mark.parametrize("size", [(1, 1), (100, 1), (1, 100), (2, 3)])
def test_thumbhash__of_odd_sizes(size: tuple[int, int]) -> None:
    assert 5 < len(b64decode(make_placeholder(Image.new("RGB", size, BLUE)).thumbhash)) <= 30


def test_placeholder__is_quick() -> None:
    image = quadrants(48, 48)
    make_placeholder(image)
    started = time.process_time()
    for _ in range(5):
        make_placeholder(image)
    assert (time.process_time() - started) / 5 < 0.02


def test_placeholder__refuses_large_pictures() -> None:
    with pytest.raises(ValueError, match="at most"):
        make_placeholder(Image.new("RGB", (101, 5)))
