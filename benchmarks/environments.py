"""Install every peer in an environment of its own, pinned, once."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks.contestants import NODE
from benchmarks.paths import HERE, ROOT, environment_folder


class CannotInstall(Exception):
    """An environment could not be made; the message says what to do."""


def set_up(names: Iterable[str]) -> None:
    """Make the environments that are missing or were made from other requirements."""
    for name in dict.fromkeys(filter(None, names)):
        _set_up(name)


def _set_up(name: str) -> None:
    if name == NODE and not (shutil.which("node") and shutil.which("npm")):
        raise CannotInstall(
            "sharp needs node and npm, which are not on this machine. Install Node.js 20 or newer,"
            " or leave sharp out: --only with the names that --list shows."
        )
    wanted = _requirements(name)
    folder = environment_folder(name)
    stamp = folder / "stamp"
    # Of the Python too: its environments do not outlive it.
    digest = hashlib.sha256(wanted.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == digest:
        return
    print(f"Installing {name} …", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    if name == NODE:
        _install_node_packages(folder, wanted)
    else:
        _install_python_packages(folder, wanted)
    # Last, so that an installation that was interrupted is made again.
    stamp.write_text(digest)


def _requirements(name: str) -> Path:
    if name == NODE:
        return HERE / "sharp" / "package.json"
    return HERE / "requirements" / f"{name}.txt"


def _install_python_packages(folder: Path, requirements: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    if not uv.is_file():
        raise CannotInstall("uv is missing from .venv: install requirements-dev.txt.")
    _run(str(uv), "venv", "--quiet", "--python", sys.executable, str(folder))
    _run(
        *(str(uv), "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")),
        "--no-deps",
        *("--requirement", str(requirements)),
    )


def _install_node_packages(folder: Path, requirements: Path) -> None:
    folder.mkdir(parents=True)
    shutil.copy(requirements, folder)
    _run("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent", cwd=folder)


def _run(*command: str, cwd: Path = ROOT) -> None:
    # Trust what the machine trusts, as pip and npm do.
    environment = {**os.environ, "UV_SYSTEM_CERTS": "1"}
    if subprocess.run(command, cwd=cwd, env=environment, check=False).returncode:
        raise CannotInstall(f"This failed: {' '.join(command)}")
