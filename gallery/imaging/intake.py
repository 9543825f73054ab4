"""Take an upload in: check it, strip it and make its renditions, all from decoding it once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from gallery.imaging import decode
from gallery.imaging.frames import base_frame
from gallery.imaging.geometry import Size
from gallery.imaging.headers import read_bytes
from gallery.imaging.limits import Limits
from gallery.imaging.probe import ImageFacts, facts_of, thumbnail_size
from gallery.imaging.render import (
    Rendered,
    RenderRequest,
    largest_frame,
    renditions_of,
)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came of an upload: its facts, the stripped file to store, and its renditions."""

    facts: ImageFacts
    file: bytes
    renditions: list[Rendered]


def take_in(source: BinaryIO, requests: Sequence[RenderRequest], *, limits: Limits) -> TakenIn:
    """Return everything about the picture in `source`, a seekable file, read from its start.

    The facts are those that `probe` returns, the renditions those of `render`.
    Raises TooLarge, UnsupportedFormat, TooManyPixels, TooManyFrames or Corrupt.
    """
    data = read_bytes(source, limits=limits)

    def frame(original: Size) -> Size:
        sizes = [thumbnail_size(original)]
        if requests:
            sizes.append(largest_frame(original, requests))
        return max(sizes, key=lambda size: size.pixels)

    decoded = decode.open_image(data, limits=limits, wanted=frame)
    base = base_frame(decoded, frame(decoded.original))
    small = thumbnail_size(decoded.original)
    thumbnail = base.image.resize((small.width, small.height), Image.Resampling.BOX)
    return TakenIn(
        facts=facts_of(decoded, thumbnail, size=len(data)),
        file=decoded.file,
        renditions=renditions_of(base, decoded.original, requests) if requests else [],
    )
