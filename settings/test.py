"""The test suite: local settings, made fast and strict."""

import os
import tempfile
from pathlib import Path

from settings.base import *  # noqa: F403  (a settings module is the sum of its base and its own)
from settings.base import INSTALLED_APPS, REST_FRAMEWORK, VERSATILEIMAGEFIELD_RENDITION_KEY_SETS
from settings.env import database

# By process: two suites at once must not share a database. Workers append their own name.
_SCRATCH = Path(tempfile.gettempdir()) / f"gallery-tests-{os.getppid()}"
_SCRATCH.mkdir(exist_ok=True)

INSTALLED_APPS = [*INSTALLED_APPS, "tests.testapp"]
VERSATILEIMAGEFIELD_RENDITION_KEY_SETS = {
    **VERSATILEIMAGEFIELD_RENDITION_KEY_SETS,
    "photos": [("square", "webp_crop__40x40-q60"), ("wide", "webp_fit__60x60-q60")],
}

DEBUG = False
SECRET_KEY = "only-for-the-test-suite-" + "0" * 40
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DATABASES = {"default": database(default=f"sqlite:///{_SCRATCH / 'unused.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as on a laptop: in memory, SQLite's connections share one cache and fail where they
    # should wait for each other. No process outlives the suite, so nothing needs to reach the disk.
    DATABASES["default"]["TEST"] = {"NAME": str(_SCRATCH / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )
# Whatever `.env` names: no test sends a task to somebody's worker.
CELERY_BROKER_URL = ""
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# Each test gets a folder of its own (tests/conftest.py); this one only catches what escapes.
MEDIA_ROOT = _SCRATCH / "media"
STATIC_ROOT = _SCRATCH / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK = {
    **REST_FRAMEWORK,
    "DEFAULT_THROTTLE_RATES": {"user": None, "token": None, "members": None},
}
