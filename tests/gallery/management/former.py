"""Files of fields that are not the gallery's, and the commands that bring them in."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import File
from django.core.management import CommandError, call_command
from django.db.models import TextField, Value
from django.db.models.functions import Cast

from tests.testapp.models import Album, LegacyPhoto, VersatilePhoto
from tests.testapp.storage import PrivateStorage

LEGACY, VERSATILE = "testapp.LegacyPhoto.picture", "testapp.VersatilePhoto.image"


def legacy(file: File[Any], **values: Any) -> LegacyPhoto:
    """Return a row whose file Django's own field keeps, in a storage of its own."""
    name = PrivateStorage().save(f"legacy/{file.name}", file)
    return LegacyPhoto.objects.create(picture=name, **values)


def versatile(file: File[Any], point: str, **values: Any) -> VersatilePhoto:
    """Return a row of the library's fields, with whatever is said to be its focal point."""
    put(f"versatile/{file.name}", file)
    values |= {"image": f"versatile/{file.name}", "width": 1, "height": 1}
    row = VersatilePhoto(**values)
    VersatilePhoto.objects.bulk_create([row])
    # Past the field, which may refuse it: `update()` does not look.
    VersatilePhoto.objects.filter(pk=row.pk).update(ppoi=Cast(Value(point), TextField()))
    return row


def put(name: str, file: File[Any]) -> None:
    """Write a file where the gallery's storage is, without telling the gallery."""
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.read())


def old_files() -> dict[str, bytes]:
    """Return the contents of the storage that Django's own field has."""
    root = Path(PrivateStorage().location)
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def run(command: str, *arguments: str) -> str:
    """Return what a command prints."""
    output = StringIO()
    call_command(command, *arguments, stdout=output)
    return output.getvalue()


def fail(command: str, *arguments: str) -> tuple[str, list[str], int]:
    """Return what a command prints, what it complains of, and its exit code, which is not 0."""
    output, errors = StringIO(), StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(command, *arguments, stdout=output, stderr=errors)
    return output.getvalue(), errors.getvalue().splitlines(), caught.value.returncode


def gallery_of(album: Album) -> list[tuple[str, bool]]:
    """Return the titles of its images in order, and which is the cover."""
    return [(each.image.title, each.is_cover) for each in album.gallery.all()]
