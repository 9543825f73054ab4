"""When the renditions of a set are made: on upload, in the background, or just in time."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from gallery.conf import Strategy, gallery_settings
from gallery.models import HasRenditions, Use


def strategy_of(rendition_set: str) -> Strategy:
    """Return the strategy of a set, as far as it can be had: without a broker nothing is queued."""
    configured = gallery_settings()
    strategy = Strategy(configured.strategies.get(rendition_set, configured.strategy))
    if strategy is Strategy.background and not getattr(settings, "CELERY_BROKER_URL", ""):
        return Strategy.on_upload
    return strategy


def strategies_of(instance: HasRenditions, uses: Iterable[Use]) -> set[Strategy]:
    """Return the strategies of all sets that `instance` is shown with."""
    return {strategy_of(use.rendition_set or instance.rendition_set) for use in uses}
