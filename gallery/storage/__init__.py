"""Where files live, and the one URL that each of them has for ever: `/media/<key>`."""

from gallery.storage.base import (
    IMMUTABLE,
    INCOMING,
    MediaStorage,
    StableUrlMixin,
    StoredFile,
    media_storage,
    media_url,
    storage_errors,
)
from gallery.storage.local import LocalStorage
from gallery.storage.s3 import S3Storage
from gallery.storage.s3_uploads import DirectUploads, PresignedForm

__all__ = [
    "IMMUTABLE",
    "INCOMING",
    "DirectUploads",
    "LocalStorage",
    "MediaStorage",
    "PresignedForm",
    "S3Storage",
    "StableUrlMixin",
    "StoredFile",
    "media_storage",
    "media_url",
    "storage_errors",
]
