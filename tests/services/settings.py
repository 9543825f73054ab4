"""The test suite's settings on the services that the environment names, for it and its workers."""

from settings import base, test
from settings.env import env
from settings.test import *  # noqa: F403  (a settings module is the sum of its base and its own)

CELERY_BROKER_URL = base.CELERY_BROKER_URL
CACHES = base.CACHES
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(test.MEDIA_ROOT))()
