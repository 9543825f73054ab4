"""Bring images into an organisation's library, and exchange their files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack, cast

from django.contrib.auth.models import AbstractBaseUser
from django.core.files.base import File
from django.db import transaction

from gallery import ledger
from gallery.exceptions import GalleryError
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image
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
    **description: Unpack[Description],
) -> Image:
    """Store `upload` as a new image of `organization` and warm it after commit.

    Raises:
        ImageRejected: the bytes are not an acceptable image; nothing was stored.
        StorageUnavailable: the storage failed; nothing was recorded.
    """
    image = Image(organization=organization, creator=cast("Any", creator), **description)
    image.file = upload
    image.focal_point = focal_point
    image.save()
    return as_warmed(image)


@dataclass(frozen=True, slots=True)
class FailedUpload:
    """One file of a bulk upload that was not stored, and why."""

    index: int
    file: str
    error: GalleryError


def upload_images(
    *, organization: Organization, creator: AbstractBaseUser | None, uploads: Sequence[File[Any]]
) -> tuple[list[Image], list[FailedUpload]]:
    """Store several uploads, each standing alone; return what was stored and what was not."""
    return upload_each(
        uploads,
        lambda upload: upload_image(organization=organization, creator=creator, upload=upload),
    )


def upload_each(
    uploads: Sequence[File[Any]], store: Callable[[File[Any]], Image]
) -> tuple[list[Image], list[FailedUpload]]:
    """Have `store` take each of `uploads`; return what it stored and what it refused."""
    images: list[Image] = []
    failures: list[FailedUpload] = []
    for index, upload in enumerate(uploads):
        try:
            images.append(store(upload))
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
    image.file = upload
    image.focal_point = focal_point
    with stored(image), transaction.atomic():
        lock_image(image)
        precondition()
        image.save(update_fields={"file"})
    return as_warmed(image)


@contextmanager
def stored(image: Image) -> Iterator[None]:
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
