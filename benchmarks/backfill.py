"""Measure how long it takes to see that nothing is missing: `python -m benchmarks.backfill`.

It makes a database of its own and removes it: an SQLite file in a temporary folder, or one on the
PostgreSQL that DATABASE_URL names.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time

import django


def main() -> None:
    """Insert the rows, look at them, print seconds and memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backfill", description=__doc__)
    parser.add_argument("--images", type=int, default=100_000, help="how many (100000)")
    images = parser.parse_args().images
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.test")
    django.setup()

    from django.db import connection  # noqa: PLC0415  (needs Django)

    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        measure(images)
    finally:
        connection.close()
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def measure(images: int) -> None:
    """Have the command look at a few images, then at all; what it takes more is what it keeps."""
    from django.core.management import call_command  # noqa: PLC0415  (needs Django)
    from django.db import connection  # noqa: PLC0415  (needs Django)

    from orgs.models import Organization  # noqa: PLC0415  (needs Django)
    from tests.gallery.many import insert_images  # noqa: PLC0415  (needs Django)

    organization = Organization.objects.create(slug="many", name="Many")
    first = min(2000, images)
    insert_images(organization, range(1, first + 1))
    call_command("backfill_image_variants")
    before = peak_mebibytes()
    if images > first:
        insert_images(organization, range(first + 1, images + 1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    inserted = peak_mebibytes()
    start, cpu = time.perf_counter(), time.process_time()
    call_command("backfill_image_variants")
    elapsed, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(
        f"{connection.vendor}: {images:,} images with 4 renditions each, nothing to make: "
        f"{elapsed:.1f} s ({cpu:.1f} s of CPU); peak memory {inserted:.0f} MiB before, "
        f"{peak_mebibytes() - inserted:+.1f} MiB (after {first} images: {before:.0f} MiB)"
    )


def peak_mebibytes() -> float:
    """Return the largest resident size of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
