"""What is done while processes are killed, and how the world is prepared for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone
from PIL import Image as PillowImage

from gallery import ledger, tasks
from gallery.exceptions import UploadIncomplete
from gallery.imaging.focal_point import FocalPoint
from gallery.models import DirectUpload, Image, MediaFile
from gallery.services.direct_uploads import begin_upload, complete_upload, receive_file
from gallery.services.editing import update_image
from gallery.services.removal import delete_image
from gallery.services.uploads import replace_file, upload_image
from orgs.models import Organization


def picture(colour: str) -> ContentFile[bytes]:
    """Return a small upload."""
    buffer = BytesIO()
    PillowImage.new("RGB", (60, 40), colour).save(buffer, "PNG")
    return ContentFile(buffer.getvalue(), name=f"{colour}.png")


def upload() -> None:
    """Add an image."""
    organization = Organization.objects.get()
    upload_image(organization=organization, creator=None, upload=picture("red"))


def replace() -> None:
    """Exchange the file of the image."""
    replace_file(image=Image.objects.get(), upload=picture("blue"))


def move() -> None:
    """Move the focal point."""
    update_image(image=Image.objects.get(), focal_point=FocalPoint(10, 90))


def delete() -> None:
    """Delete the image, if an earlier attempt did not."""
    for image in Image.objects.all():
        delete_image(image=image)


def warm() -> None:
    """Make the renditions that `prepare` took away."""
    for image in Image.objects.all():
        tasks.warm(Image.image_field_object().source, image.pk)


def sweep() -> None:
    """Settle everything."""
    call_command("sweep_media", stdout=StringIO())


def without_renditions() -> None:
    """Leave the image as a process leaves it that died after its upload."""
    Image.objects.update(status="pending")
    ledger.queue_warming(Image.objects.get().original_key)
    for file in MediaFile.objects.exclude(original=None):
        (Path(settings.MEDIA_ROOT) / file.key).unlink()
        file.delete()


def everything_due() -> None:
    """Leave an image that was replaced, one that was deleted and one that was never finished."""
    replace()
    organization = Organization.objects.get()
    for colour in ("green", "yellow"):
        image = upload_image(organization=organization, creator=None, upload=picture(colour))
        Image.objects.filter(pk=image.pk)._raw_delete("default")
    of_deleted = MediaFile.objects.exclude(
        object_id__in=[str(pk) for pk in Image.objects.values_list("pk", flat=True)]
    )
    of_deleted.update(state="stale", delete_after=timezone.now())
    age()


def hide() -> None:
    """Make the image private."""
    update_image(image=Image.objects.get(), visibility="private")


def announce_file() -> None:
    """Begin a direct upload and send its file, which nobody completes."""
    content = picture("navy").read()
    organization = Organization.objects.get()
    direct = begin_upload(
        organization=organization,
        creator=get_user_model().objects.get(),
        file_name="navy.png",
        content_type="image/png",
        file_size=len(content),
        description={"title": "Sent"},
    )
    receive_file(upload=direct, read=BytesIO(content).read)


def complete() -> None:
    """Make an image of what was sent; what the sweep took as abandoned is not there any more."""
    for direct in DirectUpload.objects.select_related("organization", "creator", "image"):
        with suppress(UploadIncomplete):
            complete_upload(upload=direct)


def send() -> None:
    """Bring an image by a direct upload, from its first to its last request."""
    announce_file()
    complete()


def age() -> None:
    """Let every time run out."""
    past = timezone.now() - timedelta(days=9)
    MediaFile.objects.exclude(state="live").update(delete_after=past, retry_after=None)
    MediaFile.objects.filter(warming="pending").update(warming_due=past)
    for path in Path(settings.MEDIA_ROOT).rglob(".incoming/*"):
        os.utime(path, (0, 0))


OPERATIONS: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
    "upload": (lambda: None, upload),
    "replace": (lambda: None, replace),
    "move": (lambda: None, move),
    "delete": (lambda: None, delete),
    "warm": (without_renditions, warm),
    "hide": (lambda: None, hide),
    "complete": (announce_file, complete),
    "send": (lambda: None, send),
    "sweep": (everything_due, sweep),
}
