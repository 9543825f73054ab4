"""The embedded default: a laptop, SQLite, files in `var/`, nothing to configure."""

from settings.base import *  # noqa: F403  (a settings module is the sum of its base and its own)
from settings.base import STATIC_ROOT
from settings.env import BASE_DIR, database, env

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env.str("SECRET_KEY", default="only-for-this-laptop-" + "0" * 40)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])

# WhiteNoise warns about a folder that is missing; here it serves straight from the apps.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
DATABASES = {"default": database(default=f"sqlite:///{BASE_DIR / 'var' / 'db.sqlite3'}")}
