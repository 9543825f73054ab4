"""Have the ledger know the files of a model that had an image field before it was ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandError, CommandParser

from gallery.management.backfilling import positive
from gallery.management.migrating import Look, MigratingCommand, forget_queries, lost_points
from gallery.renditions.sources import ModelSource, model_sources
from gallery.services import recording


@dataclass
class _Tally:
    is_dry: bool
    looked_at: int = 0
    recorded: int = 0
    size: int = 0
    centred: int = 0
    failed: int = 0

    def __str__(self) -> str:
        done = "would be recorded" if self.is_dry else f"recorded ({self.size} bytes)"
        return (
            f"{self.recorded} {done}, {self.failed} failed{lost_points(self.centred)}; "
            f"{self.looked_at} looked at"
        )


class Command(MigratingCommand):
    help = (
        "Records the files that rows refer to and the gallery does not know, as after a field was "
        "changed into gallery's ImageField (docs/migrating.md). Files stay as they are; each is "
        "checked like an upload, its row gets the upright width and height and its focal point in "
        "whole percent, and renditions are made. What is recorded already is left alone. One that "
        "fails is named, with the reason, and the others are recorded; the exit code is 1 then."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "sources",
            nargs="*",
            metavar="SOURCE",
            help="Model fields, like shop.photo.image; by default all that there are.",
        )
        parser.add_argument(
            "--limit", type=positive, metavar="N", help="Stop after N files that were not known."
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Say what would be recorded; read no file."
        )

    def handle(self, *, sources: list[str], **options: Any) -> None:
        """Record, or say what would be."""
        known = model_sources()
        for name in sources:
            if name not in known:
                raise CommandError(f"There is no source '{name}'; there are: {', '.join(known)}.")
        chosen = [known[name] for name in dict.fromkeys(sources)] or list(known.values())
        tally = _Tally(is_dry=options["dry_run"])

        def work(look: Look) -> None:
            for source in chosen:
                self._record_all(source, tally, look, limit=options["limit"])

        self.go_through(sum(recording.count(source) for source in chosen), work, tally)

    def _record_all(
        self, source: ModelSource, tally: _Tally, look: Look, *, limit: int | None
    ) -> None:
        for size, rows in recording.pages(source):
            tally.looked_at += size
            look(size - len(rows))
            for row in rows:
                if limit is not None and tally.recorded + tally.failed >= limit:
                    return
                self._record(source, row, tally)
                look(1)
            forget_queries()

    def _record(self, source: ModelSource, row: recording.FormerRow, tally: _Tally) -> None:
        if tally.is_dry:
            self.say(f"would record {source.name} {row.pk} {row.key}")
            tally.recorded += 1
            return
        outcome = recording.record(source, row)
        name = f"{source.name} {row.pk} {row.key}"
        if outcome.lost_point:
            tally.centred += 1
            self.say_lost_point(name, outcome.lost_point)
        if outcome.error:
            tally.failed += 1
            self.say(f"failed {name} {outcome.error}", is_error=True)
        else:
            tally.recorded += 1
            tally.size += outcome.size
