"""A world whose storage may fail."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.faults.world import World, build_world
from tests.gallery.heart import SETS

# One that follows the focal point and one that does not: more would fail in the same ways.
RENDITIONS = [("thumb", "webp_crop__8x8-q65"), ("sm", "webp_fit__12x12-q80")]


@pytest.fixture
def world(
    settings: Any, media_root: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> World:
    backend = {"BACKEND": "tests.faults.storage.FaultyStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    setattr(settings, SETS, {**getattr(settings, SETS), "gallery": RENDITIONS})
    # No power fails here.
    monkeypatch.setattr(os, "fsync", lambda _: None)
    return build_world(media_root)
