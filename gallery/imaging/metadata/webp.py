"""Strip a WebP: keep bitmap, alpha, animation and ICC chunks, drop everything else."""

from typing import Final

from gallery.exceptions import Corrupt
from gallery.imaging.containers.webp import (
    ALPH,
    ANIM,
    ANMF,
    EXIF,
    FRAME_HEADER,
    HAS_EXIF,
    HAS_ICC,
    HAS_XMP,
    ICCP,
    VP8,
    VP8L,
    VP8X,
    chunks,
    chunks_within,
    orientation_of,
)
from gallery.imaging.exif import UPRIGHT, write_orientation
from gallery.imaging.metadata.icc import is_profile

_BITMAP: Final = frozenset({VP8, VP8L, ALPH})
_VP8X_LENGTH: Final = 10
_ANIM_LENGTH: Final = 6


def strip(data: bytes) -> bytes:
    """Return `data` with its flags, its size and its chunks in agreement again."""
    body = bytearray()
    extended = profile = b""
    orientation = UPRIGHT
    for kind, start, end in chunks(data):
        payload = data[start:end]
        if kind == VP8X and not extended:
            extended = payload[:_VP8X_LENGTH]
        elif kind in _BITMAP:
            body += _chunk(kind, payload)
        elif kind == ANIM:
            body += _chunk(kind, payload[:_ANIM_LENGTH])
        elif kind == ANMF:
            body += _chunk(kind, _frame(data, start, end))
        elif kind == ICCP and not profile and is_profile(payload):
            profile = _chunk(kind, payload)
        elif kind == EXIF and extended and extended[0] & HAS_EXIF:
            orientation = orientation_of(payload)
    if extended:
        body = bytearray(_extended(extended, profile, orientation) + body)
        if orientation != UPRIGHT:
            body += _chunk(EXIF, write_orientation(orientation))
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + bytes(body)


def _extended(payload: bytes, profile: bytes, orientation: int) -> bytes:
    """Return the VP8X chunk with true flags, and the profile, which has to follow it."""
    if len(payload) < _VP8X_LENGTH:
        raise Corrupt
    has_profile = bool(profile) and payload[0] & HAS_ICC
    flags = payload[0] & ~(HAS_ICC | HAS_EXIF | HAS_XMP)
    flags |= HAS_ICC if has_profile else 0
    flags |= HAS_EXIF if orientation != UPRIGHT else 0
    return _chunk(VP8X, bytes((flags,)) + payload[1:]) + (profile if has_profile else b"")


def _frame(data: bytes, start: int, end: int) -> bytes:
    if end - start < FRAME_HEADER:
        raise Corrupt
    frame = bytearray(data[start : start + FRAME_HEADER])
    for kind, chunk_start, chunk_end in chunks_within(data, start + FRAME_HEADER, end):
        if kind in _BITMAP:
            frame += _chunk(kind, data[chunk_start:chunk_end])
    return bytes(frame)


def _chunk(kind: bytes, payload: bytes) -> bytes:
    return kind + len(payload).to_bytes(4, "little") + payload + bytes(len(payload) % 2)
