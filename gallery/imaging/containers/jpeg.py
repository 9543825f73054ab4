"""JPEG: a row of segments, some of them followed by entropy-coded data."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from gallery.exceptions import Corrupt
from gallery.imaging.containers.header import Header
from gallery.imaging.exif import UPRIGHT, read_orientation

SIGNATURE: Final = b"\xff\xd8"
EXIF_PREFIX: Final = b"Exif\x00"
SOI, EOI, SOS, COM = 0xD8, 0xD9, 0xDA, 0xFE
APP0, APP1, APP2, APP14, APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
# Start-of-frame markers; C4, C8 and CC are tables and an extension.
_SOF: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SEQUENTIAL: Final = frozenset({0xC0, 0xC1})  # baseline and extended, Huffman-coded
# Two bytes only: `\xff+` would go over a long run of fill bytes once per byte.
_MARKER: Final = re.compile(rb"\xff[^\x00\xff]")
_MARKER_IN_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
# 25 MiB of the largest segments are 400; four-byte ones would be six million.
_MAX_SEGMENTS: Final = 20_000
# Each scan goes over the whole picture again, and may do so in 40 bytes: 94 of them over 49 MP took
# 3.7 s of CPU. Encoders write about ten.
_MAX_SCANS: Final = 50


class Segment(NamedTuple):
    """A segment: its marker, where it starts, where its payload is, and where the next begins.

    `end` is beyond `payload_end` for a scan, whose coded data follows its segment.
    """

    marker: int
    start: int
    payload: int
    payload_end: int
    end: int


def segments(data: bytes) -> Iterator[Segment]:
    """Yield the segments after SOI up to and with EOI; a missing EOI just ends the row.

    Bytes between segments are skipped, as libjpeg does. Raises Corrupt.
    """
    if not data.startswith(SIGNATURE):
        raise Corrupt
    position, scans = len(SIGNATURE), 0
    for _ in range(_MAX_SEGMENTS):
        match = _MARKER.search(data, position)
        if match is None:
            return
        start, marker = match.start(), data[match.start() + 1]
        if marker == EOI:
            yield Segment(marker, start, start + 2, start + 2, start + 2)
            return
        if marker in _STANDALONE:
            position = start + 2
            continue
        segment = _segment(data, marker, start)
        scans += marker == SOS
        if scans > _MAX_SCANS:
            raise Corrupt("The JPEG has too many scans.")
        yield segment
        position = segment.end
    raise Corrupt("The JPEG has too many segments.")


def _segment(data: bytes, marker: int, start: int) -> Segment:
    payload_end = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
    if marker == SOI or payload_end < start + 4 or payload_end > len(data):
        raise Corrupt
    end = payload_end
    if marker == SOS:
        following = _MARKER_IN_SCAN.search(data, payload_end)
        end = following.start() if following else len(data)
    return Segment(marker, start, start + 4, payload_end, end)


def orientation_of(payload: bytes) -> int | None:
    """Return the orientation from the payload of an APP1, None when it is not EXIF."""
    if not payload.startswith(EXIF_PREFIX):
        return None
    return read_orientation(payload[len(EXIF_PREFIX) + 1 :])  # a pad byte follows the prefix


def read_header(data: bytes, _max_frames: int) -> Header:
    """Read size and orientation; further pictures of an MPO do not count. Raises Corrupt.

    Scalable is what comes in one scan: for several, libjpeg keeps the coefficients of the whole.
    """
    size: tuple[int, int] | None = None
    orientation: int | None = None
    components = 0
    has_scan = is_scalable = False
    for marker, _, payload, payload_end, _ in segments(data):
        if marker in _SOF and size is None:
            height = int.from_bytes(data[payload + 1 : payload + 3], "big")
            width = int.from_bytes(data[payload + 3 : payload + 5], "big")
            size = width, height
            components = data[payload + 5] if marker in _SEQUENTIAL else 0
        elif marker == APP1 and orientation is None:
            orientation = orientation_of(data[payload:payload_end])
        elif marker == SOS and not has_scan:
            has_scan, is_scalable = True, 0 < components == data[payload]
    if size is None or not has_scan:
        raise Corrupt
    return Header(*size, orientation=orientation or UPRIGHT, is_scalable=is_scalable)
