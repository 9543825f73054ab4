"""The ledger in the admin, to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest

from gallery.models import MediaFile

if TYPE_CHECKING:
    MediaFileAdminBase = admin.ModelAdmin[MediaFile]
else:
    MediaFileAdminBase = admin.ModelAdmin


@admin.register(MediaFile)
class MediaFileAdmin(MediaFileAdminBase):
    """Every stored file; changed by uploads, edits and the sweep, never by hand."""

    list_display = ("key", "state", "rendition", "content_type", "width", "height", "size")
    list_filter = ("state", "visibility", "content_type", "rendition", "source")
    search_fields = ("key",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show it to superusers: the ledger knows no organisations."""
        return bool(getattr(request.user, "is_superuser", False))

    def has_view_permission(self, request: HttpRequest, obj: MediaFile | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: MediaFile | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: MediaFile | None = None) -> bool:
        return False
