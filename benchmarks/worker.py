"""Start a contestant's process and talk to it."""

from __future__ import annotations

import json
import shlex
import subprocess
from types import TracebackType
from typing import IO, Any, Self

from benchmarks.paths import ROOT


class WorkerFailed(Exception):
    """A contestant's process ended or answered with an error."""


class Worker:
    """A contestant's process, which lives until the `with` block ends."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        self.name = name
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, *words: str) -> dict[str, Any]:
        """Send one command and return the answer."""
        commands, answers = self._pipes()
        try:
            print(shlex.join(words), file=commands, flush=True)
        except BrokenPipeError as error:
            raise WorkerFailed(f"{self.name} ended: {self._process.wait()}") from error
        line = answers.readline()
        if not line:
            raise WorkerFailed(f"{self.name} ended: {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise WorkerFailed(f"{self.name}: {answer['error']}")
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # It ends by itself when there are no more commands.
        commands, answers = self._pipes()
        commands.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        answers.close()

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        commands, answers = self._process.stdin, self._process.stdout
        if commands is None or answers is None:
            raise WorkerFailed(f"{self.name} has no pipes.")
        return commands, answers
