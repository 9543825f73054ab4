"""Bring the files of any model's image field into the library, and into galleries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.management.base import CommandParser

from gallery.management.backfilling import positive
from gallery.management.import_options import add_what, plan_of
from gallery.management.migrating import Look, MigratingCommand, forget_queries, lost_points
from gallery.services.import_rows import Candidate, Plan, candidates, count
from gallery.services.importing import Become, Outcome, bring_in, foresee, verify

BATCH = 500
_SAYS = {Become.imported: "import", Become.attached: "attach"}

Work = Callable[[Plan, Candidate], Outcome]


@dataclass
class _Tally:
    work: Work
    rows: int
    with_file: int
    became: Counter[Become] = field(default_factory=Counter)
    centred: int = 0
    read: int = 0
    stored: int = 0
    same: int = 0
    stripped: int = 0

    @property
    def failed(self) -> int:
        return self.became[Become.failed]

    @property
    def done(self) -> int:
        """How many there was something to be done for."""
        return self.became.total() - self.became[Become.there]

    def add(self, outcome: Outcome) -> None:
        self.became[outcome.became] += 1
        self.read += outcome.read
        self.stored += outcome.stored
        if outcome.read:
            self.same += outcome.is_same
            self.stripped += not outcome.is_same

    def __str__(self) -> str:
        would = "would be " if self.work is foresee else ""
        names = {
            Become.imported: f"{would}imported",
            Become.attached: f"{would}attached",
            Become.there: "there already",
        }
        if self.work is verify:
            names = {Become.verified: "verified"}
        counts = [f"{self.became[each]} {name}" for each, name in names.items()]
        summary = (
            f"{', '.join(counts)}, {self.failed} failed{lost_points(self.centred)}; "
            f"{self.rows} rows, {self.with_file} with a file"
        )
        if self.work is foresee:
            return summary
        return (
            f"{summary}\n{self.read} bytes read, {self.stored} stored: {self.same} files as they "
            f"were, {self.stripped} without their metadata"
        )


class Command(MigratingCommand):
    help = (
        "Imports the files of another model's field into the library of an organisation, with "
        "focal points and texts, and attaches them where that is asked for (docs/migrating.md). "
        "Each file passes the same door as an upload. Old files and rows stay as they are. What "
        "was imported before is not imported again, so it may be stopped and started at any time. "
        "One that fails is named, with the reason, and the others are imported; the exit code is "
        "1 then."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        add_what(parser)
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument(
            "--dry-run",
            action="store_true",
            help="Say what would be imported, one a line; read nothing but rows, change nothing.",
        )
        ways.add_argument(
            "--verify",
            action="store_true",
            help="Read every old file again and compare it, without its metadata, with what is "
            "stored; change nothing.",
        )
        parser.add_argument(
            "--limit",
            type=positive,
            metavar="N",
            help="Stop after N files that there was something to be done for.",
        )
        parser.add_argument(
            "--batch-size",
            type=positive,
            metavar="N",
            default=BATCH,
            help="How many rows are looked up at once (%(default)s).",
        )

    def handle(self, **options: Any) -> None:
        """Import, compare, or say what would be imported."""
        plan = plan_of(options)
        work: Work = bring_in
        if options["dry_run"] or options["verify"]:
            work = foresee if options["dry_run"] else verify
        rows, with_file = count(plan)
        tally = _Tally(work, rows, with_file)
        limit = options["limit"]

        def go(look: Look) -> None:
            for batch in candidates(plan, options["batch_size"]):
                for candidate in batch:
                    if limit is not None and tally.done >= limit:
                        return
                    self._count(plan, work(plan, candidate), tally)
                    look(1)
                forget_queries()

        self.go_through(with_file, go, tally)

    def _count(self, plan: Plan, outcome: Outcome, tally: _Tally) -> None:
        tally.add(outcome)
        candidate = outcome.candidate
        name = f"{plan.model._meta.label} {candidate.pk} {candidate.name}"
        if outcome.became is Become.imported and candidate.lost_point:
            tally.centred += 1
            self.say_lost_point(name, candidate.lost_point)
        if outcome.error:
            self.say(f"failed {name} {outcome.error}", is_error=True)
        elif tally.work is foresee and outcome.became in _SAYS:
            self.say(f"would {_SAYS[outcome.became]} {name}")
