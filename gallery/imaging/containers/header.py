"""What a file says about its picture before anything is decoded."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Header:
    """Stored width and height in pixels, frames (at least 1) and EXIF orientation 1..8.

    `frames` stops counting just above the cap the reader was given. `is_scalable` says that the
    decoder can scale the picture down as it reads it, without ever holding all of it.
    """

    width: int
    height: int
    frames: int = 1
    orientation: int = 1
    is_scalable: bool = False
