"""What each use case sends, and what has to be there before."""

from __future__ import annotations

import hashlib
from typing import Any

from gallery import ledger
from gallery.models import Image, MediaFile
from tests.faults.world import LIBRARY, World, picture

KEY: dict[str, Any] = {"HTTP_IDEMPOTENCY_KEY": "the-first"}
LARGE = bytes(range(256)) * 1100
RANGE = "bytes=1000-1999"


def upload(world: World) -> Any:
    return world.owner.post(f"{LIBRARY}/images/", {"file": picture("blue.png")}, "multipart")


def upload_with_key(world: World) -> Any:
    body = {"file": picture("blue.png")}
    return world.owner.post(f"{LIBRARY}/images/", body, "multipart", **KEY)


def bulk_upload(world: World) -> Any:
    files = [picture(name) for name in ("blue.png", "navy.png", "cyan.png")]
    return world.owner.post(f"{LIBRARY}/bulk-upload/", {"files": files}, "multipart")


def replace(world: World) -> Any:
    body = {"file": picture("blue.png")}
    return world.owner.put(f"{world.image_url}file/", body, "multipart")


def move(world: World) -> Any:
    body = {"focal_point": {"x": 0.1, "y": 0.9}}
    return world.owner.patch(world.image_url, body, format="json")


def hide(world: World) -> Any:
    return world.owner.patch(world.image_url, {"visibility": "private"}, format="json")


def delete(world: World) -> Any:
    return world.owner.delete(world.image_url)


def delete_attached(world: World) -> Any:
    return world.owner.delete(f"{LIBRARY}/images/{world.attached.pk}/?force=true")


def bulk_delete(world: World) -> Any:
    body = {"ids": [world.loose.pk, world.attached.pk]}
    return world.owner.post(f"{LIBRARY}/bulk-delete/?force=true", body, format="json")


def attach_upload(world: World) -> Any:
    return world.owner.post(world.album_url, {"file": picture("blue.png")}, "multipart")


def bulk_attach(world: World) -> Any:
    files = [picture("blue.png"), picture("navy.png")]
    return world.owner.post(f"{world.album_url}bulk_upload/", {"files": files}, "multipart")


def crop_here(world: World) -> Any:
    body = {"focal_point": {"x": 0.1, "y": 0.9}}
    return world.owner.patch(f"{world.album_url}{world.attached.pk}/", body, format="json")


def forget_renditions(world: World) -> None:
    """Leave the image as a process leaves it that died after its upload."""
    Image.objects.filter(pk=world.loose.pk).update(status="pending")
    ledger.queue_warming(world.loose.original_key)
    for name in ("thumb", "sm"):
        _lose(world, name)


def lose_rendition(world: World) -> None:
    """Leave one rendition unmade, as where it is made just in time."""
    _lose(world, "sm")


def _lose(world: World, name: str) -> None:
    file = MediaFile.objects.get(original__key=world.loose.original_key, rendition=name)
    file.delete()
    world.storage.delete(file.key)


def warm(world: World) -> Any:
    return world.owner.post(f"{world.image_url}warm/")


def begin_direct(world: World) -> Any:
    file = picture("blue.png")
    body = {"file_name": file.name, "content_type": "image/png", "file_size": file.size}
    return world.owner.post(f"{LIBRARY}/uploads/", body, format="json")


def begun_direct(world: World) -> None:
    """Announce the file."""
    world.notes["upload"] = begin_direct(world).json()


def send_direct(world: World) -> Any:
    data: Any = picture("blue.png").read()  # the stubs know of texts only
    url = world.notes["upload"]["url"]
    return world.owner.generic("PUT", url, data, content_type="image/png")


def sent_direct(world: World) -> None:
    """Announce the file and send it."""
    begun_direct(world)
    assert send_direct(world).status_code == 204


def complete_direct(world: World) -> Any:
    return world.owner.post(f"{_upload_url(world)}complete/")


def abort_direct(world: World) -> Any:
    return world.owner.delete(_upload_url(world))


def _upload_url(world: World) -> str:
    return f"{LIBRARY}/uploads/{world.notes['upload']['id']}/"


def enlarge_original(world: World) -> None:
    """Make the original too large to be sent at once."""
    original = MediaFile.objects.filter(key=world.loose.original_key)
    original.update(size=len(LARGE), sha256=hashlib.sha256(LARGE).hexdigest())
    (world.media_root / world.loose.original_key).write_bytes(LARGE)


def get_rendition(world: World) -> Any:
    return world.visitor.get(world.loose.rendition("sm").url)


def get_original(world: World) -> Any:
    return world.visitor.get(world.loose.file.url)


def get_range(world: World) -> Any:
    return world.visitor.get(world.loose.file.url, headers={"range": RANGE})


def list_images(world: World) -> Any:
    return world.owner.get(f"{LIBRARY}/images/")


def show(world: World) -> Any:
    return world.owner.get(world.image_url)


def list_gallery(world: World) -> Any:
    return world.owner.get(world.album_url)
