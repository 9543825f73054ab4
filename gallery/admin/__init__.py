"""The gallery in Django's admin."""

from gallery.admin import checks
from gallery.admin.galleries import GalleryAdminMixin, GalleryInline
from gallery.admin.images import ImageAdmin
from gallery.admin.media_files import MediaFileAdmin
from gallery.admin.saving import FilesFirstMixin

__all__ = [
    "FilesFirstMixin",
    "GalleryAdminMixin",
    "GalleryInline",
    "ImageAdmin",
    "MediaFileAdmin",
    "checks",
]
