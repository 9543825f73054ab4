"""Fixtures for the tests of renditions."""

from __future__ import annotations

import pytest

from gallery.renditions import key_source


@pytest.fixture
def _no_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget after the test what it registers."""
    monkeypatch.setattr(key_source, "_key_sources", {})
