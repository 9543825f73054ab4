"""Look whether every file that should be in the storage is there, and nothing else of ours."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from gallery import ledger, tasks
from gallery.exceptions import StorageUnavailable
from gallery.ledger import Finding, Kind
from gallery.models import MediaFile
from gallery.registry import attachables
from gallery.renditions.key_source import key_sources
from gallery.renditions.sources import model_sources
from gallery.storage import INCOMING


class Command(BaseCommand):
    """`manage.py verify_storage`: at any time, also twice at once."""

    help = (
        "Compares the ledger with the storage: every live row has its file, of the recorded size "
        "(and checksum, with --deep), and every file has a row. One line for each file that is "
        "wrong. With --fix, damaged renditions are made again, files that nobody knows are deleted "
        "by sweep_media after the grace period, and originals that are lost are marked as failed. "
        "Exits with 1 when anything is wrong and was not fixed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--fix", action="store_true", help="Mend what can be mended.")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="With --fix: only say what it would do.",
        )
        parser.add_argument(
            "--deep", action="store_true", help="Read every file and compare its checksum: slow."
        )

    def handle(self, *, fix: bool, dry_run: bool, deep: bool, **options: Any) -> None:
        """Look, and mend."""
        self.is_mending = fix and not dry_run
        found: Counter[Kind] = Counter()
        wrong = mended = 0
        rows = MediaFile.objects
        total = rows.count() + rows.filter(state=MediaFile.State.LIVE).count()
        try:
            with tqdm(total=total, unit="file", disable=None, desc="verify") as progress:
                for finding in self._findings(deep, progress.update):
                    found[finding.kind] += 1
                    is_mended = self._treat(finding, fix=fix)
                    wrong += finding.kind is not Kind.foreign
                    mended += is_mended and finding.kind is not Kind.foreign
        except StorageUnavailable as error:
            raise CommandError(f"The storage does not answer: {error.__cause__!r}") from error
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(found.items())) or "all well"
        self.stdout.write(f"{counts}; {mended} of {wrong} mended")
        if wrong > mended:
            raise CommandError("Ledger and storage do not agree.", returncode=1)

    def _findings(self, deep: bool, look: Any) -> Any:
        models = model_sources().values()
        folders = {each.model.key_prefix for each in models}
        folders |= {each.key_prefix for each in attachables() if each.key_prefix}
        listed = (source.keys for source in key_sources().values())
        return ledger.verify(
            [f"{each}/" for each in sorted({*folders, INCOMING})],
            sources=[each.name for each in models],
            others=[keys for keys in listed if isinstance(keys, str)],
            is_deep=deep,
            look=look,
        )

    def _treat(self, finding: Finding, *, fix: bool) -> bool:
        """Say what is wrong, mend it if that is asked for, and tell whether it was mended."""
        if not self.is_mending:
            is_hopeless = finding.is_lost or finding.kind is Kind.foreign
            then = " (would be mended)" if fix and not is_hopeless else ""
            self.stdout.write(f"{finding.kind} {finding.key}{then}")
            return False
        is_mended = ledger.mend(finding)
        if is_mended and finding.kind is not Kind.unknown and not finding.file.is_original:
            is_mended = tasks.finish(finding.file.source, finding.file.object_id)
        then = "" if finding.kind is Kind.foreign else (" mended" if is_mended else " not mended")
        self.stdout.write(f"{finding.kind} {finding.key}{then}")
        return is_mended
