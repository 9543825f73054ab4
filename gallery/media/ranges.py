"""Which bytes of a file a `Range` header asks for (RFC 9110, section 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass

# No file has a length of twenty digits.
_SINGLE = re.compile(
    r"bytes=[ \t]*(?P<first>\d{0,19})-(?P<last>\d{0,19})[ \t]*", re.ASCII | re.IGNORECASE
)


class UnsatisfiableRange(Exception):
    """No byte of the file is in the range."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes `first` to `last`, both included, counted from 0."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes that is."""
        return self.last - self.first + 1


def parse_range(header: str, *, size: int) -> ByteRange | None:
    """Return the range that `header` asks of a file of `size` bytes, or None for the whole file.

    Several ranges, other units and whatever cannot be read mean the whole file, as the RFC allows:
    the work for one request stays that of one file.

    Raises:
        UnsatisfiableRange: the one range lies beyond the end, or asks for the last 0 bytes.
    """
    match = _SINGLE.fullmatch(header)
    if match is None or not (match["first"] or match["last"]):
        return None
    if not match["first"]:
        suffix = int(match["last"])
        if suffix == 0:
            raise UnsatisfiableRange
        return ByteRange(max(0, size - suffix), size - 1)
    first = int(match["first"])
    last = int(match["last"]) if match["last"] else size - 1
    if match["last"] and last < first:
        return None
    if first >= size:
        raise UnsatisfiableRange
    return ByteRange(first, min(last, size - 1))
