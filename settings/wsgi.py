"""The WSGI entry point of the site."""

import os

import django
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.local")
django.setup()

from gallery.media.fast_lane import FastLane  # noqa: E402  (needs the set-up above)

application = FastLane(get_wsgi_application())
