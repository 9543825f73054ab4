"""Pages of documentation as their readers see them: blocks, and what stands above each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

_BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_WHOLE = re.compile(r"`(?P<path>[^`]+)`:")
_END = re.compile(r"At the end of `(?P<path>[^`]+)`:")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `above` is the last line of prose before it, if only that is between."""

    language: str
    text: str
    above: str

    @property
    def whole_file(self) -> str:
        """Return the path of the file whose content this is; empty if it is none."""
        found = _WHOLE.fullmatch(self.above)
        return found["path"] if found else ""

    @property
    def end_of_file(self) -> str:
        """Return the path of the file that this is to be added to; empty if it is none."""
        found = _END.fullmatch(self.above)
        return found["path"] if found else ""


def blocks(page: str) -> Iterator[Block]:
    """Yield the blocks of a page in order."""
    begin = 0
    for found in _BLOCK.finditer(page):
        prose = page[begin : found.start()].strip()
        begin = found.end()
        yield Block(found["language"], found["text"], prose.rpartition("\n")[2])
