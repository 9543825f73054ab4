"""What this project promises, in numbers: a run that misses one ends with exit code 1."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.contestants import BY_NAME, OPTIONAL_ENGINE, PROJECT, TUNED_SHARP
from benchmarks.list_page import ListPage
from benchmarks.quality import DEFAULT_EFFORT, Quality
from benchmarks.timing import Times

# How many times the project's CPU time each takes at least, as the geometric mean over all
# photographs of both sizes.
CPU_RATIOS = {
    "versatileimagefield": 2.8,
    "easy-thumbnails": 3.3,
    "sorl-thumbnail": 4.0,
    "django-imagekit": 3.5,
    "wagtail": 4.5,
    "django-pictures": 2.5,
    "sharp": 1.6,
}
# How many times the CPU time of the optional engine sharp takes that was tuned by hand.
ENGINE_RATIO = 1.0
# What short cuts in decoding, resampling and encoding may cost together, compared with resizing the
# whole original by Lanczos and WebP's default effort.
SSIM_LOSS = 0.002
MORE_BYTES = 0.03
PEAK_BYTES = 200 * 10**6
LIST_RATIO = 3.0


@dataclass(frozen=True)
class Target:
    """One promise and what was measured."""

    promise: str
    measured: str
    is_met: bool


def judge_times(times: Times) -> list[Target]:
    """Return the promises about CPU time, of those that were measured."""
    judged = [
        _ratio(f"{BY_NAME[name].title}: ", times.ratio(name, PROJECT), wanted)
        for name, wanted in CPU_RATIOS.items()
        if {name, PROJECT} <= times.names
    ]
    if {OPTIONAL_ENGINE, TUNED_SHARP} <= times.names:
        ratio = times.ratio(TUNED_SHARP, OPTIONAL_ENGINE)
        judged.append(_ratio("sharp tuned by hand ÷ the optional engine: ", ratio, ENGINE_RATIO))
    return judged


def judge_quality(quality: Quality) -> list[Target]:
    """Return the promises about what the files look like and how large they are."""
    loss = quality.ssim_loss(PROJECT, DEFAULT_EFFORT)
    more = quality.more_bytes(PROJECT, DEFAULT_EFFORT)
    return [
        Target(
            f"SSIM of each variant at most {SSIM_LOSS} below full Lanczos at WebP's default effort",
            f"{-loss:+.4f}",
            loss <= SSIM_LOSS,
        ),
        Target(
            f"all four files at most {MORE_BYTES * 100:.0f} % larger than those",
            f"{more:+.1%}",
            more <= MORE_BYTES,
        ),
    ]


def judge_memory(peaks: dict[str, int]) -> list[Target]:
    """Return the promise about memory."""
    peak = peaks[PROJECT]
    promise = f"100 megapixels within {PEAK_BYTES / 10**6:.0f} MB"
    return [Target(promise, f"{peak / 10**6:.0f} MB", peak <= PEAK_BYTES)]


def judge_list(page: ListPage) -> list[Target]:
    """Return the promise about lists."""
    return [
        _ratio(
            "a page of the list, rows loaded: django-versatileimagefield ", page.ratio, LIST_RATIO
        )
    ]


def _ratio(what: str, ratio: float, wanted: float) -> Target:
    return Target(f"{what}at least {wanted:.1f} ×", f"{ratio:.2f} ×", ratio >= wanted)
