"""Pools whose children do something else than they should, for one picture that is none."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from gallery.imaging import engines
from gallery.imaging.bounded import Budget, DecoderPool, pool
from gallery.imaging.intake import TakenIn
from gallery.imaging.limits import Limits
from gallery.imaging.render import Operation, OutputFormat, RenderRequest
from tests.gallery.imaging.pictures import file_of, quadrants

#: What sets a child off; all other pictures are done as they should be.
TRIGGER = b"now"
GOOD = file_of(quadrants(), "PNG")
REQUESTS = [RenderRequest(Operation.fit, 60, 60, OutputFormat.webp, 60)]
BUDGET = Budget(cpu_seconds=1)

# `real` is what a child does with a good picture; `say` writes to the socket behind its back.
_PROGRAM = """
import sys
sys.path.insert(0, sys.argv.pop())
import ctypes, json, os, resource, signal, socket, struct, threading, time
from gallery.exceptions import Corrupt
from gallery.imaging.bounded import child
real = child.take_in

def say(header, parts=b""):
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    os.write(0, struct.pack("!I", len(header)) + header + parts)

def take_in(source, requests, *, limits):
    if source.getvalue() != {trigger!r}:
        return real(source, requests, limits=limits)
    {code}
    time.sleep(600)

child.take_in = take_in
{before}
child.main()
"""


def program(code: str, before: str = "") -> str:
    """Return what a child runs: `before` at its start, `code` when it is set off."""
    return _PROGRAM.format(trigger=TRIGGER, code=code, before=before)


@contextmanager
def sabotaged(
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    *,
    before: str = "",
    size: int = 1,
    budget: Budget = BUDGET,
) -> Iterator[DecoderPool]:
    """Give a pool of such children."""
    monkeypatch.setattr(pool, "_PROGRAM", program(code, before))
    with opened(size=size, budget=budget) as children:
        yield children


@contextmanager
def opened(
    *, size: int = 1, budget: Budget = BUDGET, engine: str = engines.PILLOW
) -> Iterator[DecoderPool]:
    """Give a pool and close it."""
    children = DecoderPool(size=size, budget=budget, engine=engine)
    try:
        yield children
    finally:
        children.close()


def take(
    children: DecoderPool, data: bytes = GOOD, requests: Sequence[RenderRequest] = REQUESTS
) -> TakenIn:
    """Take a picture in."""
    return children.take_in(data, requests, limits=Limits())


def assert_works(children: DecoderPool) -> None:
    """Show that a good picture comes out as itself."""
    taken = take(children)
    assert (taken.facts.width, taken.facts.height) == (120, 80)
    assert [(each.width, each.height) for each in taken.renditions] == [(60, 40)]


def processes_of(parent: int) -> dict[int, str]:
    """Return the state of every child process of `parent`; Z is a zombie."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and (stat := _stat_of(int(folder.name))):
            state, above = stat[0], int(stat[1])
            if above == parent:
                found[int(folder.name)] = state
    return found


def is_alive(process: int) -> bool:
    """Whether this process is there and not a zombie."""
    stat = _stat_of(process)
    return bool(stat) and stat[0] != "Z"


def open_files() -> int:
    """Return how many file descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def _stat_of(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
