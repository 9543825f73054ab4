"""The gallery in Django's admin."""

from gallery.admin.images import ImageAdmin
from gallery.admin.media_files import MediaFileAdmin

__all__ = ["ImageAdmin", "MediaFileAdmin"]
