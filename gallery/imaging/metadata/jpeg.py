"""Strip a JPEG: keep the segments that decide its pixels, drop everything else."""

from typing import Final

from gallery.imaging.containers.jpeg import (
    APP0,
    APP1,
    APP2,
    APP14,
    APP15,
    COM,
    EXIF_PREFIX,
    SIGNATURE,
    SOS,
    orientation_of,
    segments,
)
from gallery.imaging.exif import UPRIGHT, write_orientation
from gallery.imaging.metadata.icc import is_profile

_JFIF: Final = b"JFIF\x00"
_JFIF_LENGTH: Final = 14
_ADOBE: Final = b"Adobe"
_ADOBE_LENGTH: Final = 12
_ICC: Final = b"ICC_PROFILE\x00"
_ICC_CHUNK: Final = 65_519  # 65,533 less the prefix and its two counters


def strip(data: bytes) -> bytes:
    """Return the first image of `data`, with JFIF, Adobe, ICC and orientation as its only APPn.

    A missing end marker stays missing: with one, decoders would paint what was cut off in grey.
    """
    tables = bytearray()
    jfif = adobe = b""
    profile: dict[int, bytes] = {}
    orientation: int | None = None
    for marker, start, payload_start, payload_end, end in segments(data):
        payload = b"" if marker == SOS else data[payload_start:payload_end]
        if marker == APP0 and payload.startswith(_JFIF) and len(payload) >= _JFIF_LENGTH:
            jfif = jfif or payload[: _JFIF_LENGTH - 2] + b"\x00\x00"  # no thumbnail
        elif marker == APP1 and orientation is None:
            orientation = orientation_of(payload)
        elif marker == APP2 and payload.startswith(_ICC) and len(payload) > len(_ICC) + 2:
            profile.setdefault(payload[len(_ICC)], payload[len(_ICC) + 2 :])
        elif marker == APP14 and payload.startswith(_ADOBE) and len(payload) >= _ADOBE_LENGTH:
            adobe = adobe or payload[:_ADOBE_LENGTH]
        elif marker != COM and not APP0 <= marker <= APP15:
            tables += data[start:end]
    out = bytearray(SIGNATURE)
    if jfif:
        out += _segment(APP0, jfif)
    if (orientation or UPRIGHT) != UPRIGHT:
        out += _segment(APP1, EXIF_PREFIX + b"\x00" + write_orientation(orientation or UPRIGHT))
    out += _icc_segments(b"".join(profile[number] for number in sorted(profile)))
    if adobe:
        out += _segment(APP14, adobe)
    return bytes(out + tables)


def _icc_segments(profile: bytes) -> bytes:
    if not is_profile(profile):
        return b""
    parts = [profile[i : i + _ICC_CHUNK] for i in range(0, len(profile), _ICC_CHUNK)]
    return b"".join(
        _segment(APP2, _ICC + bytes((number, len(parts))) + part)
        for number, part in enumerate(parts, start=1)
    )


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2, "big") + payload
