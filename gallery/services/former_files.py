"""Files that other fields kept before the gallery came: read them, and name what is wrong."""

from __future__ import annotations

import logging
from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousOperation, ValidationError
from django.core.files.storage.base import Storage

from gallery.conf import gallery_settings
from gallery.exceptions import OUTAGES, GalleryError, OriginalGone, StorageUnavailable, TooLarge
from gallery.imaging.focal_point import FocalPoint
from gallery.storage import storage_errors

logger = logging.getLogger(__name__)

CRASHED, INVALID_KEY = "crashed", "invalid_key"


def read_file(storage: Storage, name: str) -> bytes:
    """Return the content of a file, of which at most `MAX_UPLOAD_BYTES` are read.

    Raises:
        OriginalGone: there is no such file.
        TooLarge: it is larger than an upload may be.
        StorageUnavailable: the storage did not give it.
        SuspiciousOperation: the name leads out of the storage.
    """
    limit = gallery_settings().max_upload_bytes
    try:
        with storage_errors(), storage.open(name) as file:
            data: bytes = file.read(limit + 1)
    except StorageUnavailable as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise OriginalGone from error
        raise
    if len(data) > limit:
        raise TooLarge(f"The file is larger than {limit} bytes.", limit=limit)
    return data


def focal_point_in(text: str | None) -> FocalPoint | None:
    """Read what versatileimagefield's column holds; None where its own fields could not.

    Whatever Python writes for a float: `0.3333333333333333x0.67`, `5e-05x1`. Nothing is the middle.
    """
    if not text:
        return FocalPoint.CENTER
    try:
        x, y = (float(number) for number in text.split("x"))
        return FocalPoint.from_fractions(x, y)
    except ValueError:
        return None


def base_name(name: str) -> str:
    """Return what a file is called, without its folders."""
    return PurePosixPath(name).name


def code_of(error: Exception, *, what: str) -> str:
    """Return the stable code for what went wrong with one file, so that others may follow.

    What nobody foresaw is in the log, and why a storage did not answer.
    """
    if isinstance(error, OUTAGES):
        logger.warning("former_file_failed file=%s code=%s", what, error.code, exc_info=error)
    if isinstance(error, GalleryError):
        return error.code
    if isinstance(error, SuspiciousOperation):
        return INVALID_KEY
    if isinstance(error, ValidationError) and getattr(error, "code", None):
        return str(error.code)
    logger.error("former_file_crashed file=%s", what, exc_info=error)
    return CRASHED
