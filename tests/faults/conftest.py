"""A world whose storage may fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.faults.world import World, build_world


@pytest.fixture
def world(settings: Any, media_root: Path, transactional_db: None) -> World:
    backend = {"BACKEND": "tests.faults.storage.FaultyStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    return build_world(media_root)
