"""What the commands that make missing renditions share: options, progress, and what they tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from gallery.conf import gallery_settings
from gallery.registry import MAX_NUMBER
from gallery.renditions import shortages
from gallery.renditions.backfill import Outcome, in_parallel
from gallery.renditions.decoders import more_decoders
from gallery.renditions.shortages import Page, Redefined, Selection, Shortage
from gallery.renditions.sources import ModelSource, Source
from gallery.renditions.spec import RenditionSpec
from orgs.models import Organization

INTERRUPTED = 130
"""The exit code of a program that ctrl-C ended."""
MADE = "{files} files made of {originals} originals"
WOULD_BE_MADE = "{files} files of {originals} originals would be made"

Tell = Callable[[Outcome], object]


@dataclass
class Tally:
    """What has been seen and done so far."""

    looked_at: int = 0
    originals: int = 0
    files: int = 0
    failed: int = 0
    redefined: Counter[Redefined] = field(default_factory=Counter)


class BackfillCommand(BaseCommand):
    """A command that makes the renditions that are missing, one failure not stopping the others."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options that all have."""
        parser.add_argument(
            "--org", metavar="SLUG", help="Only images of the organisation with this slug."
        )
        parser.add_argument(
            "--limit",
            type=positive,
            metavar="N",
            help="Stop after N originals that had something to be done; others do not count.",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="Print every file that would be made, one a line, and change nothing.",
        )

    def backfill(
        self,
        sources: Sequence[Source],
        selection: Selection,
        *,
        work: Callable[[Shortage], Outcome],
        summary: str,
        limit: int | None,
        workers: int = 1,
        tell: Tell = lambda _: None,
    ) -> None:
        """Have `work` done on what is missing; tell how it went.

        Args:
            sources: where originals come from.
            selection: which of them, and which of their renditions.
            work: what is done on each that lacks something.
            summary: what has been done in the end, with a place for `files` and `originals`.
            limit: how many of those that lack something.
            workers: how many threads do it.
            tell: called with each outcome.

        Raises:
            CommandError: something failed, with 1 as exit code, or ctrl-C came, with 130.
        """
        tally = Tally()
        total = sum(shortages.count(source, selection) for source in sources)
        try:
            with tqdm(total=total, unit="image", disable=None) as progress:
                look = _look(tally, progress, is_cure=selection.is_overwriting)
                todo = islice(_todo(sources, selection, look), limit)
                with closing(in_parallel(work, todo, workers=workers)) as outcomes:
                    for outcome in outcomes:
                        progress.update()
                        self._count(outcome, tally, tell)
        except KeyboardInterrupt:
            self._sum_up(tally, summary)
            raise CommandError("Interrupted.", returncode=INTERRUPTED) from None
        self._sum_up(tally, summary)
        if tally.failed:
            raise CommandError(f"{tally.failed} failed; they are named above.", returncode=1)

    def say(self, line: str, *, is_error: bool = False) -> None:
        """Write a line, with the progress out of its way."""
        with tqdm.external_write_mode():
            (self.stderr if is_error else self.stdout).write(line)

    def _count(self, outcome: Outcome, tally: Tally, tell: Tell) -> None:
        tell(outcome)
        if outcome.error:
            tally.failed += 1
            self.say(f"failed {named(outcome.shortage)} {outcome.error}", is_error=True)
        else:
            tally.originals += 1
            tally.files += len(outcome.made)

    def _sum_up(self, tally: Tally, summary: str) -> None:
        for redefined, files in sorted(tally.redefined.items()):
            self.say(_advice(redefined, files))
        done = summary.format(files=tally.files, originals=tally.originals)
        self.say(f"{done}, {tally.failed} failed; {tally.looked_at} looked at")

    def would_make(self, outcome: Outcome) -> None:
        """Print what would be made."""
        for key in outcome.made:
            self.say(f"would make {key}")
        if not outcome.made and not outcome.error:
            self.say(f"would settle {named(outcome.shortage)}")


def nothing(shortage: Shortage) -> Outcome:
    """Do nothing, and take every file for made."""
    return Outcome(shortage, shortage.files if not shortage.error else (), shortage.error)


def named(shortage: Shortage) -> str:
    """Return what an operator knows an original by."""
    return shortage.key or f"{shortage.source.name} {shortage.object_id}"


def organization_named(slug: str) -> Organization:
    """Return the organisation that an option names.

    Raises:
        CommandError: there is none.
    """
    found = Organization.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no organisation '{slug}'.")
    return found


def primary_keys(source: ModelSource, texts: Iterable[str]) -> frozenset[Any]:
    """Return the primary keys that an option names.

    Raises:
        CommandError: one does not look like a key of this model.
    """
    key = source.model._meta.pk
    keys = set()
    for text in texts:
        try:
            found = key.to_python(text)
        except (ValidationError, ValueError):
            found = None
        if found is None or (isinstance(found, int) and abs(found) > MAX_NUMBER):
            raise CommandError(f"'{text}' is no id of {source.model._meta.label}.")
        keys.add(found)
    return frozenset(keys)


def as_many_decoders(workers: int) -> Any:
    """Have a child process for each worker while the block runs; those of the settings are kept."""
    is_enough = workers <= gallery_settings().decoder_processes
    return nullcontext() if is_enough else more_decoders(workers)


def positive(text: str) -> int:
    """Read a whole number from 1."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _advice(redefined: Redefined, files: int) -> str:
    spec = RenditionSpec.parse(redefined.now, name=redefined.name)
    following = replace(spec, version=spec.version + 1).size_key
    return (
        f"{files} files '{redefined.name}' were made as {redefined.before}, which is "
        f"{redefined.now} now. Publish that as {following}, under new URLs, or make them again "
        "with `warm_renditions --overwrite`, which browsers that cached the old files won't notice."
    )


def _todo(
    sources: Sequence[Source], selection: Selection, look: Callable[[Page], object]
) -> Iterator[Shortage]:
    strangers = [
        each
        for source in sources
        if selection.ids is not None and isinstance(source, ModelSource)
        for each in shortages.unknown(source, selection)
    ]
    return chain(strangers, shortages.shortages(sources, selection, look=look))


def _look(tally: Tally, progress: tqdm[Any], *, is_cure: bool) -> Callable[[Page], object]:
    def look(page: Page) -> None:
        tally.looked_at += page.size
        if not is_cure:
            tally.redefined.update(page.redefined)
        progress.update(page.size - len(page.shortages))

    return look
