"""Files that clients send straight to the storage, and the images that they become."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.auth.models import AbstractBaseUser
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from gallery import ledger
from gallery.conf import gallery_settings
from gallery.exceptions import (
    ImageRejected,
    StorageUnavailable,
    TooLarge,
    UnsupportedFormat,
    UploadIncomplete,
    UploadNotFound,
    WrongSize,
)
from gallery.imaging.focal_point import FocalPoint
from gallery.models import DirectUpload, Image, MediaFile
from gallery.renditions.limits import decoding_limits
from gallery.services.upload_instructions import parts_of
from gallery.services.uploads import lock_image, upload_image
from gallery.storage import INCOMING, DirectUploads, media_storage, storage_errors
from gallery.validators import clean_file_name
from orgs.models import Organization

logger = logging.getLogger(__name__)

SOURCE = "gallery.directupload.key"
_CHUNK = 64 * 1024


def begin_upload(
    *,
    organization: Organization,
    creator: AbstractBaseUser,
    file_name: str,
    content_type: str,
    file_size: int,
    description: Mapping[str, Any],
) -> DirectUpload:
    """Announce a file; the ledger knows its key before the client does.

    Args:
        organization: whose library it goes to.
        creator: who sends it; nobody else may.
        file_name: what its owner calls it.
        content_type: what the client says it is. What it is, its bytes say in the end.
        file_size: in bytes, exactly.
        description: what `upload_image` takes, as JSON.

    Raises:
        TooLarge, UnsupportedFormat: it would be refused in the end.
        StorageUnavailable: the storage failed; nothing was recorded.
    """
    _refuse_hopeless(content_type, file_size)
    settings = gallery_settings()
    upload = DirectUpload(
        organization=organization,
        creator=cast("Any", creator),
        file_name=clean_file_name(file_name),
        content_type=content_type,
        file_size=file_size,
        description=dict(description),
        expires_at=timezone.now() + timedelta(seconds=settings.direct_upload_seconds),
    )
    upload.key = f"{INCOMING}/{upload.pk}"
    # As long as anything may arrive there, and not less because it is an image by then: whoever
    # has a form may send it twice.
    _announce(upload, until=_end_of(upload))
    direct = media_storage().direct_uploads
    if direct is not None and file_size > settings.direct_upload_part_bytes:
        with storage_errors():
            upload.parts_name = direct.begin_parts(upload.key, content_type=content_type)
    upload.save(force_insert=True)
    return upload


def _announce(upload: DirectUpload, *, until: datetime | None = None) -> None:
    file = MediaFile(
        key=upload.key,
        source=SOURCE,
        object_id=str(upload.pk),
        content_type=upload.content_type,
        width=0,
        height=0,
        size=upload.file_size,
    )
    ledger.announce([file], until=until)


def _end_of(upload: DirectUpload) -> datetime:
    """Return when the sweep may take what has arrived."""
    return upload.expires_at + timedelta(seconds=gallery_settings().pending_seconds)


def _refuse_hopeless(content_type: str, file_size: int) -> None:
    limits = decoding_limits()
    if file_size > limits.max_bytes:
        raise TooLarge(f"The file is larger than {limits.max_bytes} bytes.", limit=limits.max_bytes)
    if content_type not in limits.content_types:
        raise UnsupportedFormat(f"Send one of: {', '.join(limits.content_types)}.")


def receive_file(*, upload: DirectUpload, read: Callable[[int], bytes]) -> None:
    """Store the file of an upload on the disk of this server, piece by piece.

    Args:
        upload: what was announced.
        read: returns up to so many bytes, none at the end.

    Raises:
        WrongSize: it ended early; nothing was stored.
        StorageUnavailable: the storage failed; nothing was stored.
    """
    if media_storage().direct_uploads is not None:
        raise UploadNotFound  # it goes to the bucket
    with storage_errors():
        media_storage().receive(upload.key, _exactly(upload.file_size, read))
    if _end_of(upload) <= timezone.now():
        # It took so long that the sweep may have come before the file did: nobody knows of it.
        _announce(upload)


def _exactly(size: int, read: Callable[[int], bytes]) -> Iterator[bytes]:
    missing = size
    while missing > 0:
        chunk = read(min(_CHUNK, missing))
        if not chunk:
            raise WrongSize(f"The file ended {missing} bytes early.")
        missing -= len(chunk)
        yield chunk


def complete_upload(*, upload: DirectUpload) -> Image:
    """Check, strip, store and render the file that has arrived, like any upload.

    Done twice, also at once, it is the same image.

    Raises:
        UploadIncomplete: it has not arrived, or not all of it; `missing_parts` says which.
        ImageRejected: the bytes are not an acceptable image; the upload is over.
        Image.DoesNotExist: somebody deleted it as soon as it was made; the upload is over.
        StorageUnavailable: the storage failed; it may be tried again.
    """
    earlier = Image.objects.filter(upload_id=_image_upload_id(upload))
    try:
        image = upload.image or earlier.first() or _make_image(upload)
        if upload.image is None:
            _record(upload, image)
    except UploadIncomplete:
        # Somebody completed it at the same moment, and what had arrived is gone.
        done = earlier.first()
        if done is None:
            raise
        return done
    except (ImageRejected, WrongSize, Image.DoesNotExist):
        abort_upload(upload=upload)
        raise
    return image


def _record(upload: DirectUpload, image: Image) -> None:
    with transaction.atomic():
        # Or somebody may delete it at this moment.
        lock_image(image)
        DirectUpload.objects.filter(pk=upload.pk).update(image=image)
    _discard(upload)


def _image_upload_id(upload: DirectUpload) -> str:
    return f"direct:{upload.pk.hex}"


def _make_image(upload: DirectUpload) -> Image:
    said = dict(upload.description)
    point = said.pop("focal_point", None)
    if point is not None:
        said["focal_point"] = FocalPoint.from_fractions(point["x"], point["y"])
    return upload_image(
        organization=upload.organization,
        creator=upload.creator,
        upload=ContentFile(_received(upload), upload.file_name),
        upload_id=_image_upload_id(upload),
        **said,
    )


def _received(upload: DirectUpload) -> bytes:
    storage = media_storage()
    if upload.parts_name and storage.direct_uploads is not None:
        _join(storage.direct_uploads, upload)
    try:
        with storage_errors():
            if storage.stat(upload.key).size != upload.file_size:
                raise WrongSize
            return storage.read(upload.key)
    except StorageUnavailable as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise UploadIncomplete from error
        raise


def _join(direct: DirectUploads, upload: DirectUpload) -> None:
    missing = [part.number for part in parts_of(direct, upload, 1) if not part.has_arrived]
    if missing:
        raise UploadIncomplete(missing_parts=missing)
    try:
        with storage_errors():
            direct.join_parts(upload.key, upload.parts_name)
    except StorageUnavailable as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
        # Joined before, by a request whose reply was lost.


def abort_upload(*, upload: DirectUpload) -> None:
    """End an upload that is not wanted any more; the sweep finds what arrives all the same."""
    DirectUpload.objects.filter(pk=upload.pk).delete()
    _discard(upload)


def _discard(upload: DirectUpload) -> None:
    """Delete what has arrived, now if that is possible: the ledger keeps its row until later."""
    direct = media_storage().direct_uploads
    try:
        with storage_errors():
            media_storage().delete(upload.key)
            if direct is not None and upload.parts_name:
                direct.abort_parts(upload.key, upload.parts_name)
    except StorageUnavailable:
        logger.warning("incoming_not_deleted key=%s", upload.key, exc_info=True)
