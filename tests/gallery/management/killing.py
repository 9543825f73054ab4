"""Kill imports at every step, sweep, and start them again: started by test_import_kill.py.

`python -m tests.gallery.management.killing import record`, in the harness of the ledger.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

from tests.gallery.ledger import killing

# Not sorted in with the others: importing that one sets Django up, which they need.
# isort: split
from django.conf import settings
from django.core.management import call_command

from gallery.models import Image
from tests.gallery.heart import keys
from tests.gallery.ledger.operations import age, picture, sweep
from tests.gallery.management.former import put
from tests.testapp.models import KeptVersatilePhoto, LegacyPhoto
from tests.testapp.storage import PrivateStorage

SOURCE, KEY = "testapp.keptversatilephoto.photo", "versatile/green.png"


def two_old_files() -> None:
    """Have two rows of a field that is not the gallery's."""
    LegacyPhoto.objects.all().delete()
    for colour in ("green", "blue"):
        name = PrivateStorage().save(f"legacy/{colour}.png", picture(colour))
        LegacyPhoto.objects.create(picture=name)


def import_all() -> None:
    """Import them, each once, however often this is begun."""
    call_command(
        "import_images", "testapp.LegacyPhoto.picture", organization="acme", stdout=StringIO()
    )
    assert Image.objects.exclude(upload_id=None).count() == 2
    assert LegacyPhoto.objects.count() == 2


def unknown_original() -> None:
    """Have a row whose file the ledger does not know."""
    KeptVersatilePhoto.objects.all()._raw_delete("default")
    put(KEY, picture("green"))
    KeptVersatilePhoto.objects.bulk_create([KeptVersatilePhoto(photo=KEY)])


def record_all() -> None:
    """Record it."""
    call_command("record_originals", SOURCE, stdout=StringIO())
    assert KEY in keys(state="live")


def examine_recording() -> None:
    """Show that no sweep takes a file of somebody else's, and that another run records it."""
    original = Path(settings.MEDIA_ROOT) / KEY
    content = original.read_bytes()
    killing.wait_for_the_dead()
    for operation in (sweep, record_all, sweep):
        age()
        operation()
        assert original.read_bytes() == content
    [row] = KeptVersatilePhoto.objects.all()
    assert row.original_size == (60, 40)
    names = ("square", "wide")
    made = {f"versatile/green_{name}.webp" for name in names}
    assert keys(source=SOURCE) == keys(source=SOURCE, state="live") == {KEY, *made}
    assert all((original.parent / Path(key).name).is_file() for key in made)


KILLED: dict[str, tuple[Callable[[], None], Callable[[], None], Callable[[], None]]] = {
    "import": (two_old_files, import_all, lambda: killing.examine(import_all)),
    "record": (unknown_original, record_all, examine_recording),
}


def kill_everywhere(name: str) -> int:
    """Kill one of them at each of its steps, until it ends alive; return how many steps it has."""
    prepare, operation, examine = KILLED[name]
    world = killing.World(prepare)
    for step in range(1, killing.MAX_STEPS):
        world.restore()
        status = killing.killed_at(step, operation)
        if status == 0:
            return step - 1
        assert status == -signal.SIGKILL, f"step {step}: exit status {status}"
        try:
            examine()
        except Exception as error:
            raise AssertionError(f"{name} killed at step {step}") from error
    raise AssertionError(f"{name} has more than {killing.MAX_STEPS} steps")


if __name__ == "__main__":
    killing.main(sys.argv[1:], kill_everywhere)
