"""What both list pages share: how many rows, what they say, and how the answer is timed."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

from benchmarks.variants import VARIANTS
from benchmarks.workers.protocol import Command

IMAGES = 100


def facts(number: int) -> dict[str, Any]:
    """Return the plain fields of one image, the same for everybody."""
    return {
        "status": "ready",
        "width": 4000,
        "height": 3000,
        "title": f"Photograph {number}",
        "alt_text": f"A pagoda above a lake, seen from place {number}",
        "description": "Taken in the morning, before the others came. " * 4,
        "file_name": f"IMG_{number:04}.jpg",
        "file_size": 3_000_000 + number,
        "content_type": "image/jpeg",
        "md5": f"{number:032x}",
        "sha256": f"{number:064x}",
        "placeholder_color": "#8899aa",
        "placeholder_thumbhash": "HBkSHYSIeHiPiHh8eJd4eTN0EEQG",
    }


def key(number: int) -> str:
    """Return where the original of one image is stored."""
    return f"images/2026/11/21/{number:08x}-0000-4000-8000-000000000000.jpg"


def timing(
    load: Callable[[], list[Any]], answer: Callable[[list[Any]], bytes], *, mark: bytes
) -> Command:
    """Return the command that times the answer: on rows in memory, and with the query.

    `mark` is what every URL of a made file has in it.
    """

    def command(repeats: str) -> dict[str, Any]:
        loaded, queried = [], []
        body = b""
        for _ in range(int(repeats)):
            gc.collect()
            started = time.process_time()
            rows = load()
            between = time.process_time()
            body = answer(rows)
            ended = time.process_time()
            loaded.append(ended - between)
            queried.append(ended - started)
        _check(body, mark)
        return {"loaded": min(loaded), "queried": min(queried), "bytes": len(body)}

    return command


def _check(body: bytes, mark: bytes) -> None:
    """Make sure that the answer has every URL."""
    urls = body.count(mark)
    if urls < IMAGES * len(VARIANTS):
        raise ValueError(f"The answer has {urls} URLs of files only.")
