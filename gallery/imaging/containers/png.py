"""PNG: a row of chunks, each with its length, four letters, payload and checksum."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from gallery.exceptions import Corrupt
from gallery.imaging.containers.header import Header
from gallery.imaging.exif import UPRIGHT, read_orientation

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
IHDR, IDAT, IEND = b"IHDR", b"IDAT", b"IEND"
EXIF: Final = b"eXIf"
_OVERHEAD: Final = 12
_IHDR_LENGTH: Final = 13
# The smallest chunks a known encoder writes are 2 KiB: 25 MiB of those are 13,000.
_MAX_CHUNKS: Final = 100_000


class Chunk(NamedTuple):
    """A chunk: its four letters, where it starts (its length field) and where the next begins."""

    kind: bytes
    start: int
    end: int

    @property
    def payload(self) -> slice:
        """The part of the file between letters and checksum."""
        return slice(self.start + 8, self.end - 4)


def chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks from IHDR to IEND; a missing IEND just ends the row. Raises Corrupt."""
    if not data.startswith(SIGNATURE):
        raise Corrupt
    position = len(SIGNATURE)
    for number in range(_MAX_CHUNKS):
        if position == len(data) and number:
            return
        length = int.from_bytes(data[position : position + 4], "big")
        chunk = Chunk(data[position + 4 : position + 8], position, position + length + _OVERHEAD)
        if chunk.end > len(data) or (number == 0) != (chunk.kind == IHDR):
            raise Corrupt
        if chunk.kind == IHDR and length != _IHDR_LENGTH:
            raise Corrupt
        yield chunk
        if chunk.kind == IEND:
            return
        position = chunk.end
    raise Corrupt("The PNG has too many chunks.")


def read_header(data: bytes, max_frames: int) -> Header:
    """Read size, orientation and the frames of an APNG. Raises Corrupt."""
    width = height = announced = controls = 0
    orientation: int | None = None
    has_pixels = False
    for chunk in chunks(data):
        if chunk.kind == IHDR:
            width = int.from_bytes(data[chunk.start + 8 : chunk.start + 12], "big")
            height = int.from_bytes(data[chunk.start + 12 : chunk.start + 16], "big")
        elif chunk.kind == b"acTL" and not has_pixels:
            announced = int.from_bytes(data[chunk.start + 8 : chunk.start + 12], "big")
        elif chunk.kind == b"fcTL":
            controls += 1
        elif chunk.kind == EXIF and orientation is None:
            orientation = read_orientation(data[chunk.payload])
        has_pixels = has_pixels or chunk.kind == IDAT
    if not has_pixels:
        raise Corrupt
    # Without acTL before the pixels there is no animation, whatever else the file holds.
    frames = max(announced, controls) if announced else 1
    return Header(width, height, min(frames, max_frames + 1), orientation or UPRIGHT)
