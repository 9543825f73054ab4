"""`kill -9` at every step of `import_images` and `record_originals`: another run ends them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_kill__at_every_step__another_run_does_the_rest() -> None:
    memory = {"TMPDIR": "/dev/shm"} if Path("/dev/shm").is_dir() else {}  # noqa: S108  (no power fails)
    finished = subprocess.run(
        [sys.executable, "-m", "tests.gallery.management.killing", "import", "record"],
        cwd=ROOT,
        env={**os.environ, **memory},
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 0, finished.stderr[-3000:]
    steps = json.loads(finished.stdout)
    assert steps["import"] >= 40
    assert steps["record"] >= 12
