"""Strip a GIF: keep screen, palettes, frames, their timing and the loop, drop everything else."""

from typing import Final

from gallery.imaging.containers.gif import (
    APPLICATION,
    GRAPHIC_CONTROL,
    IMAGE,
    blocks,
    screen_end,
)

_LOOPS: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_CONTROL_LENGTH: Final = 8  # introducer, label, length, four bytes, terminator
_LOOP_LENGTH: Final = 19  # introducer, label, 11, name, 3, 1, two bytes of count, terminator
_TRAILER: Final = b";"


def strip(data: bytes) -> bytes:
    """Return `data` without comments, plain text, foreign applications and trailing bytes."""
    out = bytearray(data[: screen_end(data)])
    for kind, label, start, end in blocks(data):
        is_control = label == GRAPHIC_CONTROL and end - start == _CONTROL_LENGTH
        if kind == IMAGE or is_control:
            out += data[start:end]
        elif label == APPLICATION and data[start + 3 : start + 14] in _LOOPS:
            # Longer ones carry more sub-blocks than the loop; the loop comes first.
            block = data[start : start + _LOOP_LENGTH - 1] + b"\x00"
            if end - start >= _LOOP_LENGTH and block[14:16] == b"\x03\x01":
                out += block
    return bytes(out + _TRAILER)
