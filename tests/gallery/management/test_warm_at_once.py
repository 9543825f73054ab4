"""`manage.py warm_renditions` with several workers, and interrupted; the help of both commands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from gallery.imaging.bounded import DecoderPool
from gallery.renditions import backfill
from gallery.renditions.warmer import warm_instance
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import assert_nothing_lost, keys, uploaded
from tests.gallery.management.warming import fail, forget, warm

pytestmark = pytest.mark.django_db(transaction=True)


def test_warm__many_workers__has_a_decoder_for_each_and_little_ahead(
    organization: Organization, upload: Upload, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(8):
        uploaded(organization, upload(size=(20, 20)))
    forget(media_root)
    together = threading.Barrier(4, timeout=30)
    ask = DecoderPool._free_child

    def free_child(pool: DecoderPool) -> Any:
        together.wait()  # breaks unless four are at it at once
        return ask(pool)

    monkeypatch.setattr(DecoderPool, "_free_child", free_child)

    assert warm("--workers", "4").startswith("32 files made of 8 originals, 0 failed")


def test_in_parallel__endless_work__is_taken_a_few_at_a_time() -> None:
    taken: list[int] = []

    def endless() -> Any:
        number = 0
        while True:
            taken.append(number)
            yield number
            number += 1

    outcomes = backfill.in_parallel(str, endless(), workers=3)
    for done in range(1, 21):
        next(outcomes)
        assert len(taken) <= done + 6
    outcomes.close()


def test_warm__ctrl_c__ends_cleanly(
    organization: Organization, upload: Upload, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        uploaded(organization, upload(size=(20, 20)))
    forget(media_root)
    begun: list[Any] = []
    both = threading.Barrier(2, timeout=30)

    def interrupted(instance: Any, **options: Any) -> Any:
        begun.append(instance.pk)
        if len(begun) <= 2:
            if both.wait() == 0:
                os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)  # those that wait for a worker are called off meanwhile
        return warm_instance(instance, **options)

    monkeypatch.setattr(backfill, "warm_instance", interrupted)

    said, errors, code = fail("--workers", "2")

    assert (code, errors) == (130, "")
    assert "looked at" in said
    assert len(begun) == 2
    assert keys(state="pending") == set()
    assert len(keys(original__isnull=False)) == 4 * len(begun)
    assert_nothing_lost(media_root)
    assert warm().endswith("0 failed; 6 looked at\n")


def test_help__of_both_commands__tells_of_every_option() -> None:
    for command, options in (
        ("warm_renditions", "set source org ids workers background overwrite limit dry-run"),
        ("backfill_image_variants", "org ids limit dry-run verbose"),
    ):
        shown = subprocess.run(
            [sys.executable, "manage.py", command, "--help"],
            cwd=Path(__file__).parents[3],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "settings.test"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for option in options.split():
            assert f"--{option}" in shown
