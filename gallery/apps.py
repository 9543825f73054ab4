"""Connect the layers once Django knows all models."""

from django.apps import AppConfig

# versatileimagefield imports `magic` on import, which needs the C library libmagic. Where the
# system has none, the wheel of pylibmagic brings it; it must be loaded before the next attempt.
try:
    import magic  # noqa: F401  (only to see whether it loads)
except ImportError:
    import pylibmagic  # noqa: F401  (puts its libmagic where `magic` looks)


class GalleryConfig(AppConfig):
    """Images on any model."""

    name = "gallery"
    verbose_name = "Gallery"

    def ready(self) -> None:
        """Register the system checks and open the models' door; give organisations a gallery."""
        from gallery import checks  # noqa: F401, PLC0415  (registers on import; needs models)
        from gallery.models.has_gallery import register  # noqa: PLC0415  (needs models)
        from gallery.models.pipeline import connect  # noqa: PLC0415  (needs models)
        from gallery.services.originals import ModelPipeline  # noqa: PLC0415  (needs models)
        from orgs.models import Organization  # noqa: PLC0415  (needs models)

        connect(ModelPipeline())
        # It cannot do so itself: it knows nothing of galleries.
        register(Organization, organization="pk")
