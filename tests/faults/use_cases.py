"""Every use case that a failing storage may meet: what is sent, and what an answer promises.

Another one is another entry of `USE_CASES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.faults import checks, requests
from tests.faults.world import Answer, World

Check = Callable[[World, Answer], None]
# Of one image: its original and two renditions.
PUTS = ("put",) * 3
DELETES = ("delete",) * 3


@dataclass(frozen=True, slots=True)
class UseCase:
    """One request, and what becomes of it when the storage fails."""

    name: str
    send: Callable[[World], Any]
    status: int
    """Of the answer when all goes well, and whenever the failure is mended later."""
    check: Check
    """Shows what an answer with that status promises, at once."""
    operations: tuple[str, ...] = ()
    """Those of the storage when nothing fails."""
    refused_at: frozenset[int] = frozenset()
    """The operations without which the answer is 503, counted from 1."""
    refused_when_down_from: frozenset[int] | None = None
    """Those from which on an outage makes it 503, where that is something else."""
    broken_at: frozenset[int] = frozenset()
    """The operations whose failure breaks the answer off."""
    prepare: Callable[[World], object] = lambda _: None
    again: int | None = None
    """The status of the same request when it succeeded before, where that is another."""
    is_lazy: bool = False
    """Whether a rendition may be missing until somebody asks for it."""
    is_short_lived: bool = False
    """Whether what it is about expires, so that it is sent again before that."""

    def __str__(self) -> str:
        return self.name


def first(count: int) -> frozenset[int]:
    """Return the numbers of the first operations."""
    return frozenset(range(1, count + 1))


USE_CASES = [
    UseCase("upload", requests.upload, 201, checks.uploaded, operations=PUTS, refused_at=first(1)),
    UseCase(
        "upload with a key",
        requests.upload_with_key,
        201,
        checks.uploaded,
        operations=PUTS,
        refused_at=first(1),
    ),
    UseCase(
        "bulk upload",
        requests.bulk_upload,
        201,
        checks.bulk_uploaded,
        operations=PUTS * 3,
        refused_when_down_from=first(1),
    ),
    UseCase(
        "replace", requests.replace, 200, checks.replaced, operations=PUTS, refused_at=first(1)
    ),
    UseCase("move focal point", requests.move, 200, checks.moved, operations=("read", "put")),
    UseCase("hide", requests.hide, 200, checks.hidden, operations=("set_acl",) * 3),
    UseCase("delete", requests.delete, 204, checks.deleted, operations=DELETES, again=404),
    UseCase(
        "delete attached",
        requests.delete_attached,
        204,
        checks.deleted_attached,
        operations=DELETES,
        again=404,
    ),
    UseCase("bulk delete", requests.bulk_delete, 200, checks.bulk_deleted, operations=DELETES * 2),
    UseCase(
        "attach an upload",
        requests.attach_upload,
        201,
        checks.attached,
        operations=PUTS,
        refused_at=first(1),
    ),
    UseCase(
        "bulk upload to a gallery",
        requests.bulk_attach,
        201,
        checks.bulk_attached,
        operations=PUTS * 2,
        refused_when_down_from=first(1),
    ),
    UseCase(
        "crop in a gallery",
        requests.crop_here,
        200,
        checks.cropped_here,
        operations=("read", "put"),
    ),
    UseCase(
        "warm",
        requests.warm,
        200,
        checks.warmed,
        operations=("read", "put", "put"),
        prepare=requests.forget_renditions,
    ),
    UseCase("begin a direct upload", requests.begin_direct, 201, checks.begun, is_short_lived=True),
    UseCase(
        "send a direct upload",
        requests.send_direct,
        204,
        checks.sent,
        operations=("receive",),
        refused_at=first(1),
        prepare=requests.begun_direct,
        is_short_lived=True,
    ),
    UseCase(
        "complete a direct upload",
        requests.complete_direct,
        201,
        checks.uploaded,
        operations=("stat", "read", *PUTS, "delete"),
        refused_at=first(3),
        prepare=requests.sent_direct,
        is_short_lived=True,
    ),
    UseCase(
        "abort a direct upload",
        requests.abort_direct,
        204,
        checks.aborted,
        operations=("delete",),
        prepare=requests.sent_direct,
        again=404,
    ),
    UseCase(
        "get a rendition for the first time",
        requests.get_rendition,
        200,
        checks.whole_rendition,
        operations=("read", "put", "open_part", "read some"),
        refused_at=first(4),
        prepare=requests.lose_rendition,
        is_lazy=True,
    ),
    UseCase(
        "get an original",
        requests.get_original,
        200,
        checks.whole_original,
        operations=("open_part", "read some"),
        refused_at=first(2),
    ),
    UseCase(
        "get a large original",
        requests.get_original,
        200,
        checks.whole_original,
        operations=("open_part", *("read some",) * 5),
        refused_at=first(1),
        broken_at=frozenset(range(2, 7)),
        prepare=requests.enlarge_original,
    ),
    UseCase(
        "get a range",
        requests.get_range,
        206,
        checks.whole_range,
        operations=("open_part", "read some"),
        refused_at=first(2),
        prepare=requests.enlarge_original,
    ),
    # Reading never touches storage.
    UseCase("list", requests.list_images, 200, checks.listed),
    UseCase("show", requests.show, 200, checks.shown),
    UseCase("list a gallery", requests.list_gallery, 200, checks.gallery_listed),
]
