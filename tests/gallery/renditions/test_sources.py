"""Files that somebody else keeps: registered and listed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

import gallery
from gallery.models import Image
from gallery.renditions import key_source
from gallery.renditions.sources import model_sources, sources
from tests.conftest import Upload
from tests.gallery.heart import keys
from tests.gallery.renditions.adoption import keep, make_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_no_sources")]


def register(keys: Any = "banners/", **options: Any) -> None:
    gallery.register_source("banners", keys=keys, **options)


def listed() -> list[str]:
    (source,) = key_source.key_sources().values()
    return [each.original_key for page in source.pages(2) for each in page]


@pytest.mark.parametrize(
    "options",
    [
        {"name": "shop.banner.image"},
        {"name": ""},
        {"name": "Banners"},
        {"keys": ""},
        {"keys": "/"},
        {"keys": "/etc"},
        {"keys": "../other"},
        {"keys": "a//b"},
        {"keys": iter(["banners/a.jpg"])},
        {"visibility": "secret"},
    ],
)
def test_register__what_cannot_be__is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ImproperlyConfigured):
        gallery.register_source(**{"name": "banners", "keys": "banners/", **options})

    assert key_source.key_sources() == {}


def test_register__twice__is_one_source_and_another_by_its_name_is_refused() -> None:
    register()
    register("banners")

    assert list(sources()) == [*model_sources(), "banners"]
    with pytest.raises(ImproperlyConfigured):
        register(visibility="private")
    with pytest.raises(ImproperlyConfigured):
        register(rendition_set="photos")
    with pytest.raises(ImproperlyConfigured):
        register("others/")


def test_prefix__folders_below__are_listed_in_the_order_of_their_keys(
    media_root: Path, upload: Upload
) -> None:
    names = ["banners/b/2.jpg", "banners/b/1.jpg", "banners/b.jpg", "banners/a.jpg", "other/c.jpg"]
    keep(media_root, upload, *names)
    (media_root / "banners/loop").symlink_to(media_root / "banners/b")
    register("banners")

    assert listed() == [
        *("banners/a.jpg", "banners/b.jpg", "banners/b/1.jpg", "banners/b/2.jpg"),
        *("banners/loop/1.jpg", "banners/loop/2.jpg"),
    ]
    assert listed() == sorted(listed())


def test_prefix__link_that_leads_back_up__comes_to_an_end(media_root: Path, upload: Upload) -> None:
    keep(media_root, upload, "banners/a.jpg")
    (media_root / "banners/up").symlink_to(media_root / "banners")
    register()

    assert 1 < len(listed()) < 300


def test_prefix__folder_that_is_not_there__is_empty(media_root: Path) -> None:
    register()

    assert listed() == []


@pytest.mark.parametrize("how", ["list", "function"])
def test_keys__written_or_returned__are_taken_each_once(
    how: str, media_root: Path, upload: Upload
) -> None:
    names = ["banners/b.jpg", "banners/a.jpg", "banners/b.jpg"]
    keep(media_root, upload, *names)

    def return_names() -> Iterable[str]:
        return iter(names)

    register(names if how == "list" else return_names)

    assert len(make_all("banners")) == 2
    assert make_all("banners") == []
    assert keys(original=None) == {"banners/a.jpg", "banners/b.jpg"}


def test_check__source_whose_set_is_not_there__is_an_error() -> None:
    register(rendition_set="nope")

    assert "gallery.E017" in [each.id for each in run_checks(tags=["gallery"])]


def test_organization__of_a_model_source__is_known_where_there_is_one() -> None:
    paths = {name: source.organization for name, source in model_sources().items()}

    assert paths[Image.image_field_object().source] == "organization"
    assert paths["testapp.photo.image"] == ""
