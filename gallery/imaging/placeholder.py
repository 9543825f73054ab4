"""What to show before a picture has arrived: its average colour, and a blur of some 25 bytes.

The blur is ThumbHash (https://evanw.github.io/thumbhash/, public domain): the lowest frequencies
of brightness, two colour differences and alpha, in four bits each.
"""

import math
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from PIL import Image

MAX_SIDE: Final = 100  # the algorithm's own bound; more pixels change nothing one could see
_WHITE: Final = "#ffffff"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`color` as `#rrggbb`, weighted by alpha; `thumbhash` in base64, as its libraries read it."""

    color: str
    thumbhash: str


@dataclass(frozen=True, slots=True)
class _Channel:
    """One channel as frequencies: its mean, and the others scaled to 0..1 by `scale`."""

    mean: float
    waves: list[float]
    scale: float


def make_placeholder(image: Image.Image) -> Placeholder:
    """Compute the placeholder of an upright sRGB picture, RGB or RGBA, of at most 100x100 pixels.

    Raises ValueError for a larger one: shrinking is cheap in C and expensive here.
    """
    if max(image.size) > MAX_SIDE:
        raise ValueError(f"A placeholder is made of at most {MAX_SIDE} pixels a side.")
    samples = image.convert("RGBA").tobytes()
    alpha = [value / 255 for value in samples[3::4]]
    opacity = math.fsum(alpha)
    channels = [[value / 255 for value in samples[i::4]] for i in range(3)]
    average = [
        math.fsum(map(float.__mul__, channel, alpha)) / opacity if opacity else 0.0
        for channel in channels
    ]
    if opacity < len(alpha):
        channels = [
            [mean * (1 - a) + value * a for value, a in zip(channel, alpha, strict=True)]
            for channel, mean in zip(channels, average, strict=True)
        ]
    color = "#" + "".join(f"{_round(255 * mean):02x}" for mean in average) if opacity else _WHITE
    return Placeholder(color, b64encode(_thumbhash(image.size, channels, alpha)).decode("ascii"))


def _thumbhash(
    size: tuple[int, int], channels: Sequence[Sequence[float]], alpha: Sequence[float]
) -> bytes:
    width, height = size
    has_alpha = math.fsum(alpha) < len(alpha)
    most = 5 if has_alpha else 7
    across = max(1, _round(most * width / max(size)))
    down = max(1, _round(most * height / max(size)))
    red, green, blue = channels
    pixels = list(zip(red, green, blue, strict=True))
    light = _channel([(r + g + b) / 3 for r, g, b in pixels], size, max(3, across), max(3, down))
    yellow = _channel([(r + g) / 2 - b for r, g, b in pixels], size, 3, 3)
    pink = _channel([r - g for r, g, _ in pixels], size, 3, 3)
    opaque = _channel(alpha, size, 5, 5) if has_alpha else None
    is_landscape = width > height
    head = (
        _round(63 * light.mean)
        | _round(31.5 + 31.5 * yellow.mean) << 6
        | _round(31.5 + 31.5 * pink.mean) << 12
        | _round(31 * light.scale) << 18
        | has_alpha << 23
    )
    tail = (
        (down if is_landscape else across)
        | _round(63 * yellow.scale) << 3
        | _round(63 * pink.scale) << 9
        | is_landscape << 15
    )
    nibbles = [_round(15 * wave) for part in (light, yellow, pink) for wave in part.waves]
    if opaque is not None:
        nibbles = [_round(15 * opaque.mean), _round(15 * opaque.scale), *nibbles]
        nibbles += [_round(15 * wave) for wave in opaque.waves]
    nibbles += [0] * (len(nibbles) % 2)
    pairs = zip(nibbles[::2], nibbles[1::2], strict=True)
    return (
        head.to_bytes(3, "little")
        + tail.to_bytes(2, "little")
        + bytes(low | high << 4 for low, high in pairs)
    )


def _channel(values: Sequence[float], size: tuple[int, int], across: int, down: int) -> _Channel:
    """Return the lowest `across` x `down` frequencies, those under the diagonal, row by row.

    The transform is separable: each row is folded once per horizontal frequency, and only those
    few sums per row are folded again vertically.
    """
    width, height = size
    rows = [values[start : start + width] for start in range(0, width * height, width)]
    folded = [
        [math.fsum(map(float.__mul__, row, wave)) for row in rows]
        for wave in _cosines(width)[:across]
    ]
    mean = math.fsum(folded[0]) / (width * height)
    waves: list[float] = []
    for vertical in range(down):
        wave = _cosines(height)[vertical]
        for horizontal in range(across):
            if not (horizontal or vertical):
                continue
            if horizontal * down >= across * (down - vertical):
                break
            total = math.fsum(map(float.__mul__, folded[horizontal], wave))
            waves.append(total / (width * height))
    scale = max((abs(wave) for wave in waves), default=0.0)
    if scale:
        waves = [0.5 + 0.5 / scale * wave for wave in waves]
    return _Channel(mean, waves, scale)


@cache
def _cosines(length: int) -> list[list[float]]:
    """Return the seven lowest cosine waves over `length` samples, taken at their middles."""
    return [
        [math.cos(math.pi / length * wave * (sample + 0.5)) for sample in range(length)]
        for wave in range(7)
    ]


def _round(value: float) -> int:
    """Round half up, like JavaScript's `Math.round`, with which the reference is written."""
    return math.floor(value + 0.5)
