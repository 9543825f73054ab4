"""What the numbers were measured on and with."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from PIL import Image, features

from benchmarks.contestants import NODE, OWN, Contestant
from benchmarks.paths import HERE


def processor() -> str:
    """Return the processor's name and how many cores there are."""
    name = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        found = re.search(r"^model name\s*:\s*(.+)$", information.read_text(), re.MULTILINE)
        name = found[1].strip() if found else name
    return f"{name}, {os.cpu_count()} cores, {platform.system()} on {platform.machine()}"


def versions(contestants: Iterable[Contestant]) -> list[str]:
    """Return what was measured, with versions."""
    pillow = ", ".join(
        f"{title} {features.version(name)}"
        for title, name in (("libjpeg-turbo", "libjpeg_turbo"), ("libwebp", "webp"))
    )
    found = [f"Python {platform.python_version()}", f"Pillow {Image.__version__} ({pillow})"]
    for environment in dict.fromkeys(contestant.environment for contestant in contestants):
        if environment == NODE:
            found += [f"Node.js {_node_version()}", f"sharp {_sharp_version()}"]
        elif environment != OWN:
            found.append(_peer_version(environment))
    return found


def _peer_version(environment: str) -> str:
    pins = (HERE / "requirements" / f"{environment}.txt").read_text().splitlines()
    versions_by_name = dict(pin.lower().split("==") for pin in pins if "==" in pin)
    name = {"versatileimagefield": "django-versatileimagefield"}.get(environment, environment)
    own = f"{name} {versions_by_name[name]}"
    # Not the same Pillow everywhere, should one of them not take the newest.
    pillow = versions_by_name.get("pillow")
    return own if pillow in (None, Image.__version__) else f"{own} (Pillow {pillow})"


def _node_version() -> str:
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)  # noqa: S607
    return answer.stdout.strip().lstrip("v")


def _sharp_version() -> str:
    package = json.loads((HERE / "sharp" / "package.json").read_text())
    version: str = package["dependencies"]["sharp"]
    return version
