"""The one EXIF fact we need, which way is up: read it from hostile bytes, write it alone."""

import struct
from typing import Final

UPRIGHT: Final = 1
_ORIENTATION_TAG: Final = 0x0112
_FIRST_SIDEWAYS: Final = 5
_ORIENTATIONS: Final = range(1, 9)
_SMALLEST: Final = 10  # a header and an empty list of entries
_SHORT: Final = 3
_LONG: Final = 4
# Real cameras write some dozens of entries; the orientation is among the first. More is an attack.
_MAX_ENTRIES: Final = 1000


def read_orientation(tiff: bytes) -> int:
    """Return the orientation 1..8 from a TIFF block (`II*…` or `MM…`), 1 when it is not there.

    Damaged EXIF on a good picture is common and never an error. XMP's own orientation and PNG's
    text profiles are not consulted: browsers do not do so either.
    """
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < _SMALLEST:
        return UPRIGHT
    (offset,) = struct.unpack_from(order + "I", tiff, 4)
    if offset + 2 > len(tiff):
        return UPRIGHT
    (count,) = struct.unpack_from(order + "H", tiff, offset)
    end = min(offset + 2 + 12 * min(count, _MAX_ENTRIES), len(tiff) - 11)
    for entry in range(offset + 2, end, 12):
        tag, kind, values = struct.unpack_from(order + "HHI", tiff, entry)
        if tag == _ORIENTATION_TAG and values == 1 and kind in {_SHORT, _LONG}:
            value: int = struct.unpack_from(
                order + ("H" if kind == _SHORT else "I"), tiff, entry + 8
            )[0]
            return value if value in _ORIENTATIONS else UPRIGHT
    return UPRIGHT


def write_orientation(orientation: int) -> bytes:
    """Return a TIFF block of 26 bytes that says nothing but `orientation` (1..8)."""
    entry = struct.pack(">HHIHH", _ORIENTATION_TAG, _SHORT, 1, orientation, 0)
    return b"MM\x00*" + struct.pack(">IH", 8, 1) + entry + bytes(4)


def is_sideways(orientation: int) -> bool:
    """Return whether showing the picture upright swaps its width and height."""
    return orientation >= _FIRST_SIDEWAYS
