"""What every use case begins with: a library, a gallery, clients, and the storage that fails."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image as PillowImage
from rest_framework.test import APIClient

from gallery import ledger, tasks
from gallery.exceptions import StorageUnavailable
from gallery.models import (
    DirectUpload,
    Image,
    MediaFile,
    PolymorphicImageRelation,
    RenditionClaim,
)
from gallery.renditions.warmer import wanted_renditions
from gallery.services.attachments import attach
from gallery.storage import media_url
from orgs.models import Role
from tests.factories import MembershipFactory, OrganizationFactory
from tests.faults.storage import Faults, FaultyStorage
from tests.gallery import heart
from tests.gallery.heart import assert_nothing_lost, keys, on_disk, uploaded
from tests.testapp.models import Album

LIBRARY = "/api/v1/images/orgs/acme"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that was read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_broken: bool
    """Whether the connection broke off in the middle of the body."""
    json: Any = None

    @classmethod
    def of(cls, response: Any) -> Answer:
        """Read it."""
        body, is_broken = b"", False
        try:
            for chunk in response.streaming_content if response.streaming else [response.content]:
                body += chunk
        except (StorageUnavailable, EOFError):
            is_broken = True
        finally:
            response.close()
        is_json = "json" in response.headers.get("Content-Type", "")
        parsed = response.json() if is_json else None
        return cls(response.status_code, response.headers, body, is_broken, parsed)


@dataclass(frozen=True, slots=True)
class State:
    """What clients can see of the library and the gallery."""

    images: dict[int, tuple[Any, ...]]
    relations: list[tuple[Any, ...]]
    uploads: dict[Any, int | None]

    @classmethod
    def now(cls) -> State:
        """Look."""
        images = Image.objects.values_list("pk", "file", "ppoi", "visibility", "sha256", "title")
        relations = PolymorphicImageRelation.objects.order_by("pk")
        uploads = DirectUpload.objects.values_list("pk", "image")
        return cls(
            {pk: tuple(rest) for pk, *rest in images},
            list(relations.values_list("image", "object_id", "order", "is_cover", "ppoi")),
            dict(uploads),
        )


@dataclass
class World:
    """One organisation with a loose image and one in an album."""

    media_root: Path
    owner: APIClient
    visitor: Client
    album: Album
    loose: Image
    attached: Image
    before: State
    notes: dict[str, Any] = field(default_factory=dict)
    """What a use case prepared for its request."""

    @property
    def storage(self) -> FaultyStorage:
        """The one that fails."""
        return cast("FaultyStorage", default_storage)

    @property
    def faults(self) -> Faults:
        """What it does when."""
        return self.storage.faults

    @property
    def album_url(self) -> str:
        """Where the gallery of the album is."""
        return f"{LIBRARY}/images/testapp/album/{self.album.pk}/"

    @property
    def image_url(self) -> str:
        """Where the loose image is."""
        return f"{LIBRARY}/images/{self.loose.pk}/"

    def get(self, key: str, **headers: str) -> Answer:
        """Ask the media proxy for a file, as somebody without credentials."""
        url = media_url(key, is_public=True)
        return Answer.of(self.visitor.get(url, headers=headers))

    def new_images(self) -> list[Image]:
        """Return the images that were not there before."""
        return list(Image.objects.exclude(pk__in=self.before.images).order_by("pk"))


def build_world(media_root: Path) -> World:
    """Make one."""
    organization = OrganizationFactory.create(slug="acme")
    membership = MembershipFactory.create(organization=organization, role=Role.OWNER)
    owner = APIClient(raise_request_exception=False)
    owner.force_authenticate(membership.user)
    album = Album.objects.create(organization=organization)
    loose = uploaded(organization, picture("red.png"))
    attached = uploaded(organization, picture("lime.png"))
    attach(obj=album, image=attached)
    visitor = Client(raise_request_exception=False)
    return World(media_root, owner, visitor, album, loose, attached, State.now())


def picture(name: str) -> SimpleUploadedFile:
    """Draw a small picture in the colour that its name says."""
    buffer = BytesIO()
    PillowImage.new("RGB", (24, 16), name.partition(".")[0]).save(buffer, "PNG")
    return SimpleUploadedFile(name, buffer.getvalue(), content_type="image/png")


def settle(media_root: Path) -> None:
    """Let every time run out, sweep once and finish what is overdue."""
    heart.age()
    past = timezone.now() - timedelta(seconds=1)
    MediaFile.objects.filter(warming_due__isnull=False).update(warming_due=past)
    for unfinished in media_root.glob(".incoming/*"):
        os.utime(unfinished, (0, 0))
    assert ledger.sweep().failed == 0
    for source, object_id in tasks.overdue():
        assert tasks.finish(source, object_id)


def assert_settled(world: World, *, is_lazy: bool = False) -> None:
    """Show that rows, files and ACLs agree, and that every image has all that it should have.

    With `is_lazy`, a rendition may be missing: it is made when somebody asks for it.
    """
    assert_nothing_lost(world.media_root)
    assert on_disk(world.media_root) == keys() == keys(state="live")
    assert_whole(MediaFile.objects.all(), world.media_root)
    assert world.storage.public == keys(visibility="public")
    assert not MediaFile.objects.acl_due().exists()
    assert not MediaFile.objects.exclude(warming__in=["ready", ""]).exists()
    assert not RenditionClaim.objects.exists()
    assert not Image.objects.exclude(status="ready", error="").exists()
    for image in Image.objects.all():
        assert is_lazy or wanted_renditions(image).keys() <= keys(state="live")
    assert ledger.sweep() == ledger.SweepReport()


def assert_originals_whole(media_root: Path) -> None:
    """Show that every image has its original, live and with all its bytes."""
    originals = MediaFile.objects.filter(key__in=Image.objects.values("file"), state="live")
    assert originals.count() == Image.objects.count()
    assert_whole(originals, media_root)


def assert_whole(files: Any, media_root: Path) -> None:
    """Show that files have the bytes that their rows say."""
    for file in files:
        content = (media_root / file.key).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file.sha256, file.key
