"""People who change galleries at the same time, at random, and who waited for whom in vain."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from random import Random
from typing import Any, cast

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import User
from gallery.exceptions import GalleryError
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image
from gallery.services import attachments
from gallery.services.editing import update_image
from gallery.services.removal import delete_image
from gallery.services.uploads import replace_file
from tests.gallery.ledger.test_races import at_once
from tests.testapp.models import Album

AddImages = Callable[[int], list[Image]]
POINTS = [FocalPoint(30, 70), FocalPoint(10, 10), None]


def many(on_postgresql: int, elsewhere: int) -> int:
    return on_postgresql if connection.vendor == "postgresql" else elsewhere


def fresh(image: Image) -> Image:
    return Image.objects.get(pk=image.pk)


def assert_refused(results: list[Any], *errors: type[Exception]) -> None:
    """Show that nothing went wrong but what may."""
    wrong = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(error, errors) for error in wrong), wrong


EARLIER_SESSIONS = """
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND backend_start < %s
"""


def deadlocks() -> int:
    """Return how many PostgreSQL has found in this database; SQLite's writers queue up."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now = cursor.fetchone()
    # Its processes tell what they have counted when they end.
    connection.close()
    cast("Any", connection).close_pool()
    with connection.cursor() as cursor:
        for _ in range(100):
            cursor.execute(EARLIER_SESSIONS, now)
            if cursor.fetchone() is None:
                break
            time.sleep(0.05)
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        [count] = cursor.fetchone()
    return int(count)


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, *works: Callable[[], Any] | None
) -> list[Future[Any]]:
    """Begin a work each time that this thread calls `owner.name`, the next one the next time.

    The call goes on when the work is done, or has to wait.
    """
    original, here, left = getattr(owner, name), threading.current_thread(), deque(works)
    begun: list[Future[Any]] = []

    def run(work: Callable[[], Any], future: Future[Any]) -> None:
        [result] = at_once(work)
        future.set_result(result)

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        work = left.popleft() if left and threading.current_thread() is here else None
        if work is not None:
            begun.append(Future())
            threading.Thread(target=run, args=(work, begun[-1])).start()
            wait(begun[-1:], timeout=0.5)
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, name, interrupted)
    return begun


class Editor:
    """Somebody who changes a gallery by REST, at random."""

    def __init__(self, user: User, album: Album, images: Sequence[Image], seed: int) -> None:
        self.client, self.random = APIClient(), Random(seed)
        self.client.force_authenticate(user)
        self.url = f"/api/v1/images/orgs/acme/images/testapp/album/{album.pk}/"
        self.ids = [image.pk for image in images]
        self.answers: Counter[tuple[str, int]] = Counter()

    def work(self, rounds: int) -> Counter[tuple[str, int]]:
        verbs = ["attach", *["bulk_attach"] * 3, *["detach"] * 2, "bulk_detach", "patch"]
        verbs += ["reorder", "set_cover", "unset_cover"] * 2
        for _ in range(rounds):
            verb = self.random.choice(verbs)
            response = getattr(self, verb)()
            # As at the end of every request that is not a test's: others wait for it.
            connection.close()
            self.answers[verb, response.status_code] += 1
        return self.answers

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(self.url + path, body)

    def some(self) -> list[int]:
        return self.random.sample(self.ids, self.random.randint(1, 4))

    def one(self) -> int:
        return self.random.choice(self.ids)

    def attach(self) -> Any:
        return self.post("", image_ids=[self.one()])

    def bulk_attach(self) -> Any:
        return self.post("bulk_attach/", image_ids=self.some())

    def detach(self) -> Any:
        return self.client.delete(f"{self.url}{self.one()}/")

    def bulk_detach(self) -> Any:
        return self.post("bulk_detach/", image_ids=self.some()[:2])

    def reorder(self) -> Any:
        # All of them, if they are attached just now.
        return self.post("reorder/", image_ids=self.random.sample(self.ids, len(self.ids)))

    def set_cover(self) -> Any:
        return self.post("set_cover/", image_id=self.one())

    def unset_cover(self) -> Any:
        return self.post("unset_cover/")

    def patch(self) -> Any:
        body = {"order": self.random.randint(0, 5)}
        return self.client.patch(f"{self.url}{self.one()}/", body)


class Operator:
    """Somebody who does to images and galleries whatever has files made or retired."""

    def __init__(
        self, albums: Sequence[Album], images: Sequence[Image], file: bytes, seed: int
    ) -> None:
        self.albums, self.ids, self.file = albums, [image.pk for image in images], file
        self.random = Random(seed)

    def work(self, rounds: int) -> Counter[tuple[str, str]]:
        verbs = [self.crop, self.crop, self.crop, self.move, self.cover, self.replace, self.replace]
        verbs += [self.edit, self.attach, self.attach, self.detach, self.shuffle, self.delete]
        answers: Counter[tuple[str, str]] = Counter()
        for _ in range(rounds):
            verb, image_id = self.random.choice(verbs), self.random.choice(self.ids)
            try:
                verb(self.random.choice(self.albums), image_id)
            except (GalleryError, Image.DoesNotExist) as error:
                answers[verb.__name__, type(error).__name__] += 1
            else:
                answers[verb.__name__, "done"] += 1
            connection.close()
        return answers

    def crop(self, album: Album, image_id: int) -> None:
        point = self.random.choice(POINTS)
        attachments.update_relation(obj=album, image_id=image_id, focal_point=point)

    def move(self, album: Album, image_id: int) -> None:
        place, point = self.random.randint(0, 3), self.random.choice(POINTS)
        attachments.update_relation(obj=album, image_id=image_id, order=place, focal_point=point)

    def cover(self, album: Album, image_id: int) -> None:
        point = self.random.choice(POINTS)
        attachments.update_relation(obj=album, image_id=image_id, is_cover=True, focal_point=point)

    def replace(self, album: Album, image_id: int) -> None:
        file = SimpleUploadedFile("other.png", self.file)
        replace_file(image=Image.objects.get(pk=image_id), upload=file)

    def edit(self, album: Album, image_id: int) -> None:
        point = self.random.choice(POINTS) or FocalPoint.CENTER
        update_image(image=Image.objects.get(pk=image_id), focal_point=point)

    def attach(self, album: Album, image_id: int) -> None:
        point = self.random.choice(POINTS)
        image = Image.objects.get(pk=image_id)
        attachments.attach(obj=album, image=image, order=0, focal_point=point)

    def detach(self, album: Album, image_id: int) -> None:
        attachments.detach(obj=album, image_id=image_id)

    def shuffle(self, album: Album, image_id: int) -> None:
        ids = list(album.gallery.values_list("image", flat=True))
        attachments.reorder(obj=album, image_ids=self.random.sample(ids, len(ids)))

    def delete(self, album: Album, image_id: int) -> None:
        """Delete an image of the first half: the others stay to be quarrelled about."""
        if image_id in self.ids[: len(self.ids) // 2]:
            delete_image(image=Image.objects.get(pk=image_id), force=True)
