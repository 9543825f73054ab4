"""Kill a process at every step of an operation, then sweep: started by test_kill.py, prints JSON.

`python -m tests.gallery.ledger.killing <operation> …`. Django boots and a world is made once; for
each step a forked child does the operation and is killed by SIGKILL right there, and the parent
looks at what is left.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.test")
django.setup()

from django.conf import settings  # noqa: E402  (needs the set-up above, as all below)
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import CommandError  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402

from gallery import ledger, tasks  # noqa: E402
from gallery.models import DirectUpload, Image, MediaFile  # noqa: E402
from gallery.storage import LocalStorage  # noqa: E402
from orgs.models import Organization  # noqa: E402
from tests.gallery.heart import assert_nothing_lost, keys, on_disk  # noqa: E402
from tests.gallery.ledger.operations import OPERATIONS, age, sweep, upload  # noqa: E402

MAX_STEPS = 200


class Killer:
    """Count steps; before the wanted one, die as by `kill -9`.

    After one step is before the next: nothing that lasts happens in between.
    """

    def __init__(self, at: int) -> None:
        self.at = at
        self.steps = 0

    def step(self) -> None:
        """Die, if it is time."""
        self.steps += 1
        if self.steps == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(self, owner: Any, name: str) -> None:
        """Make every call of a method a step."""
        original = getattr(owner, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self.step()
            return original(*args, **kwargs)

        setattr(owner, name, call)

    def write(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """Make every statement that writes a step."""
        if sql.split(None, 1)[0] in {"INSERT", "UPDATE", "DELETE"}:
            self.step()
        return execute(sql, *rest)

    def watch(self) -> None:
        """Watch storage and database of this process."""
        for name in ("put", "receive", "open", "read", "delete"):
            self.before(LocalStorage, name)
        self.before(os, "fsync")  # written, not in its place yet; and in its place
        self.before(BaseDatabaseWrapper, "_commit")
        connection.execute_wrappers.append(self.write)


class World:
    """One organisation with one image, and the way back to it."""

    def __init__(self, prepare: Callable[[], None]) -> None:
        media_root = Path(settings.MEDIA_ROOT)
        if not Organization.objects.exists():
            Organization.objects.create(name="Acme", slug="acme")
            get_user_model().objects.create(email="somebody@example.com")
        empty()
        upload()
        prepare()
        self.files = list(MediaFile.objects.order_by("pk"))  # originals before their renditions
        self.images = list(Image.objects.order_by("pk"))
        self.uploads = list(DirectUpload.objects.all())
        self.copy = media_root.with_name("copy")
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(media_root, self.copy)

    def restore(self) -> None:
        """Make everything as it was."""
        wait_for_the_dead()
        empty()
        MediaFile.objects.bulk_create(self.files)
        Image.objects.bulk_create(self.images)
        DirectUpload.objects.bulk_create(self.uploads)
        shutil.copytree(self.copy, settings.MEDIA_ROOT)


def empty() -> None:
    """Leave no image, nothing on its way, no row of the ledger and no file."""
    DirectUpload.objects.all()._raw_delete("default")
    Image.objects.all()._raw_delete("default")
    MediaFile.objects.exclude(original=None)._raw_delete("default")
    MediaFile.objects.all()._raw_delete("default")
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


def wait_for_the_dead() -> None:
    """Wait until PostgreSQL noticed that the child is gone, and let go of its locks."""
    if connection.vendor != "postgresql":
        return
    others = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(others)
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.01)


def killed_at(step: int, operation: Callable[[], None]) -> int:
    """Run `operation` in a child that dies at `step`; return its exit status, -9 when it did."""
    connection.close()
    child = os.fork()
    if child == 0:
        killer = Killer(step)
        killer.watch()
        status = 1
        try:
            operation()
            killer.step()
            status = 0
        finally:
            sys.stderr.flush()
            os._exit(status)
    _, raw = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(raw)


def examine(operation: Callable[[], None]) -> None:
    """Show that one sweep settles what is left, a second finds nothing, and a retry works."""
    media_root = Path(settings.MEDIA_ROOT)
    wait_for_the_dead()
    age()
    sweep()
    assert_settled(media_root)
    age()
    assert ledger.sweep() == ledger.SweepReport()
    assert tasks.overdue() == []
    operation()
    age()
    sweep()
    assert_settled(media_root)


def assert_settled(media_root: Path) -> None:
    """Show that there are live files only, and all renditions of every image."""
    assert_nothing_lost(media_root)
    assert on_disk(media_root) == keys() == keys(state="live")
    assert len(keys()) == 5 * Image.objects.count()
    assert not Image.objects.exclude(status="ready").exists()


def kill_everywhere(name: str) -> int:
    """Kill `name` at each of its steps, until it ends alive; return how many steps it has."""
    prepare, operation = OPERATIONS[name]
    world = World(prepare)
    for step in range(1, MAX_STEPS):
        world.restore()
        status = killed_at(step, operation)
        if status == 0:
            return step - 1
        assert status == -signal.SIGKILL, f"step {step}: exit status {status}"
        try:
            examine(operation)
        except (AssertionError, CommandError) as error:
            raise AssertionError(f"{name} killed at step {step}") from error
    raise AssertionError(f"{name} has more than {MAX_STEPS} steps")


def main(names: list[str], kill: Callable[[str], int] = kill_everywhere) -> None:
    """Give the run a database and a folder of its own."""
    options = settings.DATABASES["default"].get("OPTIONS", {})
    options.pop("pool", None)  # its threads would not survive a fork
    with tempfile.TemporaryDirectory() as folder:
        settings.MEDIA_ROOT = Path(folder) / "media"
        is_file = connection.vendor == "sqlite"
        test = connection.settings_dict["TEST"]
        test["NAME"] = f"{folder}/db.sqlite3" if is_file else f"killing_{os.getpid()}"
        connection.settings_dict["OPTIONS"].pop("pool", None)
        original = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, serialize=False)
        try:
            sys.stdout.write(json.dumps({name: kill(name) for name in names}))
        finally:
            connection.creation.destroy_test_db(original, verbosity=0)


if __name__ == "__main__":
    main(sys.argv[1:])
