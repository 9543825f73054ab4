"""System checks of the settings: storage, cache, engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  (its name)
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from gallery.conf import gallery_settings
from gallery.imaging import engines
from gallery.storage import StableUrlMixin

Apps = Sequence[AppConfig] | None


@register("gallery")
def check_gallery_setting(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """E001: the GALLERY setting cannot be read."""
    try:
        gallery_settings()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="See the names in .env.example.", id="gallery.E001")]
    return []


@register("gallery")
def check_storage(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """E010: the default storage is none of ours."""
    backend = str(settings.STORAGES["default"]["BACKEND"])
    if issubclass(import_string(backend), StableUrlMixin):
        return []
    return [
        Error(
            f"STORAGES['default'] is {backend}, which has no stable URLs.",
            hint="Use gallery.storage.LocalStorage or S3Storage, or derive from StableUrlMixin.",
            id="gallery.E010",
        )
    ]


@register("gallery", deploy=True)
def check_on_demand(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """W001: the library would ask the storage while pages are rendered."""
    options = getattr(settings, "VERSATILEIMAGEFIELD_SETTINGS", {})
    if not options.get("create_images_on_demand", True):
        return []
    return [
        Warning(
            "versatileimagefield creates images on demand.",
            hint="Set VERSATILEIMAGEFIELD_SETTINGS['create_images_on_demand'] to False.",
            id="gallery.W001",
        )
    ]


@register("gallery", deploy=True)
def check_cache(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """W004: every process would count rates for itself."""
    backend = str(settings.CACHES["default"]["BACKEND"])
    if not backend.endswith((".LocMemCache", ".DummyCache")):
        return []
    return [
        Warning(
            "Rates of log-ins, uploads and requests are counted by each process for itself.",
            hint="Set CACHE_URL to a cache that all processes share, such as redis://….",
            id="gallery.W004",
        )
    ]


@register("gallery")
def check_engine(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """E015: pictures are to be shrunk by something that is not there."""
    try:
        name = gallery_settings().engine
    except ImproperlyConfigured:
        return []  # E001 says so
    if engines.is_installed(name):
        return []
    return [
        Error(
            f"GALLERY['ENGINE'] is '{name}', which is not installed.",
            hint=f"Use one of {', '.join(engines.NAMES)}; vips needs requirements-vips.txt.",
            id="gallery.E015",
        )
    ]
