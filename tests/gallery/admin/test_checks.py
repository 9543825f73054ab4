"""Pages of the admin that could not save a file are named before anybody tries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.core.checks import run_checks

from gallery.admin import FilesFirstMixin, GalleryAdminMixin, GalleryInline
from tests.testapp.models import Album, Photo

AddAdmin = Callable[..., None]


class PhotoInline(admin.TabularInline):  # type: ignore[type-arg]
    """The pictures of an object."""

    model = Photo


@pytest.fixture
def page() -> Any:
    """Return a function that puts a page on a site of its own, and says what is wrong with it."""
    sites = []

    def add(model: Any, *bases: type, **attributes: Any) -> list[str]:
        site = admin.AdminSite()
        sites.append(site)
        page = type("PageAdmin", (*bases, admin.ModelAdmin), attributes)
        site.register(model, page)
        found = run_checks(tags=["gallery"])
        assert all(problem.hint for problem in found)
        return [f"{problem.id} {problem.msg}" for problem in found]

    yield add
    for site in sites:
        site._registry.clear()


@pytest.mark.parametrize(
    ("model", "bases", "attributes", "shown"),
    [
        (Photo, (), {}, "the image of a Photo"),
        (Photo, (FilesFirstMixin,), {}, None),
        (Album, (), {}, None),
        (Album, (), {"inlines": [GalleryInline]}, "a gallery"),
        (Album, (GalleryAdminMixin,), {"inlines": [GalleryInline]}, None),
        (Album, (), {"inlines": [PhotoInline]}, "the images of Photo"),
    ],
    ids=["image", "image-mixin", "none", "gallery", "gallery-mixin", "inline"],
)
def test_page__that_saves_in_the_admins_transaction__is_an_error(
    page: Any, model: Any, bases: tuple[type, ...], attributes: Any, shown: str | None
) -> None:
    expected = [f"gallery.E020 PageAdmin shows {shown}, and could not save its file."]
    assert page(model, *bases, **attributes) == (expected if shown else [])
