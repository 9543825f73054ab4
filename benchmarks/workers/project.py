"""This project: `imaging.render` on one original, and the four files written.

With the argument `vips` by the optional engine; with `pool` in a child process, as the warmer has
it done.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from benchmarks.variants import VARIANTS
from benchmarks.workers.media import MEDIA, stored_path
from benchmarks.workers.protocol import Files, rendering, serve
from gallery.imaging import engines
from gallery.imaging.bounded import Budget, DecoderPool
from gallery.imaging.render import Limits, Operation, OutputFormat, RenderRequest, render

LIMITS = Limits()
REQUESTS = [
    RenderRequest(
        Operation(variant.operation),
        variant.side,
        variant.side,
        OutputFormat.webp,
        variant.quality,
    )
    for variant in VARIANTS
]
# One child is all that one caller can keep busy.
POOL = DecoderPool(size=1, budget=Budget()) if "pool" in sys.argv[1:] else None


def make(photograph: Path) -> Files:
    """Read the original as the storage would, render and write what is made."""
    data = photograph.read_bytes()
    if POOL:
        rendered = POOL.render(data, REQUESTS, limits=LIMITS)
    else:
        rendered = render(BytesIO(data), REQUESTS, limits=LIMITS)
    files = {}
    for variant, result in zip(VARIANTS, rendered, strict=True):
        files[variant.name] = MEDIA / f"{variant.name}.webp"
        files[variant.name].write_bytes(result.data)
    return files


if __name__ == "__main__":
    if "vips" in sys.argv[1:]:
        engines.use("vips")
    serve(render=rendering(stored_path, make))
