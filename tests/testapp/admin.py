"""Galleries in the admin, in as few lines as that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from gallery.admin import GalleryAdminMixin, GalleryInline
from tests.testapp.models import Album, Card, Page

if TYPE_CHECKING:
    AlbumAdminBase = admin.ModelAdmin[Album]
    PageAdminBase = admin.ModelAdmin[Page]
    CardAdminBase = admin.ModelAdmin[Card]
else:
    AlbumAdminBase = PageAdminBase = CardAdminBase = admin.ModelAdmin


@admin.register(Album)
class AlbumAdmin(GalleryAdminMixin, AlbumAdminBase):
    """By a field."""

    inlines = [GalleryInline]


@admin.register(Page)
class PageAdmin(GalleryAdminMixin, PageAdminBase):
    """By a path, with a text for its key."""

    inlines = [GalleryInline]


@admin.register(Card)
class CardAdmin(GalleryAdminMixin, CardAdminBase):
    """By a function, with a UUID for its key."""

    inlines = [GalleryInline]
