"""All that one run measured."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks import targets
from benchmarks.contestants import PROJECT, Contestant
from benchmarks.list_page import ListPage
from benchmarks.photographs import SIZES
from benchmarks.quality import Quality
from benchmarks.timing import Times


@dataclass(frozen=True)
class Results:
    """What was measured of whom."""

    contestants: list[Contestant]
    rounds: int
    times: Times
    quality: Quality
    peaks: dict[str, int]
    page: ListPage | None

    @property
    def has_all_sizes(self) -> bool:
        """Whether the photographs of every size were there: promises of speed are about all."""
        return self.times.sizes == list(SIZES)

    @property
    def targets(self) -> list[targets.Target]:
        """The promises that this run can tell about."""
        found = targets.judge_times(self.times) if self.has_all_sizes else []
        if PROJECT in self.times.names:
            found += targets.judge_quality(self.quality)
        if PROJECT in self.peaks:
            found += targets.judge_memory(self.peaks)
        if self.page:
            found += targets.judge_list(self.page)
        return found
