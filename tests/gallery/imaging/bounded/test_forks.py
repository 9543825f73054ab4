"""Servers fork their workers and are killed: each process has children of its own, which end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gallery.imaging.limits import Limits
from gallery.renditions import decoders as module
from gallery.renditions.decoders import decoders
from tests.gallery.imaging.bounded.sabotage import GOOD, REQUESTS, is_alive, processes_of

_ROOT = Path(__file__).resolve().parents[4]
# Says which processes decode for it, and goes on as `code` says; the pool's own are sabotaged.
_PARENT = """
import os, sys, threading, time
from gallery.imaging.bounded import Budget, DecoderPool, pool as module
from tests.gallery.imaging.bounded import sabotage
module._PROGRAM = sabotage.program({code!r})
budget = Budget(cpu_seconds=1, wall_seconds=3)
pool = DecoderPool(size=1, budget=budget)
os.register_at_fork(after_in_child=pool.disown)
sabotage.assert_works(pool)
print(pool._idle[0]._process.pid, flush=True)
{then}
"""
_BUSY = "threading.Thread(target=sabotage.take, args=(pool, sabotage.TRIGGER)).start()\n"
_FORKED = "if os.fork() == 0: time.sleep(60); os._exit(0)\n"
_READY = "time.sleep(0.5); print('ready', flush=True); time.sleep(60)"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Begin and end with no decoders."""
    module._close()
    yield
    module._close()


def take() -> int:
    return decoders().take_in(GOOD, REQUESTS, limits=Limits()).facts.width


def forked(work: Callable[[], object]) -> int:
    """Return how a forked process that does `work` ends; 0 is well."""
    process = os.fork()
    if process == 0:
        with suppress(BaseException):
            work()
            os._exit(0)
        os._exit(1)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)


def test_fork__has_decoders_of_its_own__and_leaves_those_of_its_parent() -> None:
    assert take() == 120
    [child] = decoders()._idle
    ours = child._process.pid

    def work() -> None:
        assert take() == 120
        assert ours not in processes_of(os.getpid())
        assert len(processes_of(os.getpid())) == 1
        module._close()

    assert forked(work) == 0
    assert is_alive(ours)
    assert take() == 120
    assert [each._process.pid for each in decoders()._idle] == [ours]


def test_fork__while_another_thread_has_a_job__does_not_hear_the_answer() -> None:
    pool = decoders()
    assert take() == 120
    [child] = pool._idle
    socket = child._channel._socket.fileno()

    def work() -> None:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(socket)
        assert take() == 120

    pool._idle.clear()  # as if it were at work
    assert forked(work) == 0
    pool._idle.append(child)
    assert take() == 120


def test_fork__while_another_thread_asks_for_decoders__does_not_wait_for_it() -> None:
    with module._lock:
        assert forked(lambda: signal.alarm(20) or take()) == 0
    assert take() == 120


@pytest.mark.parametrize(
    ("code", "then"),
    [
        ("", _READY),
        ("while True: pass", _BUSY + _READY),
        ("", _BUSY + _READY),
        ("", _FORKED + _READY),
        ("", _BUSY + "time.sleep(0.2)\n" + _FORKED + _READY),
    ],
    ids=["idle", "at work", "asleep", "idle, and was forked", "asleep, and was forked"],
)
def test_child__ends__when_its_parent_is_killed(code: str, then: str) -> None:
    program = _PARENT.format(code=code, then=then)
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert parent.stdout.readline() == "ready\n"
        assert is_alive(child)
        forks = processes_of(parent.pid).keys() - {child}
        parent.kill()
    deadline = time.monotonic() + 6
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(child)
    for fork in forks:
        os.kill(fork, signal.SIGKILL)
