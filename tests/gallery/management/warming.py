"""Call `warm_renditions` as an operator does."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from gallery.models import MediaFile


def warm(*arguments: str) -> str:
    """Return what it prints."""
    output = StringIO()
    call_command("warm_renditions", *arguments, stdout=output)
    return output.getvalue()


def fail(*arguments: str) -> tuple[str, str, int]:
    """Return what it prints, what it complains of, and its exit code, which is not 0."""
    output, errors = StringIO(), StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("warm_renditions", *arguments, stdout=output, stderr=errors)
    return output.getvalue(), errors.getvalue(), caught.value.returncode


def forget(media_root: Path, **filters: Any) -> set[str]:
    """Delete renditions, files and rows."""
    files = MediaFile.objects.exclude(original=None).filter(**filters)
    found = {file.key for file in files}
    for file in files:
        (media_root / file.key).unlink()
        file.delete()
    return found
