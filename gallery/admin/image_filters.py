"""What the list of images in the admin can be narrowed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from gallery.querysets import ImageQuerySet


class HasAltTextFilter(admin.SimpleListFilter):
    """Which images still need words."""

    title = _("alt text")
    parameter_name = "alt_text"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("missing", _("Missing"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        images: ImageQuerySet = queryset  # type: ignore[assignment]  # those of `get_queryset`
        return images.missing_alt() if self.value() == "missing" else images


class IsUsedFilter(admin.SimpleListFilter):
    """Which images are in some gallery."""

    title = _("use")
    parameter_name = "used"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("In a gallery")), ("no", _("In none"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "yes":
                return queryset.filter(use_count__gt=0)
            case "no":
                return queryset.filter(use_count=0)
            case _:
                return queryset
