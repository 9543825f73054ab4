"""Somebody who follows a page: files written, commands pasted into a terminal, a site that runs."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block
from tests.nginx.server import free_port

RUN = "./dev run"
DOCUMENTED = "127.0.0.1:8000"
STARTING = 60  # seconds
ELLIPSIS = "…"
# `./dev` but for its set-up, which would install a `.venv` from the network.
DEV = """\
import sys
from tooling import serving
serving.set_up = lambda: None
serving.python = lambda *arguments: [sys.executable, *map(str, arguments)]
sys.exit({"run": serving.run, "manage": serving.manage}[sys.argv[1]](sys.argv[2:]))
"""
_VARYING = (
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\b\d{4}/\d\d/\d\d\b"), "DATE"),
)


def copy_project(folder: Path) -> None:
    """Write what a clone would have, and what is new here, into an empty folder."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    dev = folder / "dev"
    dev.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(DEV)} "$@"\n')
    dev.chmod(0o755)


class Reader:
    """Follows the blocks of a page in a copy of the project."""

    def __init__(self, folder: Path, terminal: subprocess.Popen[str]) -> None:
        self.folder = folder
        self.site = f"127.0.0.1:{free_port()}"
        self.server: subprocess.Popen[bytes] | None = None
        self.seen = ""
        self._terminal = terminal

    def follow(self, block: Block) -> None:
        """Do what a block wants; fail where something else comes out than it says."""
        text = block.text.replace(DOCUMENTED, self.site)
        if name := block.whole_file:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        elif name := block.end_of_file:
            with (self.folder / name).open("a") as file:
                file.write(f"\n{text}")
        elif block.language == "sh":
            self._paste(text)
        elif block.language == "text":
            assert_shows(self.seen, text)
        else:
            pytest.fail(f"Nobody knows what to do with this block:\n{block.text}")

    def _paste(self, text: str) -> None:
        if text.strip() == RUN:
            self._run()
            return
        terminal = self._terminal
        assert terminal.stdin
        assert terminal.stdout
        terminal.stdin.write(f'{text}\necho "The code is $?"\n')
        terminal.stdin.flush()
        lines: list[str] = []
        for line in terminal.stdout:
            if line.startswith("The code is "):
                self.seen = "".join(lines)
                assert line.split()[-1] == "0", f"{text}\nprinted:\n{self.seen}"
                return
            lines.append(line)
        pytest.fail(f"The terminal has closed:\n{''.join(lines)}")

    def _run(self) -> None:
        host, port = self.site.split(":")
        self.server = subprocess.Popen(
            [*shlex.split(RUN), "--port", port],
            cwd=self.folder,
            env=variables(),
            # A group of its own, because Django's server is two processes.
            start_new_session=True,
        )
        deadline = time.monotonic() + STARTING
        while self.server.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex((host, int(port))) == 0:
                    return
            time.sleep(0.1)
        pytest.fail(f"The site did not listen within {STARTING} s.")


@contextmanager
def reader(folder: Path) -> Iterator[Reader]:
    """Yield a reader in a copy of the project; end the terminal and the site afterwards."""
    copy_project(folder)
    with subprocess.Popen(
        ["sh"],
        cwd=folder,
        env=variables(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as terminal:
        someone = Reader(folder, terminal)
        try:
            yield someone
        finally:
            if someone.server:
                os.killpg(someone.server.pid, signal.SIGTERM)
                someone.server.wait(timeout=20)
            terminal.terminate()


def variables() -> dict[str, str]:
    """Return the environment of somebody who has set nothing: no settings of the tests."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ}


def assert_shows(seen: str, shown: str) -> None:
    """Compare what came with what a page shows, where `…` stands for any lines."""
    for pattern, name in _VARYING:
        seen, shown = pattern.sub(name, seen), pattern.sub(name, shown)
    if ELLIPSIS not in shown.splitlines():
        assert seen == shown, f"The page shows:\n{shown}\nbut this has come:\n{seen}"
        return
    position = 0
    for part in re.split(rf"^{ELLIPSIS}\n", shown, flags=re.MULTILINE):
        found = seen.find(part, position)
        assert found >= 0, f"This has not come:\n{part}\nbut this:\n{seen[position:]}"
        position = found + len(part)
