"""Time a page of the list of images: this project's, and the same with the stock library."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass

from tqdm import tqdm

from benchmarks.contestants import PROJECT
from benchmarks.paths import environment_folder
from benchmarks.worker import Worker

STOCK = "versatileimagefield"
PREWARMED = "versatileimagefield-prewarmed"
TITLES = {
    PROJECT: "this project",
    PREWARMED: "django-versatileimagefield, told that all files are made",
    STOCK: "django-versatileimagefield, asking its cache for each file",
}
REPEATS = 10


@dataclass(frozen=True)
class ListPage:
    """The least CPU seconds for the answer: with the rows in memory, and with the query."""

    loaded: dict[str, float]
    queried: dict[str, float]
    size: dict[str, int]

    @property
    def ratio(self) -> float:
        """How many times the project's CPU time the library takes at its fastest, rows loaded."""
        return self.loaded[PREWARMED] / self.loaded[PROJECT]


def take_list_times(rounds: int) -> ListPage:
    """Measure everybody in turn."""
    peer = str(environment_folder(STOCK) / "bin" / "python")
    commands = {
        PROJECT: (sys.executable, "list_of_project"),
        STOCK: (peer, "list_of_versatileimagefield"),
        PREWARMED: (peer, "list_of_versatileimagefield", "prewarmed"),
    }
    answers: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Worker(name, _command(*words), dict(os.environ)))
            for name, words in commands.items()
        ]
        for _ in tqdm(range(rounds), unit="round", desc="list page"):
            for worker in workers:
                answers[worker.name].append(worker.ask("list", str(REPEATS)))
    return ListPage(
        {name: min(answer["loaded"] for answer in got) for name, got in answers.items()},
        {name: min(answer["queried"] for answer in got) for name, got in answers.items()},
        {name: int(got[-1]["bytes"]) for name, got in answers.items()},
    )


def _command(python: str, module: str, *arguments: str) -> list[str]:
    return [python, "-W", "ignore", "-m", f"benchmarks.workers.{module}", *arguments]
