"""A storage that fails at the operation that a test names, in the way that it names."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum, auto
from pathlib import Path
from typing import Any, TypeVar

from django.core.files.base import File

from gallery.storage import LocalStorage, StableUrlMixin, StoredFile
from tests.gallery.heart import StorageBroken

Result = TypeVar("Result")


class Fault(StrEnum):
    """How an operation fails."""

    before = auto()
    """Nothing was done."""
    after = auto()
    """All was done, and the reply was lost."""
    timeout = auto()
    """Half was done, where there are halves."""
    down = auto()
    """Nothing was done, nor is anything from then on."""


class Faults:
    """Count operations, and say which of them fails."""

    def __init__(self) -> None:
        self.operations: list[str] = []
        self._at, self._fault = 0, Fault.before

    def plan(self, at: int, fault: Fault) -> None:
        """Let the operation number `at` from now on fail."""
        self.operations.clear()
        self._at, self._fault = at, fault

    def heal(self) -> None:
        """Let nothing fail."""
        self._at = 0

    def next(self, name: str) -> Fault | None:
        """Return how the operation that begins is to fail."""
        self.operations.append(name)
        number = len(self.operations)
        is_down = self._fault is Fault.down and 0 < self._at <= number
        return self._fault if is_down or number == self._at else None

    def do(
        self,
        name: str,
        whole: Callable[[], Result],
        half: Callable[[], object] = lambda: None,
    ) -> Result:
        """Do `whole`, unless it is to fail."""
        fault = self.next(name)
        if fault in {Fault.before, Fault.down}:
            raise StorageBroken(name)
        if fault is Fault.timeout:
            half()
            raise TimeoutError(name)
        result = whole()
        if fault is Fault.after:
            if isinstance(result, File):
                result.close()
            raise StorageBroken(name)
        return result


class FaultyReader:
    """An open file whose reading is an operation too."""

    def __init__(self, file: Any, faults: Faults) -> None:
        self._file = file
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def read(self, size: int = -1) -> bytes:
        """Read; half of it where that is how it fails."""
        data: bytes = self._faults.do(
            "read some", lambda: self._file.read(size), lambda: self._file.read(max(size, 2) // 2)
        )
        return data


class FaultyStorage(StableUrlMixin):
    """Files on this machine, behind something that fails as a network does.

    It has ACLs, as buckets have, so that those may fail as well: `public` are the keys of the files
    that it would give to everybody.
    """

    bucket_label: str | None = None
    direct_uploads: None = None
    has_acls = True

    def __init__(self) -> None:
        self._disk = LocalStorage()
        self.faults = Faults()
        self.public: set[str] = set()

    def put(self, key: str, data: bytes, *, content_type: str, is_public: bool = False) -> None:
        def whole() -> None:
            self._disk.put(key, data, content_type=content_type)
            self._expose(key, is_public=is_public)

        self.faults.do("put", whole, lambda: self._leave_half(data))

    def receive(self, key: str, chunks: Iterable[bytes]) -> None:
        self.faults.do(
            "receive",
            lambda: self._disk.receive(key, chunks),
            lambda: self._leave_half(next(iter(chunks))),
        )

    def read(self, key: str) -> bytes:
        return self.faults.do("read", lambda: self._disk.read(key))

    def open(self, name: str, mode: str = "rb") -> File[Any]:
        return self.faults.do("open", lambda: self._watched(self._disk.open(name, mode)))

    def open_part(self, key: str, *, first: int, length: int) -> File[Any]:
        def whole() -> File[Any]:
            return self._watched(self._disk.open_part(key, first=first, length=length))

        return self.faults.do("open_part", whole)

    def stat(self, key: str) -> StoredFile:
        return self.faults.do("stat", lambda: self._disk.stat(key))

    def exists(self, name: str) -> bool:
        return self.faults.do("exists", lambda: self._disk.exists(name))

    def size(self, name: str) -> int:
        return self.faults.do("size", lambda: self._disk.size(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        return self.faults.do("listdir", lambda: self._disk.listdir(path))

    def get_modified_time(self, name: str) -> datetime:
        return self.faults.do("get_modified_time", lambda: self._disk.get_modified_time(name))

    def walk(self, folder: str) -> Iterator[StoredFile]:
        found = list(self._disk.walk(folder))
        fault = self.faults.next("walk")
        given = {None: len(found), Fault.after: len(found), Fault.timeout: len(found) // 2}
        yield from found[: given.get(fault, 0)]
        if fault is not None:
            raise StorageBroken("walk")

    def delete(self, name: str) -> None:
        def whole() -> None:
            self._disk.delete(name)
            self.public.discard(name)

        self.faults.do("delete", whole)

    def set_acl(self, key: str, *, is_public: bool) -> None:
        self.faults.do("set_acl", lambda: self._expose(key, is_public=is_public))

    def discard_unfinished(self, *, older_than: timedelta) -> int:
        return self.faults.do(
            "discard_unfinished", lambda: self._disk.discard_unfinished(older_than=older_than)
        )

    def path(self, name: str) -> str:
        return self._disk.path(name)

    def public_url(self, key: str) -> str | None:
        return self._disk.public_url(key)

    def temporary_url(self, key: str, *, seconds: int, **headers: str) -> str | None:
        return self._disk.temporary_url(key, seconds=seconds, **headers)

    def location_for(self, key: str, *, prefix: str) -> str:
        return self._disk.location_for(key, prefix=prefix)

    def _watched(self, content: File[Any]) -> File[Any]:
        reader: Any = FaultyReader(content.file, self.faults)
        return File(reader, name=content.name)

    def _expose(self, key: str, *, is_public: bool) -> None:
        if is_public and self._disk.exists(key):
            self.public.add(key)
        else:
            self.public.discard(key)

    def _leave_half(self, data: bytes) -> None:
        """Leave what a process leaves that is killed while it writes."""
        folder = Path(self._disk.location) / ".incoming"
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, _ = tempfile.mkstemp(dir=folder)
        os.write(descriptor, data[: len(data) // 2])
        os.close(descriptor)
