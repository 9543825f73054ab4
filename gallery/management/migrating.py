"""What the commands share that bring in files which were there before the gallery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import reset_queries
from tqdm import tqdm

from gallery.management.backfilling import INTERRUPTED

Look = Callable[[int], object]
"""Called with how many rows were dealt with."""


class Tally(Protocol):
    """What has been seen and done so far; as a text, the summary."""

    @property
    def failed(self) -> int:
        """How many could not be dealt with."""


class MigratingCommand(BaseCommand):
    """A command that goes through many files, one failure not stopping the others."""

    def go_through(self, total: int, work: Callable[[Look], object], tally: Tally) -> None:
        """Have `work` done with a progress bar, and sum up.

        Raises:
            CommandError: something failed, with 1 as exit code, or ctrl-C came, with 130.
        """
        try:
            with tqdm(total=total, unit="file", disable=None) as progress:
                work(progress.update)
        except KeyboardInterrupt:
            self.say(str(tally))
            raise CommandError("Interrupted.", returncode=INTERRUPTED) from None
        self.say(str(tally))
        if tally.failed:
            raise CommandError(f"{tally.failed} failed; they are named above.", returncode=1)

    def say(self, line: str, *, is_error: bool = False) -> None:
        """Write a line, with the progress out of its way."""
        with tqdm.external_write_mode():
            (self.stderr if is_error else self.stdout).write(line)

    def say_lost_point(self, name: str, text: str) -> None:
        """Tell of a focal point that nobody can read."""
        self.say(f"centred {name}: {text!r} is no focal point", is_error=True)


def forget_queries() -> None:
    """Let go of the text of thousands of queries, which Django keeps while debugging."""
    if settings.DEBUG:
        reset_queries()


def lost_points(count: int) -> str:
    """Return what a summary says of focal points that nobody could read."""
    return f"; {count} centred" if count else ""
