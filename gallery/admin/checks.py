"""System check: pages in the admin that could not save what they show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.sites import all_sites
from django.core.checks import CheckMessage, Error, register

from gallery.admin.galleries import GalleryInline
from gallery.models import HasRenditions


@register("gallery")
def check_model_admins(**_: Any) -> list[CheckMessage]:
    """E020: files are stored outside transactions, and the admin saves within one."""
    return [
        Error(
            f"{type(page).__name__} shows {what}, and could not save its file.",
            hint="Put GalleryAdminMixin before ModelAdmin where the model has a gallery, else "
            "FilesFirstMixin; both are in gallery.admin.",
            obj=page.model,
            id="gallery.E020",
        )
        for site in all_sites
        for page in site._registry.values()
        if type(page).changeform_view is ModelAdmin.changeform_view  # where that begins
        for what in _with_files(page)
    ]


def _with_files(page: Any) -> Iterator[str]:
    if issubclass(page.model, HasRenditions):
        yield f"the image of a {page.model.__name__}"
    for inline in page.inlines:
        if issubclass(inline, GalleryInline):
            yield "a gallery"
        elif issubclass(inline.model, HasRenditions):
            yield f"the images of {inline.model.__name__}"
