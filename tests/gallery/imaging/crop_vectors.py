"""Examples that Python and JavaScript must agree on, to the pixel: how pictures are cut.

`python -m tests.gallery.imaging.crop_vectors` writes `crop-vectors.json` anew.
"""

from __future__ import annotations

import json
import random
from itertools import product
from pathlib import Path
from typing import Any

from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.geometry import Size, crop, crop_box, fit

FILE = Path(__file__).with_name("crop-vectors.json")
MAX_SIDE = 16_384
# One pixel, odd and even, whole ratios and none, smaller than every box, as large as is accepted.
ORIGINALS = [
    *((1, 1), (1, MAX_SIDE), (MAX_SIDE, 1), (MAX_SIDE, MAX_SIDE), (2, 3), (99, 101)),
    *((160, 160), (159, 161), (100, 80), (4000, 3000), (3000, 4000), (12_345, 67)),
]
BOXES = [(1, 1), (160, 160), (40, 8192), (8192, 40), (640, 200), (333, 500)]
POINTS = [(0, 0), (100, 100), (50, 50), (33, 67), (1, 99)]
RANDOM = 900
TEXTS = [
    *("0.3x0.7", "0x1", "1.0x0.0", ".5x5.", " 0.25 x 0.75 ", "0.145x0.145", "0.5x.5", "1.x0."),
    *("0.005x0.995", "0.004999x0.994999", "\t0.1x0.2\n", "0.33333333333333x0.66666666666667"),
    *("", "x", "0.5", "0.5x", "x0.5", "1.01x0.5", "0.5x1.01", "9x9", "-0.1x0.5", "0.5X0.5"),
    *(
        "0.5x0.5x0.5",
        "nanxnan",
        "1e-1x0.5",
        "0,3x0,7",
        "0.3×0.7",
        "\u00a00.3x0.7",
        "\u0660.\u0663x0.7",
    ),
    *("0.3x0.7" + " " * 57, "0.3x0.7" + " " * 58, "Infinityx0", "+0.3x0.7", "0.3 0.7"),
]


def vectors() -> dict[str, Any]:
    """Return the examples with what Python makes of them."""
    seeded = random.Random("crop vectors")
    cases: list[tuple[int, ...]] = [
        (*original, *box, *point) for original, box, point in product(ORIGINALS, BOXES, POINTS)
    ]
    for _ in range(RANDOM):
        sides = [_side(seeded) for _ in range(4)]
        cases.append((*sides, seeded.randint(0, 100), seeded.randint(0, 100)))
    return {
        "columns": [
            *("original width", "original height", "box width", "box height", "x", "y"),
            *("fit width", "fit height", "crop width", "crop height"),
            *("left", "top", "right", "bottom"),
        ],
        "crops": [_cut(*case) for case in cases],
        "texts": [[text, _point_of(text)] for text in TEXTS],
        "points": [[x, FocalPoint(x, 100 - x).ppoi] for x in range(101)],
        "fractions": [
            [fraction, FocalPoint.from_fractions(fraction, 0).x]
            for fraction in [0.0, 1.0, 1 / 3, 2 / 3, *(n / 1000 for n in range(5, 1000, 10))]
        ],
    }


def text() -> str:
    """Return the examples as the file has them: one a line."""
    parts = []
    for name, rows in vectors().items():
        lines = ",\n".join(json.dumps(row) for row in rows)
        parts.append(f"{json.dumps(name)}: [\n{lines}\n]")
    return "{" + ",\n".join(parts) + "}\n"


def _side(seeded: random.Random) -> int:
    """Return a side, small ones as likely as large ones."""
    return seeded.randint(1, seeded.choice([10, 200, 2000, MAX_SIDE]))


def _cut(*case: int) -> list[int]:
    original, box, point = Size(*case[:2]), Size(*case[2:4]), FocalPoint(*case[4:])
    whole, filled, region = fit(original, box), crop(original, box), crop_box(original, box, point)
    sizes = [whole.width, whole.height, filled.width, filled.height]
    return [*case, *sizes, region.left, region.top, region.right, region.bottom]


def _point_of(text: str) -> list[int] | None:
    try:
        point = FocalPoint.parse(text)
    except ValueError:
        return None
    return [point.x, point.y]


if __name__ == "__main__":
    FILE.write_text(text())
