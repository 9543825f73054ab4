"""What the answer of each use case promises, shown before anything is swept or finished."""

from __future__ import annotations

import hashlib

from gallery.models import Image, MediaFile
from tests.faults.requests import LARGE
from tests.faults.world import Answer, State, World
from tests.gallery.api.harness import laid_out

OUTAGE = "storage_unavailable"


def uploaded(world: World, answer: Answer) -> None:
    [image] = world.new_images()
    assert answer.json["id"] == image.pk
    assert (image.status, image.error) in {("ready", ""), ("failed", OUTAGE)}
    assert answer.json["status"] == image.status


def bulk_uploaded(world: World, answer: Answer) -> None:
    ids = [image.pk for image in world.new_images()]
    assert [image["id"] for image in answer.json["images"]] == ids
    assert answer.json["uploaded"] == len(ids)
    assert {error["code"] for error in answer.json["errors"]} <= {OUTAGE}
    assert len(ids) + len(answer.json["errors"]) == 3


def replaced(world: World, answer: Answer) -> None:
    world.loose.refresh_from_db()
    [former, *_] = world.before.images[world.loose.pk]
    assert answer.json["object_key"] == world.loose.original_key != former
    assert world.get(former).status == 200  # until its grace period ends
    assert world.get(world.loose.original_key).status == 200


def moved(world: World, answer: Answer) -> None:
    assert str(Image.objects.get(pk=world.loose.pk).focal_point) == "10x90"
    _is_cropped(answer.json["variants"])


def hidden(world: World, answer: Answer) -> None:
    assert answer.json["visibility"] == "private"
    assert world.get(world.loose.original_key).status == 404
    assert world.get(world.loose.rendition("sm").key).status == 404


def deleted(world: World, answer: Answer) -> None:
    _gone(world, world.loose)


def deleted_attached(world: World, answer: Answer) -> None:
    _gone(world, world.attached)
    assert laid_out(world.album) == ([], None)


def bulk_deleted(world: World, answer: Answer) -> None:
    if world.before.images:
        assert sorted(answer.json["deleted"]) == sorted(world.before.images)
    for image in (world.loose, world.attached):
        _gone(world, image)
    assert laid_out(world.album) == ([], None)


def _gone(world: World, image: Image) -> None:
    assert not Image.objects.filter(pk=image.pk).exists()
    assert world.get(image.original_key).status == 404
    for rendition in image.renditions():
        assert world.get(rendition.key).status == 404


def attached(world: World, answer: Answer) -> None:
    [image] = world.new_images()
    assert answer.json["image"]["id"] == image.pk
    assert laid_out(world.album) == ([world.attached.pk, image.pk], world.attached.pk)


def bulk_attached(world: World, answer: Answer) -> None:
    ids = [image.pk for image in world.new_images()]
    assert answer.json["uploaded"] == len(ids)
    assert len(ids) + len(answer.json["errors"]) == 2
    assert laid_out(world.album) == ([world.attached.pk, *ids], world.attached.pk)


def cropped_here(world: World, answer: Answer) -> None:
    _is_cropped(answer.json["variants"])
    assert "thumb-10x90" not in answer.json["image"]["variants"]["thumb"]


def _is_cropped(variants: dict[str, str]) -> None:
    """Show the crop on the new point, or, while it cannot be made, the original."""
    thumb = variants["thumb"]
    assert "thumb-10x90" in thumb or thumb == variants["original"]


def warmed(world: World, answer: Answer) -> None:
    world.loose.refresh_from_db()
    image = world.loose
    assert (image.status, image.error) in {("ready", ""), ("failed", OUTAGE)}
    assert answer.json["status"] == image.status


def begun(world: World, answer: Answer) -> None:
    assert answer.json["url"]


def sent(world: World, answer: Answer) -> None:
    key = f"incoming/{world.notes['upload']['id']}"
    assert (world.media_root / key).is_file()


def aborted(world: World, answer: Answer) -> None:
    assert State.now().uploads == {}


def whole_rendition(world: World, answer: Answer) -> None:
    _whole(world, answer, world.loose.rendition("sm").key)


def whole_original(world: World, answer: Answer) -> None:
    _whole(world, answer, world.loose.original_key)


def _whole(world: World, answer: Answer, key: str) -> None:
    file = MediaFile.objects.get(key=key, state="live")
    assert hashlib.sha256(answer.body).hexdigest() == file.sha256
    assert int(answer.headers["Content-Length"]) == file.size == len(answer.body)


def whole_range(world: World, answer: Answer) -> None:
    assert answer.body == LARGE[1000:2000]


def listed(world: World, answer: Answer) -> None:
    assert {image["id"] for image in answer.json["results"]} == set(world.before.images)


def shown(world: World, answer: Answer) -> None:
    assert answer.json["id"] == world.loose.pk


def gallery_listed(world: World, answer: Answer) -> None:
    assert [each["image"]["id"] for each in answer.json["results"]] == [world.attached.pk]
