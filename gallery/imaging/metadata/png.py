"""Strip a PNG: keep the chunks that decide its pixels and their timing, drop everything else."""

import zlib
from typing import Final

from gallery.imaging.containers.png import (
    EXIF,
    IDAT,
    IEND,
    IHDR,
    SIGNATURE,
    chunks,
)
from gallery.imaging.exif import UPRIGHT, read_orientation, write_orientation
from gallery.imaging.metadata.icc import is_profile

# Chunks with the longest payload the standard lets them have: no room for a message.
_SHORT: Final = {
    b"PLTE": 768,
    b"tRNS": 256,
    b"gAMA": 4,
    b"cHRM": 32,
    b"sRGB": 1,
    b"sBIT": 4,
    b"bKGD": 6,
    b"pHYs": 9,
    b"cICP": 4,
    b"mDCV": 24,
    b"cLLI": 8,
    b"acTL": 8,
    b"fcTL": 26,
}
_PIXELS: Final = frozenset({IHDR, IDAT, b"fdAT"})
_ICCP: Final = b"iCCP"
_PROFILE_NAME: Final = b"ICC Profile\x00\x00"  # its own name is free text; then the method, zlib
# What Pillow is willing to inflate as well; the largest real profiles are about half of it.
_MAX_PROFILE: Final = 1024 * 1024


def strip(data: bytes) -> bytes:
    """Return `data` with only pixels, palette, colour description, animation and orientation."""
    after_header = bytearray()
    kept = bytearray()
    orientation: int | None = None
    has_profile = False
    header = b""
    for chunk in chunks(data):
        kind, payload = chunk.kind, chunk.payload
        if kind == IHDR:
            header = data[chunk.start : chunk.end]
        elif kind in _PIXELS or payload.stop - payload.start <= _SHORT.get(kind, -1):
            kept += data[chunk.start : chunk.end]
        elif kind == EXIF and orientation is None:
            orientation = read_orientation(data[payload])
        elif kind == _ICCP and not has_profile:
            profile = _profile_chunk(data[payload])
            has_profile = bool(profile)
            after_header += profile
    if (orientation or UPRIGHT) != UPRIGHT:
        after_header += _chunk(EXIF, write_orientation(orientation or UPRIGHT))
    return bytes(SIGNATURE + header + after_header + kept + _chunk(IEND, b""))


def _profile_chunk(payload: bytes) -> bytes:
    name_end = payload.find(b"\x00")
    inflater = zlib.decompressobj()
    try:
        profile = inflater.decompress(payload[name_end + 2 :], _MAX_PROFILE)
    except zlib.error:
        return b""
    if name_end < 0 or not inflater.eof or not is_profile(profile):
        return b""
    return _chunk(_ICCP, _PROFILE_NAME + zlib.compress(profile, 9))


def _chunk(kind: bytes, payload: bytes) -> bytes:
    checksum = zlib.crc32(payload, zlib.crc32(kind))
    return len(payload).to_bytes(4, "big") + kind + payload + checksum.to_bytes(4, "big")
