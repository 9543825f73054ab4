"""Settle what time or a killed process left behind: delete due files, finish pending images."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from gallery import ledger, tasks
from gallery.conf import gallery_settings
from gallery.models import Image, MediaFile


class Command(BaseCommand):
    """`manage.py sweep_media`: run it every few minutes; it is safe to run twice at once."""

    help = (
        "Deletes stored files that nothing uses any more (their grace period is over, or their "
        "upload was never finished) and makes the renditions of images left pending. "
        "Exits with 1 when anything could not be done."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--dry-run", action="store_true", help="Say what would be done and change nothing."
        )
        parser.add_argument("--limit", type=int, help="Settle at most this many files and images.")

    def handle(self, *, dry_run: bool, limit: int | None, **options: Any) -> None:
        """Sweep, then finish."""
        due = MediaFile.objects.due()
        unfinished = self._unfinished()
        if dry_run:
            for key in due.values_list("key", flat=True)[:limit].iterator():
                self.stdout.write(f"would delete {key}")
            for pk in unfinished[:limit]:
                self.stdout.write(f"would finish image {pk}")
            return
        with tqdm(total=due.count(), unit="file", disable=None, desc="sweep") as progress:
            report = ledger.sweep(progress=progress.update, limit=limit)
        source = Image.image_field_object().source
        failed = 0
        for pk in tqdm(unfinished[:limit], unit="image", disable=None, desc="finish"):
            tasks.warm(source, pk)
            failed += Image.objects.filter(pk=pk, status=Image.Status.FAILED).exists()
        self.stdout.write(
            f"{report.deleted} deleted, {report.kept} kept, {report.failed} failed; "
            f"{len(unfinished[:limit]) - failed} images finished, {failed} failed"
        )
        if report.failed or failed:
            raise CommandError("Not everything could be settled; see the log.", returncode=1)

    def _unfinished(self) -> list[int]:
        """Return images whose warming somebody should have finished by now."""
        patience = timedelta(seconds=gallery_settings().pending_seconds)
        pending = Image.objects.filter(
            status=Image.Status.PENDING, updated_at__lt=timezone.now() - patience
        )
        return list(pending.order_by("pk").values_list("pk", flat=True))
