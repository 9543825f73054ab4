"""How the site is configured: `local` is the embedded default, `production` refuses to guess."""

# Tasks bind to the application that exists when they are first used; without this, a web process
# would send them to a broker that nobody configured. It costs nothing that `gallery.tasks`, which
# imports Celery itself, would not cost.
from settings.celery import app as celery_app

__all__ = ["celery_app"]
