"""System checks of the settings: storage, cache, engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  (its name)
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from gallery.conf import Delivery, gallery_settings
from gallery.imaging import engines
from gallery.storage import StableUrlMixin, media_storage

Apps = Sequence[AppConfig] | None

FIELDS_PER_IMAGE = 20
"""Of one card in the admin: what is said, and what the editor saw before."""


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


@register("gallery")
def check_delivery(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """E018, E019: files cannot be delivered as the settings say, or nobody is asked who asks."""
    try:
        configured = gallery_settings()
    except ImproperlyConfigured:
        return []  # E001 says so
    try:
        import_string(configured.visitor)
    except ImportError as error:
        message = f"GALLERY['VISITOR'] is {configured.visitor!r}: {error}"
        return [Error(message, hint="Name a function of a request.", id="gallery.E019")]
    problem, hint = _delivery_problem(configured.delivery, configured.accelerate_header)
    return [Error(problem, hint=hint, id="gallery.E018")] if problem else []


def _delivery_problem(delivery: str, header: str) -> tuple[str, str]:
    storage = media_storage()
    if not isinstance(storage, StableUrlMixin):
        return "", ""  # E010 says so
    is_local = storage.direct_uploads is None
    if delivery == Delivery.redirect and is_local:
        return "MEDIA_DELIVERY is 'redirect': a disk has no URLs.", "Use USE_S3_STORAGE, or stream."
    if delivery == Delivery.public and storage.public_url("x") is None:
        return (
            "MEDIA_DELIVERY is 'public' without a CDN.",
            "Set AWS_S3_CUSTOM_DOMAIN to its domain.",
        )
    if delivery == Delivery.accelerate and header != "X-Accel-Redirect" and not is_local:
        return (
            f"{header} names files on a disk, and they are in a bucket.",
            "Use nginx and X-Accel-Redirect, or another MEDIA_DELIVERY.",
        )
    return "", ""


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
def check_fields(app_configs: Apps, **_: Any) -> list[CheckMessage]:
    """W005: the admin could not save the largest gallery that is allowed."""
    allowed = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    try:
        needed = gallery_settings().max_per_object * FIELDS_PER_IMAGE
    except ImproperlyConfigured:
        return []  # E001 says so
    if allowed is None or allowed >= needed or not apps.is_installed("django.contrib.admin"):
        return []
    return [
        Warning(
            f"Forms may have {allowed} fields; a full gallery in the admin has about {needed}.",
            hint=f"Set DATA_UPLOAD_MAX_NUMBER_FIELDS to {needed}, or lower MAX_PER_OBJECT.",
            id="gallery.W005",
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
