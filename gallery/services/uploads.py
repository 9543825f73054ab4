"""Bring images into an organisation's library, and exchange their files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack, cast

from django.contrib.auth.models import AbstractBaseUser
from django.core.files.base import File
from django.db import IntegrityError, transaction

from gallery import ledger
from gallery.exceptions import GalleryError
from gallery.imaging.focal_point import FocalPoint
from gallery.models import HasRenditions, Image
from gallery.models.gallery import lock_with_galleries
from gallery.registry import folder_of
from gallery.validators import clean_file_name
from orgs import preconditions
from orgs.models import Organization
from orgs.preconditions import Precondition


class Description(TypedDict, total=False):
    """What people say about an image."""

    title: str
    alt_text: str
    description: str
    decorative: bool
    visibility: str


def upload_image(
    *,
    organization: Organization,
    creator: AbstractBaseUser | None,
    upload: File[Any],
    focal_point: FocalPoint = FocalPoint.CENTER,
    upload_id: str | None = None,
    **description: Unpack[Description],
) -> Image:
    """Store `upload` as a new image of `organization` and warm it after commit.

    Args:
        organization: whose library it goes to.
        creator: who brings it.
        upload: the file.
        focal_point: where crops centre.
        upload_id: a name for this upload: sent again with the same one, it is the same image.
        description: what is said about it.

    Raises:
        ImageRejected: the bytes are not an acceptable image; nothing was stored.
        StorageUnavailable: the storage failed; nothing was recorded.
    """

    def make() -> Image:
        image = Image(
            organization=organization,
            creator=cast("Any", creator),
            upload_id=upload_id,
            **description,
        )
        image.file = upload
        image.focal_point = focal_point
        image.save()
        return image

    return as_warmed(made_once(upload_id, make))


def made_once(upload_id: str | None, make: Callable[[], Image]) -> Image:
    """Return the image of an upload that arrived before, else what `make` makes of it."""
    earlier = Image.objects.filter(upload_id=upload_id) if upload_id else Image.objects.none()
    try:
        return earlier.first() or make()
    except IntegrityError:
        # Made at the same moment by another process; the file of this one is swept.
        image = earlier.first()
        if image is None:
            raise
        return image


@dataclass(frozen=True, slots=True)
class FailedUpload:
    """One file of a bulk upload that was not stored, and why."""

    index: int
    file: str
    error: GalleryError


UploadIds = Callable[[int], str | None]
"""Names the uploads of one request by their place in it; None where nobody asks for names."""


def unnamed(_index: int) -> None:
    """Give no names: what is sent again is another upload."""


def upload_images(
    *,
    organization: Organization,
    creator: AbstractBaseUser | None,
    uploads: Sequence[File[Any]],
    upload_ids: UploadIds = unnamed,
) -> tuple[list[Image], list[FailedUpload]]:
    """Store several uploads, each standing alone; return what was stored and what was not."""
    return upload_each(
        uploads,
        lambda index, upload: upload_image(
            organization=organization, creator=creator, upload=upload, upload_id=upload_ids(index)
        ),
    )


def upload_each(
    uploads: Sequence[File[Any]], store: Callable[[int, File[Any]], Image]
) -> tuple[list[Image], list[FailedUpload]]:
    """Have `store` take each of `uploads`; return what it stored and what it refused."""
    images: list[Image] = []
    failures: list[FailedUpload] = []
    for index, upload in enumerate(uploads):
        try:
            images.append(store(index, upload))
        except GalleryError as error:
            failures.append(FailedUpload(index, clean_file_name(upload.name), error))
    return images, failures


def replace_file(
    *,
    image: Image,
    upload: File[Any],
    focal_point: FocalPoint = FocalPoint.CENTER,
    precondition: Precondition = preconditions.none,
) -> Image:
    """Exchange the original under a new key; the id, description and attachments stay.

    The old file and its renditions answer until their grace period ends. Focal points belong to
    the picture they were set on: the image's becomes `focal_point`, those of its uses are reset.

    Raises:
        ImageRejected: the bytes are not an acceptable image; the image is unchanged.
        StorageUnavailable: the storage failed; the image is unchanged.
        Image.DoesNotExist: somebody deleted it meanwhile.
    """
    precondition()  # before the work, and again when nobody else can change a thing
    if place := folder_of(image.original_key):
        # What was uploaded into a gallery of its own folder stays there, under its limits.
        image.key_prefix, image.upload_limits = place.key_prefix, place.upload_limits
    image.file = upload
    image.focal_point = focal_point
    with stored(image), transaction.atomic():
        # With the galleries, for the focal points of its uses go with the picture.
        if not lock_with_galleries(Image.objects.filter(pk=image.pk)):
            raise Image.DoesNotExist
        precondition()
        image.save(update_fields={"file"})
    return as_warmed(image)


@contextmanager
def stored(image: HasRenditions) -> Iterator[None]:
    """Store the upload assigned to `image`, and retract it if the block does not use it.

    Raises:
        ImageRejected: the bytes are not an acceptable image; nothing was stored.
        StorageUnavailable: the storage failed; nothing was recorded.
    """
    image.store_assigned_file()
    try:
        yield
    except BaseException:
        ledger.give_up(image.original_key)
        raise


def lock_image(image: Image) -> None:
    """Lock the row of `image` before anything that depends on it, for the current transaction.

    Raises:
        Image.DoesNotExist: somebody deleted it meanwhile.
    """
    Image.objects.select_for_update(no_key=True).only("pk").get(pk=image.pk)


def as_warmed(image: Image) -> Image:
    """Reload what warming recorded, which without a broker has happened by now."""
    image.refresh_from_db(fields=["status", "error", "updated_at"])
    return image
