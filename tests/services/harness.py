"""Celery workers as processes of their own, on the database, the broker and the files of a test."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[2]
CELERY = (sys.executable, "-m", "celery", "-A", "settings")
START_SECONDS = 60
STOP_SECONDS = 30


class Worker:
    """A running `celery worker`, which leads a process group of its own."""

    def __init__(
        self, environment: Mapping[str, str], folder: Path, arguments: tuple[str, ...]
    ) -> None:
        name = f"worker-{secrets.token_hex(4)}"
        self.node = f"{name}@test"
        self.environment = dict(environment)
        self.log = folder / f"{name}.log"
        options = ["--loglevel=INFO", f"--hostname={self.node}", *arguments]
        with self.log.open("wb") as stream:
            self.process = subprocess.Popen(
                [*CELERY, "worker", *options],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        """Return its log so far."""
        return self.log.read_text("utf-8", "replace")

    def wait_until_ready(self) -> None:
        """Return once it takes tasks."""
        self.wait_for(f"{self.node} ready.", seconds=START_SECONDS)

    def wait_for(self, text: str, *, seconds: float) -> None:
        """Return once its log has this text."""

        def has_said_it() -> bool:
            assert self.process.poll() is None, f"The worker ended:\n{self.said()}"
            return text in self.said()

        wait_until(has_said_it, seconds=seconds, otherwise=self.said)

    def inspect(self, method: str) -> subprocess.CompletedProcess[str]:
        """Run `celery inspect` for this worker alone."""
        return subprocess.run(
            [*CELERY, "inspect", "--timeout=10", f"--destination={self.node}", method],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )

    def stop(self) -> int:
        """Ask it to finish what it does and leave; return its exit code."""
        self.process.terminate()
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """End it and its children at once, as a power cut does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start_worker(environment: Mapping[str, str], folder: Path, *arguments: str) -> Worker:
    """Start a worker, its log in `folder`, and return it once it takes tasks.

    Args:
        environment: all of its environment; `worker_environment` makes one.
        folder: where its log goes.
        arguments: more options of `celery worker`.
    """
    worker = Worker(environment, folder, arguments)
    try:
        worker.wait_until_ready()
    except BaseException:
        worker.kill()
        raise
    return worker


def worker_environment(
    database: str, media_root: Path, scratch: Path, **changes: str
) -> dict[str, str]:
    """Return the environment of a worker that shares a test's database, files and broker.

    Args:
        database: the name of the test's database on the server that `DATABASE_URL` names.
        media_root: where the test keeps its files.
        scratch: where the worker may leave files of no interest.
        changes: variables to set or to replace.
    """
    server = urlsplit(os.environ["DATABASE_URL"])
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.services.settings",
        "DATABASE_URL": urlunsplit(server._replace(path=f"/{database}")),
        "MEDIA_ROOT": str(media_root),
        "TMPDIR": str(scratch),
        **changes,
    }


def wait_until(
    condition: Callable[[], bool], *, seconds: float, otherwise: Callable[[], str] = str
) -> None:
    """Return once the condition holds; fail, with what `otherwise` says, when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"Not within {seconds} s. {otherwise()}"
        time.sleep(0.05)
