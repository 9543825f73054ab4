"""Measure how long it takes to see that files and ledger agree: `python -m benchmarks.verify`.

It makes a database and a folder of its own and removes them: an SQLite file, or a database on the
PostgreSQL that DATABASE_URL names.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import django

from benchmarks.backfill import peak_mebibytes

FILES_PER_IMAGE = 5
SIZE = 1000  # as tests.gallery.many records it


def main() -> None:
    """Insert the rows, write the files, compare them, print seconds and memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verify", description=__doc__)
    parser.add_argument("--images", type=int, default=20_000, help="how many (20000)")
    images = parser.parse_args().images
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.test")
    django.setup()

    from django.db import connection  # noqa: PLC0415  (needs Django)

    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            measure(images, Path(folder))
    finally:
        connection.close()
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def measure(images: int, folder: Path) -> None:
    """Have the command look at a few images, then at all; what it takes more is what it keeps."""
    from django.core.management import call_command  # noqa: PLC0415  (needs Django)
    from django.db import connection  # noqa: PLC0415  (needs Django)
    from django.test import override_settings  # noqa: PLC0415  (needs Django)

    from orgs.models import Organization  # noqa: PLC0415  (needs Django)
    from tests.gallery.many import insert_images  # noqa: PLC0415  (needs Django)

    organization = Organization.objects.create(slug="many", name="Many")
    first = min(1000, images)
    with override_settings(MEDIA_ROOT=folder):
        insert_images(organization, range(1, first + 1))
        write_files(folder)
        call_command("verify_storage")
        before = peak_mebibytes()
        if images > first:
            insert_images(organization, range(first + 1, images + 1))
            write_files(folder)
        inserted = peak_mebibytes()
        start, cpu = time.perf_counter(), time.process_time()
        call_command("verify_storage")
        elapsed, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(
        f"{connection.vendor}: {images * FILES_PER_IMAGE:,} files and as many rows, nothing wrong: "
        f"{elapsed:.1f} s ({cpu:.1f} s of CPU); peak memory {inserted:.0f} MiB before, "
        f"{peak_mebibytes() - inserted:+.1f} MiB (after {first * FILES_PER_IMAGE} files: "
        f"{before:.0f} MiB)"
    )


def write_files(folder: Path) -> None:
    """Write the file of every row that has none."""
    from gallery.models import MediaFile  # noqa: PLC0415  (needs Django)

    content = bytes(SIZE)
    for key in MediaFile.objects.values_list("key", flat=True).iterator():
        path = folder / key
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


if __name__ == "__main__":
    main()
