"""The gallery in Django's admin."""

from gallery.admin.galleries import GalleryAdminMixin, GalleryInline
from gallery.admin.images import ImageAdmin
from gallery.admin.media_files import MediaFileAdmin

__all__ = ["GalleryAdminMixin", "GalleryInline", "ImageAdmin", "MediaFileAdmin"]
