"""Users and their reference images in Django's admin."""

from accounts.admin.reference_images import ReferenceImageAdmin, ReferenceImageInline
from accounts.admin.users import UserAdmin

__all__ = ["ReferenceImageAdmin", "ReferenceImageInline", "UserAdmin"]
