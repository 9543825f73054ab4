"""Run the benchmarks: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from benchmarks.contestants import (
    BY_NAME,
    CONTESTANTS,
    OPTIONAL_ENGINE,
    OWN,
    POOL,
    PROJECT,
    Contestant,
)
from benchmarks.environments import CannotInstall, set_up
from benchmarks.list_page import STOCK, take_list_times
from benchmarks.photographs import ENVIRONMENT, SIZES, huge_photograph, photographs
from benchmarks.quality import compare
from benchmarks.report import to_terminal, write
from benchmarks.results import Results
from benchmarks.timing import take_peaks, take_times
from benchmarks.worker import WorkerFailed

ROUNDS, QUICK_ROUNDS = 5, 2
# Memory is a matter of how many pixels are held at once; these show the ways to hold them.
MEMORY = (PROJECT, POOL, OPTIONAL_ENGINE, "pillow", "versatileimagefield", "wagtail", "sharp")


@dataclass(frozen=True)
class Options:
    """What to measure."""

    contestants: list[Contestant]
    sizes: tuple[str, ...]
    rounds: int
    may_write: bool


def main() -> int:
    """Measure, tell, and return whether a promise was broken."""
    options = read_options()
    if options is None:
        return 0
    try:
        results = measure(options)
    except (CannotInstall, WorkerFailed) as error:
        print(error, file=sys.stderr)
        return 1
    print(to_terminal(results))
    if options.may_write:
        write(results)
    return 0 if all(target.is_met for target in results.targets) else 1


def read_options() -> Options | None:
    """Read the command line; None when it only asked for the list."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--list", action="store_true", help="show who can be measured, and stop")
    parser.add_argument("--only", metavar="NAME,…", help="measure these; write nothing")
    parser.add_argument(
        "--quick", action="store_true", help="12 MP and fewer rounds; write nothing"
    )
    parser.add_argument("--rounds", type=int, help=f"{ROUNDS}, or {QUICK_ROUNDS} with --quick")
    parser.add_argument("--no-write", action="store_true", help="leave docs/ as it is")
    given = parser.parse_args()
    if given.list:
        for contestant in CONTESTANTS:
            print(f"{contestant.name:20} {contestant.title}: {contestant.how}")
        return None
    names = given.only.split(",") if given.only else list(BY_NAME)
    if unknown := sorted(set(names) - set(BY_NAME)):
        parser.error(f"nobody is called {', '.join(unknown)}; --list shows the names")
    rounds = given.rounds or (QUICK_ROUNDS if given.quick else ROUNDS)
    if rounds < 1:
        parser.error("at least one round")
    return Options(
        contestants=[contestant for contestant in CONTESTANTS if contestant.name in names],
        sizes=tuple(SIZES)[:1] if given.quick else tuple(SIZES),
        rounds=rounds,
        # The document speaks of everybody and of both sizes.
        may_write=not (given.only or given.quick or given.no_write),
    )


def measure(options: Options) -> Results:
    """Install what is missing and measure everything that was asked for."""
    contestants = options.contestants
    names = [contestant.name for contestant in contestants]
    set_up([ENVIRONMENT, *(c.environment for c in contestants if c.environment != OWN)])
    pictures = photographs(options.sizes)
    times = take_times(contestants, pictures, options.rounds)
    quality = compare(names, pictures)
    holders = [BY_NAME[name] for name in MEMORY if name in names]
    peaks = take_peaks(holders, huge_photograph()) if holders else {}
    both = {PROJECT, STOCK} <= set(names)
    page = take_list_times(options.rounds) if both else None
    return Results(contestants, options.rounds, times, quality, peaks, page)


if __name__ == "__main__":
    sys.exit(main())
