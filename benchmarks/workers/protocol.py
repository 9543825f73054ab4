"""What a contestant's process says: a command a line on standard input, JSON a line on output.

Standard library only, as every peer's environment imports it.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shlex
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Files = dict[str, Path]
Command = Callable[..., dict[str, Any]]


def children() -> list[int]:
    """Return the processes that this one started and that still run."""
    found: list[int] = []
    for task in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, task.read_text().split())
    return found


def processor_seconds() -> float:
    """Return the CPU time, user and system, of all threads and of all children until now."""
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    for child in children():
        # The kernel's name for the clock of another process, as clock_getcpuclockid(3) makes it:
        # children that go on living are not in RUSAGE_CHILDREN.
        with contextlib.suppress(OSError):
            total += time.clock_gettime((~child << 3) | 2)
    return total


def peak_bytes() -> int:
    """Return the largest resident size of this process, plus those of its living children.

    Not `ru_maxrss` where there is /proc: a new process inherits that one from its parent.
    """
    total = 0
    for process in (os.getpid(), *children()):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    total += int(line.split()[1]) * 1024
    return total or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def rendering(prepare: Callable[[Path], Any], render: Callable[[Any], Files]) -> Command:
    """Return the command that times `render` on what `prepare` made of a photograph.

    `prepare` puts the photograph under a fresh name where the library expects it and is not timed;
    neither is moving what was made to the output folder.
    """

    def command(photograph: str, folder: str) -> dict[str, Any]:
        prepared = prepare(Path(photograph))
        processor, wall = processor_seconds(), time.perf_counter()
        files = render(prepared)
        wall, processor = time.perf_counter() - wall, processor_seconds() - processor
        peak = peak_bytes()
        Path(folder).mkdir(parents=True, exist_ok=True)
        sizes = {}
        for name, path in files.items():
            sizes[name] = path.stat().st_size
            shutil.move(path, Path(folder) / f"{name}.webp")
        return {"cpu": processor, "wall": wall, "peak": peak, "files": sizes}

    return command


def serve(**commands: Command) -> None:
    """Answer the commands on standard input until it ends."""
    # Whatever a library prints must not be taken for an answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        name, *arguments = shlex.split(line)
        try:
            answer = commands[name](*arguments)
        except Exception as error:  # noqa: BLE001  (whatever it was, the caller says so)
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)
