"""The test suite: local settings, made fast and strict."""

import tempfile
from pathlib import Path

from settings.base import *  # noqa: F403  (a settings module is the sum of its base and its own)
from settings.base import REST_FRAMEWORK
from settings.env import database

DEBUG = False
SECRET_KEY = "only-for-the-test-suite-" + "0" * 40
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DATABASES = {"default": database(default="sqlite://:memory:")}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# Each test gets a folder of its own (tests/conftest.py); this one only catches what escapes.
MEDIA_ROOT = Path(tempfile.gettempdir()) / "gallery-tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"upload": None, "token": None}}
