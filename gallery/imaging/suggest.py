"""Where a picture has what people look at: a suggestion for its focal point.

By smartcrop, which weighs skin, edges and strong colours; the extra `smart` brings it.
"""

import math
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import BinaryIO, Final

from PIL import Image

from gallery.imaging import decode
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.frames import base_frame
from gallery.imaging.geometry import Size, fit
from gallery.imaging.headers import read_bytes
from gallery.imaging.limits import Limits

# smartcrop weighs blocks of 8 pixels: 32 of them on the longer side are as fine as one can point.
_BLOCK: Final = 8
_ANALYSED: Final = Size(32 * _BLOCK, 32 * _BLOCK)
# With fewer than four blocks on the shorter side there is nothing to choose from.
_LEAST: Final = 4 * _BLOCK


def is_installed() -> bool:
    """Tell whether there is anything to suggest with."""
    return find_spec("smartcrop") is not None


def suggest(source: BinaryIO, *, limits: Limits) -> FocalPoint:
    """Return where crops of the picture in `source` might centre: the middle, if nowhere else.

    `source` is a seekable file, read from its start.
    Raises TooLarge, UnsupportedFormat, TooManyPixels, TooManyFrames or Corrupt.
    """
    data = read_bytes(source, limits=limits)
    decoded = decode.open_image(data, limits=limits, wanted=_analysed)
    return _point_in(base_frame(decoded, _analysed(decoded.original)).image)


def _analysed(original: Size) -> Size:
    return fit(original, _ANALYSED)


def _point_in(image: Image.Image) -> FocalPoint:
    if min(image.size) < _LEAST:
        return FocalPoint.CENTER
    rows = _weights(image)
    # What a crop shows around a point counts by how near it is to that.
    reach = max(1.0, min(len(rows), len(rows[0])) / 6)
    smooth = _blurred(list(zip(*_blurred(rows, reach), strict=True)), reach)
    columns = range(len(smooth))
    peak, x, y = max((smooth[x][y], x, y) for x in columns for y in range(len(smooth[x])))
    if peak <= 0:
        return FocalPoint.CENTER
    near = [
        (weight * _bell(row - y, reach) * _bell(column - x, reach), column, row)
        for row, weights in enumerate(rows)
        for column, weight in enumerate(weights)
    ]
    total = math.fsum(weight for weight, _, _ in near)
    across = math.fsum(weight * (column + 0.5) for weight, column, _ in near)
    down = math.fsum(weight * (row + 0.5) for weight, _, row in near)
    return FocalPoint.from_fractions(across / total / len(rows[0]), down / total / len(rows))


def _weights(image: Image.Image) -> list[list[float]]:
    """Return how much each block of the picture weighs, row by row."""
    smartcrop = import_module("smartcrop").SmartCrop()
    width, height = image.size
    # Its edge detection leaves the outermost pixels as they are, which would count for edges.
    features = smartcrop.prepare_features_image(image.convert("RGB"))
    inner = features.crop((1, 1, width - 1, height - 1))
    blocks = (math.ceil(width / _BLOCK), math.ceil(height / _BLOCK))
    weighed = smartcrop.precompute_features(inner.resize(blocks, Image.Resampling.BOX))
    # It counts a trace of an edge everywhere.
    least = float(weighed.min())
    return [[float(weight) - least for weight in row] for row in weighed]


def _blurred(rows: Sequence[Sequence[float]], reach: float) -> list[list[float]]:
    """Return each row with every value spread over its neighbours."""
    length = len(rows[0])
    bells = [[_bell(here - there, reach) for there in range(length)] for here in range(length)]
    return [[math.fsum(map(float.__mul__, row, bell)) for bell in bells] for row in rows]


def _bell(distance: float, reach: float) -> float:
    return math.exp(-((distance / reach) ** 2) / 2)
