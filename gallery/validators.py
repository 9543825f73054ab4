"""Rules about names and keys that hold wherever they come from."""

import re
import unicodedata

MAX_KEY_LENGTH = 255
MAX_FILE_NAME_LENGTH = 255

# Cc: control, Cf: format (bidirectional overrides), Cs: lone surrogates, Co and Cn: private and
# unassigned.
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_SEPARATORS = re.compile(r"[\\/]+")


def is_possible_key(key: str) -> bool:
    """Tell whether a database could hold `key` at all, so that a look-up cannot fail."""
    if not 0 < len(key) <= MAX_KEY_LENGTH or "\x00" in key:
        return False
    if key.isascii():
        return True
    return not any(unicodedata.category(character) == "Cs" for character in key)


def clean_file_name(name: str | None) -> str:
    """Return what a client called its file, safe to store, log and show.

    The name is a fact about the upload and never part of a path: folders, control characters,
    bidirectional overrides and lone surrogates are dropped and the rest is cut to 255 characters.
    """
    last = _SEPARATORS.split(name or "")[-1]
    printable = "".join(c for c in last if unicodedata.category(c) not in _UNPRINTABLE).strip()
    return printable[-MAX_FILE_NAME_LENGTH:] or "unnamed"
