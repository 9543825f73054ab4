"""How much picture we are willing to look at: the budget every door of `imaging` is given."""

from dataclasses import dataclass, field

from gallery.imaging.formats import ACCEPTED


@dataclass(frozen=True, slots=True)
class Limits:
    """Bound the work one file may cause; every bound is inclusive.

    `max_bytes` is of the file; `max_side` and `max_pixels` are of one frame, in pixels;
    `max_scaled_pixels` is that of a JPEG which the decoder scales down as it reads it, row by row;
    `max_total_pixels` is frames x pixels. `formats` holds Pillow's names.
    The defaults decode within a child process of 1 GiB.
    """

    max_bytes: int = 25 * 1024 * 1024
    max_side: int = 16_384
    max_pixels: int = 50_000_000
    max_scaled_pixels: int = 200_000_000
    max_frames: int = 500
    max_total_pixels: int = 250_000_000
    formats: frozenset[str] = field(default_factory=lambda: frozenset(ACCEPTED))

    @property
    def content_types(self) -> list[str]:
        """The media types of `formats` that this installation can decode, in order."""
        return sorted(ACCEPTED[name].content_type for name in self.formats & ACCEPTED.keys())
