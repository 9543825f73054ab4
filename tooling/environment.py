"""The project's own Python: `.venv`, the pins it is made of, the stamp, and how to run it."""

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Collection
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
RUNTIME = "requirements.txt"
DEVELOPMENT = "requirements-dev.txt"  # holds the runtime's
VIPS = "requirements-vips.txt"
NODE = "requirements-node.txt"


def python(*arguments: str | Path) -> list[str]:
    """Return the command that runs the project's own Python."""
    return [str(VENV / "bin" / "python"), *map(str, arguments)]


def environment(**changes: str) -> dict[str, str]:
    """Return the caller's environment, `settings.local` unless told otherwise, with `changes`."""
    defaults = {"DJANGO_SETTINGS_MODULE": "settings.local", "PYTHONUNBUFFERED": "1"}
    return {**defaults, **os.environ, **changes}


def call(command: list[str], **changes: str) -> int:
    """Run a command in the project's folder, its output straight to the terminal."""
    return subprocess.run(command, cwd=ROOT, env=environment(**changes), check=False).returncode


def become(command: list[str], **changes: str) -> NoReturn:
    """Turn into a command, so that ctrl-C, signals and the exit code are its own affair."""
    sys.stdout.flush()
    os.execve(command[0], command, environment(**changes))


def state(*files: str) -> dict[str, str]:
    """Return what a `.venv` made here and now from `files` would be stamped with."""
    digests = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in files}
    return {"python": sys.version.split()[0], "folder": str(VENV), **digests}


def read_stamp() -> dict[str, str]:
    """Return what `.venv` was stamped with; nothing when it was never finished or is broken."""
    with contextlib.suppress(OSError, TypeError, ValueError):
        if Path(python()[0]).exists():
            return dict(json.loads((VENV / "stamp.json").read_text()))
    return {}


def set_up(*, development: bool = False, more: Collection[str] = ()) -> None:
    """Make `.venv` hold the pinned requirements; return at once when its stamp says it does.

    The stamp is removed first and written last, so an install that was killed is done again.
    `more` are files that some tests need on top.
    """
    files = [RUNTIME, *([DEVELOPMENT] if development else []), *more]
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second ./dev waits while a first one installs
        wanted, stamp = state(*files), read_stamp()
        if wanted.items() <= stamp.items():
            return
        started = time.monotonic()
        (VENV / "stamp.json").unlink(missing_ok=True)
        if not stamp or not stamp.items() <= state(RUNTIME, DEVELOPMENT, VIPS, NODE).items():
            create_venv()
            stamp = {}
        for name in files:
            if name not in stamp and not (name == RUNTIME and development):
                install(ROOT / name)
        draft = VENV / "stamp.json.new"
        draft.write_text(json.dumps({**stamp, **wanted}))
        draft.replace(VENV / "stamp.json")
        print(f"Ready after {time.monotonic() - started:.1f} s.")


def create_venv() -> None:
    """Make an empty `.venv`, whatever was there before."""
    if missing := [name for name in ("venv", "ensurepip") if not importlib.util.find_spec(name)]:
        sys.exit(f"This Python has no {missing[0]}; on Debian and Ubuntu: apt install python3-venv")
    import venv  # noqa: PLC0415 - Debian splits it off, hence the message above

    venv.create(VENV, clear=True, symlinks=True, with_pip=True)


def install(requirements: Path) -> None:
    """Install the pinned requirements with uv, or with pip where uv cannot be had or fails."""
    print(f"Installing {requirements.name} into .venv …")
    options = ["--quiet", "--require-hashes", "--only-binary", ":all:"]
    if requirements.name == VIPS:
        options += ["--no-binary", "pyvips"]  # there is no wheel of it; it is pure Python
    pip = python("-m", "pip", "install", "--disable-pip-version-check", *options, "--requirement")
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "--python", *python(), *options, "-r"]
    uv_pin = re.findall(r"^uv==.*(?:\n +.*)*", (ROOT / DEVELOPMENT).read_text(), re.MULTILINE)
    (VENV / "uv.txt").write_text("".join(uv_pin))
    certificates = {"UV_SYSTEM_CERTS": "1"}  # trust what the machine trusts, as pip does
    if call([*pip, f"{VENV}/uv.txt"]) == 0 and call([*uv, str(requirements)], **certificates) == 0:
        return
    print("uv could not do it; trying pip, which takes a minute or two …")
    if call([*pip, str(requirements)]) != 0:
        sys.exit("The pinned requirements could not be installed: is the package index reachable?")
