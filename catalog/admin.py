"""Products in the admin, with their galleries: all that a developer writes for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from catalog.models import Product
from gallery.admin import GalleryAdminMixin, GalleryInline

if TYPE_CHECKING:
    ProductAdminBase = admin.ModelAdmin[Product]
else:
    ProductAdminBase = admin.ModelAdmin


@admin.register(Product)
class ProductAdmin(GalleryAdminMixin, ProductAdminBase):
    """Products by name, each with its cover."""

    inlines = [GalleryInline]
    list_display = ("cover_picture", "name", "organization", "price")
    list_display_links = ("cover_picture", "name")
    list_filter = (("organization", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("organization",)
    search_fields = ("name", "slug", "description")
    prepopulated_fields = {"slug": ("name",)}
