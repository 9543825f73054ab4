"""Originals that are nobody's row: files that lie in the storage, named by their keys.

They are adopted when their renditions are first made: checked, and recorded in the ledger under the
name of their source. The files stay as they are, and stay when the source is forgotten.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import default_storage

from gallery import ledger
from gallery.conf import gallery_settings
from gallery.exceptions import KeyTaken, OriginalGone, StorageUnavailable, TooLarge
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.formats import EXTENSIONS
from gallery.imaging.probe import ImageFacts
from gallery.imaging.render import Rendered
from gallery.models import MediaFile, Use
from gallery.renditions.decoders import decoders
from gallery.renditions.limits import decoding_limits
from gallery.renditions.sets import RenditionSet
from gallery.storage import media_storage, storage_errors
from gallery.validators import is_possible_key
from orgs.models import Viewer

Keys = str | Iterable[str] | Callable[[], Iterable[str]]
"""A folder of the storage like `"banners/"`; or keys; or a function that returns keys."""

MaySee = Callable[[Viewer, str], bool]
"""From who asks and the key of an original to whether they may see it and what is made of it."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
# A link that leads back up is followed so far and not for ever; the system follows 40.
_DEEPEST = 32


@dataclass(frozen=True, slots=True)
class KeySource:
    """Files that somebody else keeps in the storage."""

    name: str
    """As the ledger records it; without a dot, which the names of model fields have."""
    keys: Keys
    rendition_set: str
    visibility: str
    may_see: MaySee
    """Asked when the files are private."""

    @property
    def definition(self) -> tuple[str, str, str]:
        """What tells it from another source of its name."""
        keys = self.keys if isinstance(self.keys, str) else ""
        return keys or getattr(self.keys, "__qualname__", ""), self.rendition_set, self.visibility

    def find(self, object_id: object, *, is_locked: bool = False) -> AdoptedOriginal | None:
        """Return the adopted original with this id, or None when there is none."""
        rows = MediaFile.objects.of_object(self.name, object_id)
        rows = rows.select_for_update(no_key=True) if is_locked else rows
        row = rows.filter(original=None, state=MediaFile.State.LIVE).first()
        if row is None or not ledger.is_adopted(row):
            return None
        return AdoptedOriginal(self, row.key, (row.width, row.height))

    def pages(self, size: int) -> Iterator[list[AdoptedOriginal]]:
        """Yield all there are, adopted or not, some at a time; folders in the order of their keys.

        Raises:
            StorageUnavailable: the storage did not list a folder.
        """
        keys = iter(self._listed())
        while page := list(islice(keys, size)):
            yield [AdoptedOriginal(self, key) for key in dict.fromkeys(page)]

    def count(self) -> int:
        """Return about how many there are: as many as were adopted, unless they are written out."""
        if isinstance(self.keys, Sequence) and not isinstance(self.keys, str):
            return len(self.keys)
        return MediaFile.objects.filter(source=self.name, original=None).count()

    def adopt(self, key: str, specs: RenditionSet) -> dict[str, Rendered]:
        """Check the file `key` and record it; return its renditions by key, not stored yet.

        It is read once and decoded once.

        Raises:
            ImageRejected: it is no picture that is accepted, or its renditions' names are taken.
            DecodersBusy: every decoder had other pictures to do for too long.
            StorageUnavailable: the storage did not give the file.
            OriginalGone: there is no such file.
        """
        renditions = [spec.key_for(key) for spec in specs]
        base, dot, _ = key.rpartition(".")
        namesakes = {f"{base}.{each}" for each in EXTENSIONS} - {key} if dot else set()
        if MediaFile.objects.filter(key__in=namesakes, original=None).exists():
            raise KeyTaken
        ledger.refuse_taken(renditions, original=None)
        data = _read(key)
        requests = [spec.request(FocalPoint.CENTER) for spec in specs]
        taken = decoders().take_in(data, requests, limits=decoding_limits())
        ledger.adopt(self._row(key, data, taken.facts))
        return dict(zip(renditions, taken.renditions, strict=True))

    def _listed(self) -> Iterable[str]:
        if isinstance(self.keys, str):
            return _walk(self.keys)
        return self.keys() if callable(self.keys) else self.keys

    def _row(self, key: str, data: bytes, facts: ImageFacts) -> MediaFile:
        return MediaFile(
            key=key,
            source=self.name,
            visibility=self.visibility,
            content_type=facts.format.content_type,
            width=facts.width,
            height=facts.height,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
        )


@dataclass(frozen=True)  # without slots: the warmer looks for what was loaded, in `__dict__`
class AdoptedOriginal:
    """One original of a `KeySource`, adopted or about to be."""

    source: KeySource
    original_key: str
    original_size: tuple[int, int] = (0, 0)

    @property
    def object_id(self) -> str:
        """What its row says for a primary key."""
        return ledger.adopted_id(self.original_key)

    @property
    def focal_point(self) -> FocalPoint:
        """The middle: nobody has said anything else."""
        return FocalPoint.CENTER

    @property
    def rendition_set(self) -> str:
        """That of its source."""
        return self.source.rendition_set

    def uses(self) -> set[Use]:
        """Return the one way in which it is shown."""
        return {Use("", self.focal_point)}

    def media_visibility(self) -> str:
        """Return who may see the files: a `MediaFile.Visibility`."""
        return self.source.visibility

    def record_warming(self, error_code: str = "") -> None:
        """Do nothing: the ledger says how warming ended, and nobody else does."""

    def as_stored(self, *, is_locked: bool = False) -> AdoptedOriginal | None:
        """Return it if it is still adopted; with a lock on its row in the ledger."""
        return self.source.find(self.object_id, is_locked=is_locked)


def is_usable_key(key: object) -> bool:
    """Tell whether this may be the key of an original: in the storage, and spelled like one."""
    if not isinstance(key, str) or not is_possible_key(key):
        return False
    return posixpath.normpath(key) == key and not key.startswith(("/", "../")) and key != ".."


def _read(key: str) -> bytes:
    limit = gallery_settings().max_upload_bytes
    try:
        with storage_errors(), media_storage().open(key) as file:
            data: bytes = file.read(limit + 1)
    except StorageUnavailable as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise OriginalGone from error
        raise
    if len(data) > limit:
        raise TooLarge(f"The file is larger than {limit} bytes.", limit=limit)
    return data


def _walk(folder: str) -> Iterator[str]:
    """Yield the keys in a folder and below in their order, with one listing in memory for each."""
    try:
        with storage_errors():
            folders, files = default_storage.listdir(folder)
    except StorageUnavailable as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return  # as on S3, where a folder is nothing but the keys in it
        raise
    for name in sorted([*files, *(f"{each}/" for each in folders)]):
        key = f"{folder}{name}"
        if not key.endswith("/"):
            yield key
        elif key.count("/") <= _DEEPEST:
            yield from _walk(key)


_key_sources: dict[str, KeySource] = {}


def nobody(_user: Viewer, _key: str) -> bool:
    """Let nobody see private files."""
    return False


def register(
    name: str, *, keys: Keys, rendition_set: str, visibility: str, may_see: MaySee = nobody
) -> None:
    """Do what `gallery.register_source` says."""
    if not _NAME.fullmatch(name):
        raise ImproperlyConfigured(
            f"{name!r} cannot be the name of a source: lower-case letters, digits, '-' and '_'."
        )
    if visibility not in MediaFile.Visibility.values:
        raise ImproperlyConfigured(f"{name}: visibility is public or private, not {visibility!r}.")
    if isinstance(keys, str):
        keys = f"{keys.rstrip('/')}/"
        if not is_usable_key(keys[:-1]):
            raise ImproperlyConfigured(f"{name}: {keys!r} is no folder of the storage.")
    elif isinstance(keys, Iterator):
        raise ImproperlyConfigured(f"{name}: keys can be gone through once; give a function.")
    source = KeySource(name, keys, rendition_set, visibility, may_see)
    # A module that is imported twice registers the same twice.
    if _key_sources.setdefault(name, source).definition != source.definition:
        raise ImproperlyConfigured(f"There is a source {name!r} already, which is another.")


def key_sources() -> dict[str, KeySource]:
    """Return every registered source by name."""
    return dict(sorted(_key_sources.items()))
