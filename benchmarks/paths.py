"""Where the benchmarks read and write."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
# Neither is in git.
WORK = ROOT / "var" / "benchmarks"
PHOTOGRAPHS = WORK / "photographs"

TEMPLATE = HERE / "document.template.md"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
CHART = ROOT / "docs" / "images" / "benchmarks.svg"


def environment_folder(name: str) -> Path:
    """Return the folder that a peer is installed in."""
    return HERE / f".venv-{name}"
