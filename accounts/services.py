"""Add, change and remove reference images: every verb holds the lock of the user's row.

So that any number of them at once end as if they had come one after the other: five at most, each
in a slot of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypedDict, Unpack

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.files.base import File
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import QuerySet

from accounts.events import failures_reported
from accounts.exceptions import ReferenceImagesFull, SlotTaken
from accounts.models import MAX_REFERENCE_IMAGES, ReferenceImage, User
from gallery.imaging.focal_point import FocalPoint
from gallery.services.uploads import stored
from orgs import preconditions
from orgs.preconditions import Precondition

# Those of the storage and of the picture itself are reported where the file is stored.
_REPORTED = (ReferenceImagesFull, SlotTaken, DatabaseError)


class Change(TypedDict, total=False):
    """What may be said about a reference image."""

    name: str
    order: int
    focal_point: FocalPoint


def add_reference_image(
    *,
    user: AbstractBaseUser,
    upload: File[Any],
    upload_id: str | None = None,
    **said: Unpack[Change],
) -> ReferenceImage:
    """Store `upload` as one more reference image of `user`, in the lowest free slot if not told.

    Args:
        user: whose.
        upload: the file.
        upload_id: a name for this upload: sent again with the same one, it is the same image.
        said: what is said about it.

    Raises:
        ReferenceImagesFull: there are five already; nothing was stored.
        SlotTaken: another one is in the slot; nothing was stored.
        ImageRejected: the bytes are not an acceptable image; nothing was stored.
        StorageUnavailable: the storage failed; nothing was recorded.
        User.DoesNotExist: somebody deleted the user meanwhile.
    """
    earlier = of(user).filter(upload_id=upload_id) if upload_id else of(user).none()
    if found := earlier.first():
        return found
    with failures_reported("add", _REPORTED, user=user.pk):
        wanted = said.get("order")
        # Before the work. It is asked again when the file is stored.
        free_slot(of(user), wanted)
        image = ReferenceImage(user_id=user.pk, upload_id=upload_id, name=said.get("name", ""))
        image.image = upload
        image.focal_point = said.get("focal_point", FocalPoint.CENTER)
        try:
            with stored(image), locked_user(user.pk):
                image.order = free_slot(of(user), wanted)
                image.save()
        except IntegrityError:
            # Made at the same moment by another process; the file of this one is swept.
            found = earlier.first()
            if found is None:
                raise
            return found
    return image


def update_reference_image(
    *,
    reference_image: ReferenceImage,
    precondition: Precondition = preconditions.none,
    **said: Unpack[Change],
) -> ReferenceImage:
    """Save the given values; who is in the slot asked for goes to the one that becomes free.

    A moved focal point re-crops under new keys after commit.

    Raises:
        ReferenceImage.DoesNotExist: somebody deleted it meanwhile.
    """
    user_id = reference_image.user_id
    with (
        failures_reported("update", _REPORTED, user=user_id, id=reference_image.pk),
        locked_user(user_id),
    ):
        image = ReferenceImage.objects.get(pk=reference_image.pk)
        precondition()
        changed = {"updated_at"}
        if "name" in said:
            image.name = said["name"]
            changed.add("name")
        if "focal_point" in said:
            image.focal_point = said["focal_point"]
            changed.add("image_ppoi")
        if "order" in said and said["order"] != image.order:
            _move(image, said["order"])
        image.save(update_fields=changed)
    return image


def remove_reference_image(
    *, reference_image: ReferenceImage, precondition: Precondition = preconditions.none
) -> None:
    """Delete a reference image with all its files; its slot is free.

    One that somebody else deleted meanwhile is what was asked for: no error.
    """
    user_id, pk = reference_image.user_id, reference_image.pk
    with failures_reported("remove", _REPORTED, user=user_id, id=pk), locked_user(user_id):
        image = ReferenceImage.objects.filter(pk=pk).first()
        if image is not None:
            precondition()
            image.delete()


def of(user: AbstractBaseUser) -> QuerySet[ReferenceImage]:
    """Return the reference images of a user."""
    return ReferenceImage.objects.filter(user=user.pk)


def free_slot(images: QuerySet[ReferenceImage], wanted: int | None = None) -> int:
    """Return a slot that none of `images` is in: the one that is wanted, else the lowest.

    Raises:
        ReferenceImagesFull: there is none.
        SlotTaken: there is, and it is not the wanted one.
    """
    taken = set(images.values_list("order", flat=True))
    free = [slot for slot in range(MAX_REFERENCE_IMAGES) if slot not in taken]
    if not free:
        raise ReferenceImagesFull
    if wanted in taken:
        raise SlotTaken
    return free[0] if wanted is None else wanted


@contextmanager
def locked_user(user_id: int) -> Iterator[None]:
    """Be the only one who changes the reference images of a user, in one transaction.

    Raises:
        User.DoesNotExist: somebody deleted the user meanwhile.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user_id)
        yield


@contextmanager
def exchanging_slots(images: QuerySet[ReferenceImage]) -> Iterator[None]:
    """Let slots be exchanged among `images` of a locked user: they must differ at the end only.

    Raises:
        SlotTaken: two are in the same one at the end.
    """
    images.update(is_moving=True)
    try:
        yield
        images.update(is_moving=False)
    except IntegrityError as error:
        raise SlotTaken from error


def _move(image: ReferenceImage, slot: int) -> None:
    former, image.order = image.order, slot
    siblings = ReferenceImage.objects.filter(user=image.user_id)
    other = siblings.filter(order=slot).first()
    with exchanging_slots(siblings):
        ReferenceImage.objects.filter(pk=image.pk).update(order=slot)
        if other is not None:
            other.order = former
            other.save(update_fields={"order", "updated_at"})
