"""Does the storage agree with the ledger? One walk over the files, then one over the live rows.

Files come and go meanwhile, so whatever looks wrong is looked at again before it is said.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from gallery.exceptions import StorageUnavailable
from gallery.ledger.users import user_of
from gallery.models import MediaFile
from gallery.storage import INCOMING, StoredFile, media_storage, storage_errors

# Of files in one question to the ledger; S3 lists a thousand at a time.
PAGE = 500
_CHUNK = 256 * 1024
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_OURS = re.compile(rf"(?:{INCOMING}/{_UUID}|.+/\d{{4}}/\d\d/\d\d/{_UUID}[._][^/]+)")

State = MediaFile.State


class Kind(StrEnum):
    """What is wrong with one file."""

    missing = "missing"
    """A live row without its file."""
    wrong_size = "wrong_size"
    wrong_checksum = "wrong_checksum"
    unrecorded = "unrecorded"
    """An object refers to a file that the ledger does not know."""
    unknown = "unknown"
    """A file of ours that nobody knows."""
    foreign = "foreign"
    """A file in a folder of ours that we cannot have put there: not wrong, and never touched."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One file that is not as the ledger has it."""

    kind: Kind
    key: str
    file: MediaFile
    """Its row; for a file without one, the row that it would need."""

    @property
    def is_lost(self) -> bool:
        """Whether it is an original that nobody can make again."""
        has_row = self.kind in {Kind.missing, Kind.wrong_size, Kind.wrong_checksum}
        return has_row and self.file.is_original


Look = Callable[[int], object]


def verify(
    folders: Sequence[str],
    *,
    sources: Sequence[str],
    others: Sequence[str] = (),
    is_deep: bool = False,
    look: Look = lambda _: None,
) -> Iterator[Finding]:
    """Yield everything that is wrong, in memory that does not grow with the number of files.

    Args:
        folders: where our files are, like `images/`.
        sources: names of the sources whose objects may refer to an original.
        others: folders in which files of others are, to be left out.
        is_deep: read every file and compare its checksum too.
        look: called with the number of files or rows that were looked at.

    Raises:
        StorageUnavailable: the storage did not answer.
    """
    seen = _Numbers()
    for folder in dict.fromkeys(folders):
        with storage_errors():
            files = media_storage().walk(folder)
        while page := _next_page(files):
            ours = [file for file in page if not file.key.startswith(tuple(others))]
            yield from _compare(ours, sources, seen)
            look(len(page))
    for rows in _live_pages():
        for row in rows:
            yield from _check_row(row, is_seen=row.pk in seen, is_deep=is_deep)
        look(len(rows))


class _Numbers:
    """A set of primary keys, one bit for each."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, number: int) -> None:
        place = number >> 3
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 4096 - len(self._bits)))
        self._bits[place] |= 1 << (number & 7)

    def __contains__(self, number: int) -> bool:
        place = number >> 3
        return place < len(self._bits) and bool(self._bits[place] & 1 << (number & 7))


def _next_page(files: Iterator[StoredFile]) -> list[StoredFile]:
    with storage_errors():
        return list(islice(files, PAGE))


def _compare(files: list[StoredFile], sources: Sequence[str], seen: _Numbers) -> Iterator[Finding]:
    rows = MediaFile.objects.filter(key__in=[file.key for file in files]).in_bulk(field_name="key")
    for file in files:
        row = rows.get(file.key)
        if row is None:
            yield from _without_row(file, sources)
        elif row.state != State.LIVE or row.size == file.size:
            seen.add(row.pk)  # else the walk over the rows looks at it again


def _without_row(file: StoredFile, sources: Sequence[str]) -> Iterator[Finding]:
    """Look again at a file without a row: a row comes before its file, and goes after it."""
    current = _stat(file.key)
    # Not by its time: a bucket's listing has fractions of seconds that its headers have not.
    is_still_there = current is not None and current.size == file.size
    if not is_still_there or MediaFile.objects.filter(key=file.key).exists():
        return
    row = MediaFile(key=file.key, size=file.size, width=0, height=0)
    for source in sources:
        row.source = source
        if user_of(row) is not None:
            yield Finding(Kind.unrecorded, file.key, row)
            return
    row.source = ""
    kind = Kind.unknown if _OURS.fullmatch(file.key) else Kind.foreign
    yield Finding(kind, file.key, row)


def _live_pages() -> Iterator[list[MediaFile]]:
    last = 0
    live = MediaFile.objects.filter(state=State.LIVE).order_by("pk")
    while page := list(live.filter(pk__gt=last)[:PAGE]):
        yield page
        last = page[-1].pk


def _check_row(row: MediaFile, *, is_seen: bool, is_deep: bool) -> Iterator[Finding]:
    kind = None if is_seen else _kind_by_size(row)
    if kind is None and is_deep and _sha256(row) != row.sha256:
        kind = Kind.wrong_checksum
    if kind is None:
        return
    same = MediaFile.objects.filter(pk=row.pk, state=State.LIVE, size=row.size, sha256=row.sha256)
    if same.exists():
        yield Finding(kind, row.key, row)


def _kind_by_size(row: MediaFile) -> Kind | None:
    found = _stat(row.key)
    if found is None:
        return Kind.missing
    return None if found.size == row.size else Kind.wrong_size


def _stat(key: str) -> StoredFile | None:
    try:
        with storage_errors():
            return media_storage().stat(key)
    except StorageUnavailable as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        raise


def _sha256(row: MediaFile) -> str:
    """Return the digest of a stored file, read a piece at a time."""
    digest = hashlib.sha256()
    try:
        with (
            storage_errors(),
            media_storage().open_part(row.key, first=0, length=row.size) as content,
        ):
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
    except StorageUnavailable as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
    return digest.hexdigest()
