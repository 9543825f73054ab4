"""A world that nobody has been to yet."""

import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.conftest import Upload
from tests.permissions.world import World, build_world


@pytest.fixture
def world(db: None, upload: Upload) -> World:
    """Return it."""
    return build_world(upload)


@pytest.fixture(autouse=True)
def short_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """Describe nothing: the description is long in the making and the same for everybody."""
    monkeypatch.setattr(SchemaGenerator, "get_schema", lambda *_, **__: {})
