"""WebP: a RIFF of chunks, flat for one picture, with a frame in each ANMF for an animation."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from gallery.exceptions import Corrupt
from gallery.imaging.containers.header import Header
from gallery.imaging.exif import UPRIGHT, read_orientation

VP8X, VP8, VP8L, ALPH = b"VP8X", b"VP8 ", b"VP8L", b"ALPH"
ICCP, EXIF, XMP, ANIM, ANMF = b"ICCP", b"EXIF", b"XMP ", b"ANIM", b"ANMF"
HAS_ICC, HAS_EXIF, HAS_XMP = 0x20, 0x08, 0x04
FRAME_HEADER: Final = 16  # position, size, duration and flags before the chunks of an ANMF
_RIFF_HEADER: Final = 12
_CHUNK_HEADER: Final = 8
_EXIF_PREFIX: Final = b"Exif\x00\x00"  # some writers keep JPEG's prefix
_MAX_CHUNKS: Final = 20_000


class Chunk(NamedTuple):
    """A chunk: its four letters and where its payload starts and ends (without padding)."""

    kind: bytes
    start: int
    end: int


def chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the outer chunks of the file; what follows the RIFF is not looked at.

    Raises Corrupt, also for a file shorter than it says.
    """
    if data[:4] != b"RIFF" or data[8:_RIFF_HEADER] != b"WEBP":
        raise Corrupt
    end = 8 + int.from_bytes(data[4:8], "little")
    # Some writers leave the padding byte of the last chunk out of the file, not out of the sum.
    if end > len(data) + 1:
        raise Corrupt
    yield from chunks_within(data, _RIFF_HEADER, min(end, len(data)))


def chunks_within(data: bytes, start: int, end: int) -> Iterator[Chunk]:
    """Yield the chunks between two offsets of `data`. Raises Corrupt."""
    for _ in range(_MAX_CHUNKS):
        if end - start < _CHUNK_HEADER:
            return
        length = int.from_bytes(data[start + 4 : start + 8], "little")
        chunk = Chunk(
            data[start : start + 4], start + _CHUNK_HEADER, start + _CHUNK_HEADER + length
        )
        if chunk.end > end:
            raise Corrupt
        yield chunk
        start = chunk.end + length % 2
    raise Corrupt("The WebP has too many chunks.")


def orientation_of(payload: bytes) -> int:
    """Return the orientation from the payload of an EXIF chunk."""
    return read_orientation(payload.removeprefix(_EXIF_PREFIX))


def read_header(data: bytes, max_frames: int) -> Header:
    """Read canvas size, frames and orientation. Raises Corrupt."""
    canvas: tuple[int, int] | None = None
    flags, frames = 0, 0
    orientation = UPRIGHT
    for kind, start, end in chunks(data):
        if kind == VP8X and canvas is None:
            flags = data[start]
            canvas = _uint24(data, start + 4) + 1, _uint24(data, start + 7) + 1
        elif kind in {VP8, VP8L}:
            bitmap = _bitmap_size(data, kind, start)
            if canvas is not None and bitmap != canvas:
                raise Corrupt
            canvas, frames = bitmap, max(frames, 1)
        elif kind == ANMF:
            frames += 1
            if frames > max_frames:
                break
        elif kind == EXIF and flags & HAS_EXIF:
            orientation = orientation_of(data[start:end])
    if canvas is None or not frames:
        raise Corrupt
    return Header(*canvas, frames, orientation)


def _bitmap_size(data: bytes, kind: bytes, start: int) -> tuple[int, int]:
    if kind == VP8:
        width = int.from_bytes(data[start + 6 : start + 8], "little") & 0x3FFF
        return width, int.from_bytes(data[start + 8 : start + 10], "little") & 0x3FFF
    bits = int.from_bytes(data[start + 1 : start + 5], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _uint24(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 3], "little")
