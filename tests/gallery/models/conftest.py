"""A foreign app with a model that carries an image."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.gallery.heart import SETS
from tests.testapp.models import Photo


@pytest.fixture
def photo_model(settings: Any, transactional_db: None) -> Iterator[type[Photo]]:
    """Install tests.testapp with its table and its rendition set."""
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.testapp"]
    photos = [("square", "webp_crop__40x40-q60"), ("wide", "webp_fit__60x60-q60")]
    setattr(settings, SETS, {**getattr(settings, SETS), "photos": photos})
    with connection.schema_editor() as editor:
        editor.create_model(Photo)
    yield Photo
    with connection.schema_editor() as editor:
        editor.delete_model(Photo)
