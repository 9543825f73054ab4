"""Draw the bars of docs/images/benchmarks.svg by hand."""

from __future__ import annotations

from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT = 808, 250, 130
TOP, ROW, BAR = 56, 30, 18

# The page behind it may be white or dark, and its colours are not ours to ask for: those of the
# text follow what the reader prefers, those of the bars are seen on both.
STYLE = """\
    text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f; }
    .title { font-size: 15px; font-weight: 600; }
    .note, .value { fill: #57606a; }
    .name.own { font-weight: 600; }
    .bar { fill: #8c959f; }
    .bar.own { fill: #2da44e; }
    .axis { stroke: #8c959f; stroke-opacity: 0.5; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .note, .value { fill: #9198a1; }
      .bar { fill: #6e7681; }
      .bar.own { fill: #3fb950; }
    }"""


def draw_chart(seconds: dict[str, float], *, own: str) -> str:
    """Return the chart of CPU seconds by title; `own` is the one they are compared with."""
    height = TOP + ROW * len(seconds) + 12
    longest = max(seconds.values())
    bars = [
        _bar(place, title, value, (WIDTH - LEFT - RIGHT) * value / longest, own, seconds[own])
        for place, (title, value) in enumerate(sorted(seconds.items(), key=lambda item: item[1]))
    ]
    label = "CPU time for the four files of one photograph; shorter is better"
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" \
height="{height}" role="img" aria-label="{label}">
  <style>
{STYLE}
  </style>
  <text class="title" x="8" y="22">CPU time for the four files of one photograph</text>
  <text class="note" x="8" y="42">milliseconds, and how many times those of this project; \
shorter is better</text>
  <path class="axis" d="M{LEFT} {TOP}V{height - 12}"/>
{"".join(bars)}</svg>
"""


def _bar(
    place: int, title: str, seconds: float, length: float, own: str, own_seconds: float
) -> str:
    top = TOP + ROW * place + (ROW - BAR) // 2
    middle = top + BAR - 5
    # Other ways of the one that is compared with have its name first, and its colour.
    mark = " own" if title.startswith(own) else ""
    value = f"{seconds * 1000:.0f} ms"
    if title != own:
        value += f" · {seconds / own_seconds:.2f}×"
    return (
        f'  <text class="name{mark}" x="{LEFT - 10}" y="{middle}" text-anchor="end">'
        f"{escape(title)}</text>\n"
        f'  <rect class="bar{mark}" x="{LEFT}" y="{top}" width="{length:.1f}" height="{BAR}"'
        ' rx="2"/>\n'
        f'  <text class="value" x="{LEFT + length + 8:.1f}" y="{middle}">{value}</text>\n'
    )
