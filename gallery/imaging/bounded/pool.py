"""A few child processes that decode, one job at a time each; one that dies is replaced."""

import socket
import subprocess
import sys
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final, TypeVar

from gallery.exceptions import DecodersBusy, ImageRejected, OverBudget
from gallery.imaging import engines
from gallery.imaging.bounded.wire import (
    Channel,
    Closed,
    Job,
    Message,
    Task,
    facts_from_json,
    focal_point_from_json,
    refusal_from_json,
    rendered_from_json,
)
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.intake import TakenIn
from gallery.imaging.limits import Limits
from gallery.imaging.render import Rendered, RenderRequest

_Answer = TypeVar("_Answer")
_Reader = Callable[[Message, list[bytes]], _Answer]

# Memory that a large picture has left fragmented comes back with a new process.
_JOBS_PER_CHILD: Final = 200
_ROOT: Final = Path(__file__).resolve().parents[3]
_PROGRAM: Final = (
    "import sys; sys.path.insert(0, sys.argv.pop()); "
    "from gallery.imaging.bounded.child import main; main()"
)
# Nothing of ours: no secret, no address. Each arena of glibc's takes 128 MB of a bounded address
# space, used or not; so does each thread of the algebra that numpy brings, and nobody asks for.
_ENVIRONMENT: Final = {
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
}


@dataclass(frozen=True, slots=True)
class Budget:
    """What one job may cost: bytes of address space, seconds of CPU, and seconds altogether.

    `patience_seconds` is how long a job waits for a child to be free.
    """

    memory: int = 1024 * 1024 * 1024
    cpu_seconds: int = 20
    wall_seconds: int = 60
    patience_seconds: int = 30


class _Child:
    """One process and the socket to it."""

    def __init__(self, memory: int) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-I", "-c", _PROGRAM, str(memory), str(_ROOT)]
            self._process = subprocess.Popen(  # noqa: S603  (our own program)
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                cwd="/",
                start_new_session=True,  # ctrl-C is for the parent, which says when to stop
            )
        self._channel = Channel(ours)
        self._jobs = 0

    @property
    def is_usable(self) -> bool:
        """Whether it lives, keeps quiet and has not done its share."""
        is_alive = self._process.poll() is None and self._jobs < _JOBS_PER_CHILD
        return is_alive and self._channel.is_quiet  # nobody has asked it anything

    def ask(self, message: Message, data: bytes, *, deadline: float) -> tuple[Message, list[bytes]]:
        """Have a job done. Raises TimeoutError or Closed, after which the child is of no use."""
        self._jobs += 1
        self._channel.send(message, [data], deadline=deadline)
        return self._channel.receive(deadline=deadline)

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self._channel.close()
        self._process.kill()
        self._process.wait()

    def disown(self) -> None:
        """Let go of a child that belongs to the process this one was forked from."""
        self._channel.close()
        self._process.returncode = 0


class DecoderPool:
    """Up to `size` children, started when they are needed. Safe to use from many threads."""

    def __init__(self, *, size: int, budget: Budget, engine: str = engines.PILLOW) -> None:
        self._budget = budget
        self._engine = engine
        self._slots = BoundedSemaphore(size)
        self._idle: deque[_Child] = deque()
        self._all: weakref.WeakSet[_Child] = weakref.WeakSet()

    def take_in(self, data: bytes, requests: Sequence[RenderRequest], *, limits: Limits) -> TakenIn:
        """Check, strip and render an upload, all in one decoding: see `intake.take_in`.

        Raises:
            ImageRejected: the bytes are not an acceptable image.
            OverBudget: decoding them took too long or too much memory, or crashed.
            DecodersBusy: no child was free in time.
        """

        def read(message: Message, parts: list[bytes]) -> TakenIn:
            if not parts:
                raise Closed
            facts = facts_from_json(message.get("facts"))
            return TakenIn(
                facts, parts[0], rendered_from_json(message.get("sizes"), requests, parts[1:])
            )

        return self._do(self._job(Task.take_in, limits, requests), data, read)

    def render(
        self,
        data: bytes,
        requests: Sequence[RenderRequest],
        *,
        limits: Limits,
        company: Sequence[RenderRequest] = (),
    ) -> list[Rendered]:
        """Make renditions: see `render.render`. Raises as `take_in` does."""
        if not requests:
            return []

        def read(message: Message, parts: list[bytes]) -> list[Rendered]:
            return rendered_from_json(message.get("sizes"), requests, parts)

        return self._do(self._job(Task.render, limits, requests, company), data, read)

    def suggest(self, data: bytes, *, limits: Limits) -> FocalPoint:
        """Suggest a focal point: see `suggest.suggest`. Raises as `take_in` does."""

        def read(message: Message, _parts: list[bytes]) -> FocalPoint:
            return focal_point_from_json(message.get("focal_point"))

        return self._do(self._job(Task.suggest, limits), data, read)

    def close(self) -> None:
        """End all children that are idle."""
        while self._idle:
            self._idle.pop().stop()

    def disown(self) -> None:
        """Let go of everything, in a process that was forked from the one that made this pool."""
        for child in list(self._all):
            child.disown()
        self._idle.clear()

    def _job(
        self,
        task: Task,
        limits: Limits,
        requests: Sequence[RenderRequest] = (),
        company: Sequence[RenderRequest] = (),
    ) -> Job:
        cpu, wall = self._budget.cpu_seconds, self._budget.wall_seconds
        return Job(requests, company, limits, task, cpu, wall, self._engine)

    def _do(self, job: Job, data: bytes, read: _Reader[_Answer]) -> _Answer:
        """Have a child do a job and `read` what it answers, which raises Closed for nonsense."""
        answer: _Answer | ImageRejected
        if not self._slots.acquire(timeout=self._budget.patience_seconds):
            raise DecodersBusy
        try:
            child = self._free_child()
            try:
                deadline = time.monotonic() + self._budget.wall_seconds
                message, parts = child.ask(job.to_message(), data, deadline=deadline)
                if "refusal" in message:
                    answer = refusal_from_json(message["refusal"])
                else:
                    answer = read(message, parts)
            except (TimeoutError, Closed) as error:
                child.stop()
                raise OverBudget from error
            except BaseException:
                child.stop()  # half a conversation cannot be taken up again
                raise
            if message.get("is_spent"):
                child.stop()
            else:
                self._idle.append(child)
        finally:
            self._slots.release()
        if isinstance(answer, ImageRejected):
            raise answer
        return answer

    def _free_child(self) -> _Child:
        """Return the child that was used last, whose memory is warm, or a new one."""
        while self._idle:
            try:
                child = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if child.is_usable:
                return child
            child.stop()
        try:
            child = _Child(self._budget.memory)
        except OSError as error:  # no more processes, or no memory for one
            raise DecodersBusy from error
        self._all.add(child)
        return child
