"""Files of somebody else's in the storage, for the tests of what is done with them."""

from __future__ import annotations

from pathlib import Path

from gallery.renditions.backfill import Outcome, make
from gallery.renditions.shortages import Selection, shortages
from gallery.renditions.sources import sources
from tests.conftest import Upload

ALL = Selection()


def keep(media_root: Path, upload: Upload, *names: str, size: tuple[int, int] = (400, 300)) -> None:
    """Put pictures into the storage, past the gallery."""
    for name in names:
        path = media_root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(upload(path.name, size).read())


def make_all(source: str, selection: Selection = ALL) -> list[Outcome]:
    """Make what the originals of a source lack."""
    todo = shortages([sources()[source]], selection, look=lambda _: None)
    return [make(shortage, selection) for shortage in todo]


def errors_of(outcomes: list[Outcome]) -> dict[str, str]:
    """Return why some were not made, by key."""
    return {each.shortage.key: each.error for each in outcomes if each.error}
