"""A storage of somebody else's app, beside the gallery's."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.utils.deconstruct import deconstructible


@deconstructible
class PrivateStorage(FileSystemStorage):
    """A folder beside `MEDIA_ROOT`, also where a test moves that."""

    @property
    def base_location(self) -> str:
        return str(Path(settings.MEDIA_ROOT).with_name("private"))

    @property
    def location(self) -> str:
        return self.base_location
