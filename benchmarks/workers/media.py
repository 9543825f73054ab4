"""The folder that a contestant reads photographs from and writes files to."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import uuid
from pathlib import Path

# In memory where the machine has such a folder: no disks are being compared.
_IN_MEMORY = Path("/dev/shm")  # noqa: S108  (the folder in it has a name of its own)
MEDIA = Path(tempfile.mkdtemp(prefix="benchmark-", dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None))
atexit.register(shutil.rmtree, MEDIA, ignore_errors=True)


def stored(photograph: Path) -> str:
    """Put a photograph into the folder under a name that no cache knows; return the name."""
    shutil.rmtree(MEDIA, ignore_errors=True)
    name = f"photographs/{uuid.uuid4().hex}.jpg"
    (MEDIA / name).parent.mkdir(parents=True)
    shutil.copyfile(photograph, MEDIA / name)
    return name


def stored_path(photograph: Path) -> Path:
    """Put a photograph into the folder likewise; return its path."""
    return MEDIA / stored(photograph)
