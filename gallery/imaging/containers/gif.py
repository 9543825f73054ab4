"""GIF: a screen description, then extensions and images, each a chain of short sub-blocks."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from gallery.exceptions import Corrupt
from gallery.imaging.containers.header import Header

SIGNATURES: Final = (b"GIF87a", b"GIF89a")
EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
GRAPHIC_CONTROL, APPLICATION = 0xF9, 0xFF
_INTRODUCER: Final = re.compile(rb"[!,;]")
# Encoders fill their sub-blocks: 25 MiB are 103,000 of 255 bytes. One-byte ones would be millions.
_MAX_SUB_BLOCKS: Final = 1_000_000
# Some three per frame, and no one shows ten thousand frames.
_MAX_BLOCKS: Final = 50_000


class Block(NamedTuple):
    """A block: its introducer, its label (extensions only) and where it starts and ends."""

    kind: int
    label: int
    start: int
    end: int


def screen_end(data: bytes) -> int:
    """Return where the screen description and the global palette end. Raises Corrupt."""
    if not data.startswith(SIGNATURES):
        raise Corrupt
    return 13 + _palette_length(data[10])


def blocks(data: bytes) -> Iterator[Block]:
    """Yield extensions and images up to and with the trailer; without one the row just ends.

    Bytes between blocks are skipped, as browsers do. Raises Corrupt.
    """
    position, budget = screen_end(data), _MAX_SUB_BLOCKS
    for _ in range(_MAX_BLOCKS):
        match = _INTRODUCER.search(data, position)
        if match is None:
            return
        start = match.start()
        kind, label = data[start], 0
        if kind == TRAILER:
            yield Block(kind, label, start, start + 1)
            return
        if kind == EXTENSION:
            label, position = data[start + 1], start + 2
        else:
            position = start + 11 + _palette_length(data[start + 9])  # with the LZW code size
        position, budget = _skip_sub_blocks(data, position, budget)
        yield Block(kind, label, start, position)
    raise Corrupt("The GIF has too many blocks.")


def _skip_sub_blocks(data: bytes, position: int, budget: int) -> tuple[int, int]:
    while length := data[position]:
        position += 1 + length
        budget -= 1
        if budget < 0:
            raise Corrupt("The GIF has too many sub-blocks.")
    return position + 1, budget


def _palette_length(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def read_header(data: bytes, max_frames: int) -> Header:
    """Read screen size and frames. Frames may reach beyond the screen; then they count for it.

    Raises Corrupt.
    """
    width = int.from_bytes(data[6:8], "little")
    height = int.from_bytes(data[8:10], "little")
    frames = 0
    for kind, _, start, _ in blocks(data):
        if kind != IMAGE:
            continue
        left, top, frame_width, frame_height = (
            int.from_bytes(data[start + i : start + i + 2], "little") for i in (1, 3, 5, 7)
        )
        width, height = max(width, left + frame_width), max(height, top + frame_height)
        frames += 1
        if frames > max_frames:
            break
    if not frames:
        raise Corrupt
    return Header(width, height, frames)
