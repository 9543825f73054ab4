"""Say what was measured: in the terminal, and in docs/."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.chart import draw_chart
from benchmarks.contestants import BY_NAME, PROJECT
from benchmarks.list_page import TITLES
from benchmarks.machine import processor, versions
from benchmarks.paths import CHART, DOCUMENT, TEMPLATE
from benchmarks.photographs import HUGE
from benchmarks.quality import DEFAULT_EFFORT, LESS_EFFORT
from benchmarks.results import Results
from benchmarks.variants import VARIANTS
from benchmarks.workers.list_page import IMAGES

Row = Sequence[str]
_REFERENCES = (LESS_EFFORT, DEFAULT_EFFORT)


def to_terminal(results: Results) -> str:
    """Return the tables as text."""
    sections = [_text(_speed(results))]
    if PROJECT in results.times.names:
        sections.append(_text(_quality(results)))
    if results.peaks:
        sections.append(_text(_memory(results)))
    if results.page:
        sections.append(_text(_list_page(results)))
    if not results.has_all_sizes:
        sections.append("Speed is not judged: that takes photographs of all sizes.")
    if results.targets:
        sections.append(_text(_targets(results)))
    return "\n\n".join(sections)


def write(results: Results) -> None:
    """Write the document and its chart."""
    CHART.parent.mkdir(parents=True, exist_ok=True)
    ratios = {c.title: results.times.mean_cpu(c.name) for c in results.contestants}
    CHART.write_text(draw_chart(ratios, own=BY_NAME[PROJECT].title))
    tables = {
        "speed": _markdown(_speed(results)),
        "contestants": _markdown(_contestants(results)),
        "targets": _markdown(_targets(results)),
        "quality": _markdown(_quality(results)),
        "memory": _markdown(_memory(results)),
        "list": _markdown(_list_page(results)),
        "huge": "{}×{}".format(*HUGE),
        "megapixels": f"{HUGE[0] * HUGE[1] / 10**6:.0f}",
        "images": str(IMAGES),
        "machine": processor(),
        "versions": ", ".join(versions(results.contestants)),
        "rounds": str(results.rounds),
        "photographs": str(len({photograph for _, photograph in results.times.cpu})),
    }
    DOCUMENT.write_text(TEMPLATE.read_text().format_map(tables))


def _speed(results: Results) -> list[Row]:
    times, quality = results.times, results.quality
    own = times.mean_cpu(PROJECT) if PROJECT in times.names else None
    head = ["", *(f"CPU, {size}" for size in times.sizes), "CPU", "ratio", "time", "bytes", "SSIM"]
    rows: list[Row] = [head]
    for contestant in sorted(results.contestants, key=lambda c: times.mean_cpu(c.name)):
        name = contestant.name
        cpu = times.mean_cpu(name)
        rows.append(
            [
                contestant.title,
                *(_milliseconds(times.mean_cpu(name, size)) for size in times.sizes),
                _milliseconds(cpu),
                f"{cpu / own:.2f} ×" if own else "",
                _milliseconds(times.mean_wall(name)),
                f"{quality.mean_bytes(name) / 1000:.0f} kB",
                f"{quality.mean_ssim_of_whole(name):.4f}",
            ]
        )
    return rows


def _contestants(results: Results) -> list[Row]:
    return [["", "how"], *([c.title, c.how] for c in results.contestants)]


def _targets(results: Results) -> list[Row]:
    return [
        ["promised", "measured", ""],
        *([t.promise, t.measured, "kept" if t.is_met else "**missed**"] for t in results.targets),
    ]


def _quality(results: Results) -> list[Row]:
    quality = results.quality
    rows: list[Row] = [["variant", *_heads("SSIM"), *_heads("bytes")]]
    for variant in VARIANTS:
        own, size = (
            quality.mean_ssim(PROJECT, variant.name),
            quality.mean_bytes(PROJECT, variant.name),
        )
        likeness = [own - quality.mean_ssim(name, variant.name) for name in _REFERENCES]
        sizes = [size / quality.mean_bytes(name, variant.name) - 1 for name in _REFERENCES]
        rows.append(
            [
                variant.name,
                f"{own:.4f}",
                *(f"{difference:+.4f}" for difference in likeness),
                f"{size / 1000:.1f} kB",
                *(f"{difference:+.1%}" for difference in sizes),
            ]
        )
    return rows


def _heads(what: str) -> list[str]:
    return [what, "effort 2", "default effort"]


def _memory(results: Results) -> list[Row]:
    by_peak = sorted(results.peaks.items(), key=lambda item: item[1])
    return [
        ["", "peak of resident memory"],
        *([BY_NAME[name].title, f"{peak / 10**6:.0f} MB"] for name, peak in by_peak),
    ]


def _list_page(results: Results) -> list[Row]:
    page = results.page
    rows: list[Row] = [["", "rows loaded", "with the query", "answer"]]
    if page is None:
        return rows
    return rows + [
        [
            title,
            f"{page.loaded[name] * 1000:.1f} ms",
            f"{page.queried[name] * 1000:.1f} ms",
            f"{page.size[name] / 1000:.0f} kB",
        ]
        for name, title in TITLES.items()
    ]


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _text(rows: Iterable[Row]) -> str:
    rows = list(rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _markdown(rows: Iterable[Row]) -> str:
    head, *body = rows
    # Numbers stand below each other; words begin on the left.
    columns = list(zip(*body, strict=True))
    is_numeric = [all(cell[:1].isdigit() or cell[:1] in "+-" for cell in c) for c in columns]
    lines = [head, ["--:" if numeric else "---" for numeric in is_numeric], *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
