"""Let the contestants make the same files in turn, several times over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import geometric_mean
from typing import Any

from tqdm import tqdm

from benchmarks.contestants import Contestant
from benchmarks.paths import WORK
from benchmarks.photographs import Photograph
from benchmarks.worker import Worker

Key = tuple[str, Photograph]


@dataclass
class Times:
    """The least seconds of each contestant for each photograph: what disturbs only adds to them."""

    cpu: dict[Key, float] = field(default_factory=lambda: defaultdict(lambda: float("inf")))
    wall: dict[Key, float] = field(default_factory=lambda: defaultdict(lambda: float("inf")))

    def add(self, key: Key, answer: dict[str, Any]) -> None:
        """Take in one answer of a worker."""
        self.cpu[key] = min(self.cpu[key], answer["cpu"])
        self.wall[key] = min(self.wall[key], answer["wall"])

    @property
    def names(self) -> set[str]:
        """Who was measured."""
        return {name for name, _ in self.cpu}

    @property
    def sizes(self) -> list[str]:
        """The sizes of the photographs, in order."""
        return list(dict.fromkeys(photograph.size for _, photograph in self.cpu))

    def mean_cpu(self, name: str, size: str | None = None) -> float:
        """Return the geometric mean of the CPU seconds, of one size of photographs or of all."""
        return _mean(self.cpu, name, size)

    def mean_wall(self, name: str, size: str | None = None) -> float:
        """Return the geometric mean of the seconds that passed."""
        return _mean(self.wall, name, size)

    def ratio(self, name: str, other: str, size: str | None = None) -> float:
        """Return how many times the CPU time of `other` the first one takes."""
        return self.mean_cpu(name, size) / self.mean_cpu(other, size)


def _mean(seconds: dict[Key, float], name: str, size: str | None) -> float:
    return geometric_mean(
        value
        for (who, photograph), value in seconds.items()
        if who == name and size in (None, photograph.size)
    )


def output_folder(contestant: str, photograph: Photograph) -> Path:
    """Return the folder that the files of one photograph go to."""
    return WORK / "made" / contestant / photograph.path.stem


def take_times(
    contestants: Sequence[Contestant], photographs: Sequence[Photograph], rounds: int
) -> Times:
    """Measure everybody with everything in every round; the files of the last one remain."""
    times = Times()
    total = rounds * len(contestants) * len(photographs)
    with ExitStack() as stack, tqdm(total=total, unit="photo", desc="rendering") as progress:
        workers = [
            stack.enter_context(Worker(c.name, c.command, c.process_environment))
            for c in contestants
        ]
        for worker in workers:
            # Once for nothing: imports, caches of code and memory that is got once are not counted.
            worker.ask("render", str(photographs[0].path), str(WORK / "made" / "warm-up"))
        for turn in range(rounds * len(photographs)):
            photograph = photographs[turn % len(photographs)]
            # Another one begins each time, so that nobody always follows the same one.
            first = turn % len(workers)
            for worker in workers[first:] + workers[:first]:
                progress.set_postfix_str(worker.name)
                folder = output_folder(worker.name, photograph)
                answer = worker.ask("render", str(photograph.path), str(folder))
                times.add((worker.name, photograph), answer)
                progress.update()
    return times


def take_peaks(contestants: Sequence[Contestant], photograph: Path) -> dict[str, int]:
    """Return the largest resident size of a fresh process that makes one photograph's files."""
    peaks = {}
    for contestant in tqdm(contestants, unit="process", desc="memory"):
        command, environment = contestant.command, contestant.process_environment
        with Worker(contestant.name, command, environment) as worker:
            answer = worker.ask("render", str(photograph), str(WORK / "made" / "huge"))
        peaks[contestant.name] = answer["peak"]
    return peaks
