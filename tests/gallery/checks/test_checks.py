"""System checks and the GALLERY setting: what an operator got wrong, and how to mend it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import QuerySet
from django.test.utils import isolate_apps

from gallery import registry
from gallery.checks.declarations import _check_source, check_image_fields, check_sources
from gallery.conf import GallerySettings, UploadLimits, gallery_settings
from gallery.models import Image, ImageMixin
from gallery.models.fields import ImageField
from gallery.querysets import GalleryQuerySet, RenditionQuerySet
from gallery.registry import Attachable
from gallery.renditions.limits import decoding_limits
from tests.gallery.heart import SETS
from tests.testapp.models import Album, Page, Photo


def problems(*, deploy: bool = False) -> list[tuple[str | None, str]]:
    found = run_checks(tags=["gallery"], include_deployment_checks=deploy)
    assert all(problem.hint for problem in found)
    return [(problem.id, problem.msg) for problem in found]


@pytest.fixture
def shared_cache(settings: Any) -> None:
    """Set the one thing that a deployment must have and a laptop need not."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}


@pytest.mark.usefixtures("shared_cache")
def test_checks__configuration_as_delivered__is_fine() -> None:
    assert problems(deploy=True) == []


def test_check_cache__of_one_process__is_a_warning_for_deployment() -> None:
    assert problems() == []
    assert [found for found, _ in problems(deploy=True)] == ["gallery.W004"]


def test_check_fields__too_few_for_a_full_gallery__is_a_warning(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
    assert [found for found, _ in problems()] == ["gallery.W005"]
    settings.GALLERY = {**settings.GALLERY, "MAX_PER_OBJECT": 50}
    assert problems() == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("organization", []),
        ("organization__pk", ["gallery.E011"]),
        ("name", ["gallery.E011"]),
        ("nothing", ["gallery.E011"]),
        ("pk", ["gallery.E011"]),
        (lambda album: album.organization, []),
    ],
)
def test_check_attachables__path_that_leads_elsewhere__is_an_error(
    monkeypatch: pytest.MonkeyPatch, path: Any, expected: list[str]
) -> None:
    monkeypatch.setitem(registry._attachables, "testapp.album", Attachable(Album, path))

    assert [found for found, _ in problems()] == expected


@pytest.mark.parametrize("length", [65, None])
def test_check_attachables__key_that_is_too_long__is_an_error(
    monkeypatch: pytest.MonkeyPatch, length: int | None
) -> None:
    monkeypatch.setattr(Page._meta.pk, "max_length", length)

    assert [found for found, _ in problems()] == ["gallery.E012"]


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        ({"gallery": [("thumb", "crop__400x400")]}, ["gallery.E002"]),
        ({"gallery": [("Thumb", "webp_crop__4x4")]}, ["gallery.E002"]),
        ({"gallery": [("", "webp_crop__4x4")]}, ["gallery.E002"]),
        ({"gallery": ["webp_crop__4x4", ("a",), None, ("a", 5)]}, ["gallery.E002"] * 4),
        ({"gallery": [("a", "webp_crop__4x4"), ("a", "avif_crop__4x4")]}, ["gallery.E003"]),
        ({"gallery": [("original", "webp_crop__4x4")]}, ["gallery.E004"]),
        (
            {"gallery": [("a", "webp_crop__4x4")], "b": [("b", "webp_crop__4x4-q80")]},
            ["gallery.E005"],
        ),
        ({"other": [("a", "webp_crop__4x4")]}, ["gallery.E006"]),
        (
            {"gallery": [("a", "webp_crop__4x4")], "b": [("a", "webp_crop__5x5")]},
            ["gallery.E007"],
        ),
        ({"gallery": [("a", "webp_crop__4x4")], "b": [("a", "webp_crop__5x5-v2")]}, []),
    ],
)
def test_check_rendition_sets__mistake__is_named_with_a_hint(
    settings: Any, sets: dict[str, Any], expected: list[str]
) -> None:
    of_other_apps = {**getattr(settings, SETS)}
    del of_other_apps["gallery"]
    setattr(settings, SETS, {**of_other_apps, **sets})

    assert [found for found, _ in problems()] == expected


def test_check_sources__impossible_key_prefix__is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for prefix in ("", "/images", "a//b", "../x", "A", "x" * 101):
        monkeypatch.setattr(Image, "key_prefix", prefix)
        assert [found for found, _ in problems()] == ["gallery.E008"]


def test_check_attachables__impossible_key_prefix__is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = Attachable(Album, "organization", key_prefix="../x")
    monkeypatch.setitem(registry._attachables, "testapp.album", wrong)
    assert [found for found, _ in problems()] == ["gallery.E008"]


@pytest.mark.parametrize("wrong", [{"formats": ("BMP",)}, {"max_bytes": -1}], ids=str)
def test_upload_limits__that_cannot_be__are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ImproperlyConfigured):
        UploadLimits(**wrong)


def test_upload_limits__narrow_what_the_settings_allow(settings: Any) -> None:
    settings.GALLERY = {**settings.GALLERY, "MAX_UPLOAD_BYTES": 100, "FORMATS": ["PNG", "HEIC"]}
    for limits, expected in (
        (UploadLimits(), (100, {"PNG", "HEIF"})),
        (UploadLimits(formats=("PNG", "WEBP"), max_bytes=50), (50, {"PNG"})),
        (UploadLimits(formats=("HEIC",), max_bytes=500), (100, {"HEIF"})),
    ):
        found = decoding_limits(limits)
        assert (found.max_bytes, set(found.formats)) == expected


@isolate_apps("gallery")
def test_check_sources__no_constraint_in_the_database__is_a_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Bare(ImageMixin):
        class Meta:
            app_label = "gallery"

    class Whole(ImageMixin):
        class Meta(ImageMixin.Meta):
            app_label = "gallery"

    assert [problem.id for problem in _check_source(Bare)] == ["gallery.W002"]
    assert _check_source(Whole) == []
    assert check_sources(None) == []


@isolate_apps("gallery")
def test_check_image_fields__on_a_model_of_another_kind__is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Foreign(models.Model):  # noqa: DJ008  (never shown)
        picture = ImageField()

        class Meta:
            app_label = "gallery"

    monkeypatch.setattr("gallery.checks.declarations.apps", Foreign._meta.apps)

    assert [problem.id for problem in check_image_fields(None)] == ["gallery.E009"]


def test_check_storage__foreign_storage__is_an_error(settings: Any) -> None:
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend}}

    assert [found for found, _ in problems()] == ["gallery.E010"]


@pytest.mark.parametrize(
    ("model", "queryset"), [(Album, GalleryQuerySet), (Photo, RenditionQuerySet)]
)
def test_check_managers__that_do_not_know_what_a_mixin_brings__are_an_error(
    monkeypatch: pytest.MonkeyPatch, model: Any, queryset: Any
) -> None:
    plain: QuerySet[Any] = QuerySet(model)
    monkeypatch.setattr(type(model._default_manager), "get_queryset", lambda _: plain)

    found = [message for name, message in problems() if name == "gallery.E013"]
    assert f"{model._meta.label}.objects does not derive from {queryset.__name__}." in found


@pytest.mark.usefixtures("shared_cache")
def test_check_on_demand__left_on__is_a_warning_for_deployment(settings: Any) -> None:
    settings.VERSATILEIMAGEFIELD_SETTINGS = {}

    assert problems() == []
    assert [found for found, _ in problems(deploy=True)] == ["gallery.W001"]


@pytest.mark.parametrize(
    "values",
    [
        {"MAX_UPLOAD_BITES": 1},
        {"MAX_PIXELS": 0},
        {"MAX_PIXELS": True},
        {"MAX_PIXELS": "5"},
        {"MAX_SIDE": 1.5},
        {"GRACE_SECONDS": -1},
        {"FORMATS": []},
        {"FORMATS": ["JPEG", "BMP"]},
        {"UPLOAD_RATE": "often"},
        {"UPLOAD_RATE": "0/hour"},
    ],
)
def test_gallery_settings__impossible_value__is_refused_and_checked(
    settings: Any, values: dict[str, Any]
) -> None:
    settings.GALLERY = values

    with pytest.raises(ImproperlyConfigured, match="GALLERY"):
        gallery_settings()
    assert [found for found, _ in problems()] == ["gallery.E001"]


def test_gallery_settings__possible_values__are_taken(settings: Any) -> None:
    settings.GALLERY = {"GRACE_SECONDS": 0, "FORMATS": ["HEIC", "PNG"], "UPLOAD_RATE": "5/min"}

    assert gallery_settings() == GallerySettings(
        grace_seconds=0, formats=("HEIC", "PNG"), upload_rate="5/min"
    )
    assert decoding_limits().formats == {"HEIF", "PNG"}
