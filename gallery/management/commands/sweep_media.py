"""Settle what time or a killed process left behind: delete due files, finish pending images."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from gallery import ledger, tasks
from gallery.models import MediaFile


class Command(BaseCommand):
    """`manage.py sweep_media`: run it every few minutes; it is safe to run twice at once."""

    help = (
        "Deletes stored files that nothing uses any more (their grace period is over, or their "
        "upload was never finished), makes the renditions of images left pending and forgets "
        "idempotency keys, shares and direct uploads that have expired. "
        "Exits with 1 when anything could not be done."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--dry-run", action="store_true", help="Say what would be done and change nothing."
        )
        parser.add_argument(
            "--limit", type=_positive, help="Settle at most this many files and this many images."
        )

    def handle(self, *, dry_run: bool, limit: int | None, **options: Any) -> None:
        """Sweep, then finish."""
        due = MediaFile.objects.due().order_by("pk")
        if dry_run:
            for key in due.values_list("key", flat=True)[:limit].iterator():
                self.stdout.write(f"would settle {key}")
            for source, object_id in tasks.overdue(limit):
                self.stdout.write(f"would finish {source} {object_id}")
            for name, rows in ledger.expired().items():
                if count := rows.count():
                    self.stdout.write(f"would forget {count} {name}")
            return
        total = min(due.count(), limit or due.count())
        with tqdm(total=total, unit="file", disable=None, desc="sweep") as progress:
            report = ledger.sweep(progress=progress.update, limit=limit)
        unfinished = tasks.overdue(limit)
        finished = sum(
            tasks.finish(*each)
            for each in tqdm(unfinished, unit="image", disable=None, desc="finish")
        )
        failed = len(unfinished) - finished
        forgotten = (f"{count} {name}" for name, count in ledger.forget_expired().items())
        self.stdout.write(
            f"{report.deleted} deleted, {report.revived} in use after all, {report.waiting} "
            f"waiting, {report.failed} failed; {finished} images finished, {failed} failed; "
            f"forgotten: {', '.join(forgotten)}"
        )
        if report.failed or failed:
            raise CommandError("Not everything could be settled; see the log.", returncode=1)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
