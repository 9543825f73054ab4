"""Tell a colour profile from something that only sits where a colour profile should be."""

from typing import Final

_HEADER_LENGTH: Final = 128
_SIGNATURE: Final = b"acsp"


def is_profile(data: bytes) -> bool:
    """Return whether `data` is laid out like an ICC profile and nothing follows it.

    A profile is the one block we pass on unread, so a file hidden in its place must not pass.
    """
    declared = int.from_bytes(data[:4], "big")
    # Writers pad to four bytes, and some count the padding while others do not.
    return (
        len(data) > _HEADER_LENGTH
        and data[36:40] == _SIGNATURE
        and declared <= len(data) < declared + 4
    )
