"""`kill -9` at every step of every operation: one sweep settles whatever is left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
NO_PERIODS = {"GALLERY_PENDING_SECONDS": "0", "GALLERY_GRACE_SECONDS": "0"}


@pytest.mark.parametrize(
    ("periods", "at_least"),
    [
        (
            {},
            {
                "upload": 20,
                "replace": 20,
                "move": 10,
                "delete": 15,
                "warm": 15,
                "sweep": 30,
                "hide": 3,
                "complete": 25,
                "send": 30,
            },
        ),
        (NO_PERIODS, {"upload": 20}),
    ],
)
def test_kill__at_every_step__one_sweep_settles_it(
    periods: dict[str, str], at_least: dict[str, int]
) -> None:
    # In memory, where `fsync` costs nothing: no power fails here.
    memory = {"TMPDIR": "/dev/shm"} if Path("/dev/shm").is_dir() else {}  # noqa: S108  (see above)
    finished = subprocess.run(
        [sys.executable, "-m", "tests.gallery.ledger.killing", *at_least],
        cwd=ROOT,
        env={**os.environ, **memory, **periods},
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 0, finished.stderr[-3000:]
    steps = json.loads(finished.stdout)
    assert all(steps[operation] >= least for operation, least in at_least.items()), steps
