"""How often one user may upload."""

from rest_framework.throttling import UserRateThrottle

from gallery.conf import gallery_settings


class UploadThrottle(UserRateThrottle):
    """The `UPLOAD_RATE` of the gallery; empty is off."""

    scope = "upload"

    def get_rate(self) -> str | None:
        """Return the configured rate, now."""
        return gallery_settings().upload_rate or None
