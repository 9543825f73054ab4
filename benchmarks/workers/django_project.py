"""The smallest Django project that the libraries run in."""

from __future__ import annotations

from typing import Any

import django
from django.conf import settings
from django.core.management import call_command

from benchmarks.workers.media import MEDIA


def set_up(*apps: str, **options: Any) -> None:
    """Configure Django with local files and a database in memory; create the apps' tables."""
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", *apps],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        MEDIA_ROOT=str(MEDIA),
        MEDIA_URL="/media/",
        SECRET_KEY="only-for-measuring",  # noqa: S106  (nothing is signed)
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        **options,
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)


def create_table(model: Any) -> None:
    """Create the table of a model that belongs to no installed app."""
    from django.db import connection  # noqa: PLC0415  (needs the settings)

    with connection.schema_editor() as editor:
        editor.create_model(model)
