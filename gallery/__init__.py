"""Images on any model: focal points, renditions, stable URLs, a ledger of every stored file.

`gallery.register(Product, organization="organization")` gives every product a gallery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.models import Model

    from gallery.registry import OrganizationOf

# versatileimagefield imports `magic` on import, which needs the C library libmagic. Where the
# system has none, the wheel of pylibmagic brings it; it must be loaded before the next attempt.
try:
    import magic  # noqa: F401  (only to see whether it loads)
except ImportError:
    import pylibmagic  # noqa: F401  (puts its libmagic where `magic` looks)


def register(model: type[Model], *, organization: OrganizationOf) -> None:
    """Give the objects of `model` galleries: `obj.gallery`, `obj.cover` and the REST endpoints.

    Call it once, below the model or in its app's `ready()`.

    Args:
        model: any model with a table of its own.
        organization: whose an object is; a lookup path like `"shop__organization"`, `"pk"` for the
            organisation itself, or a function of the object that returns it.

    Raises:
        ImproperlyConfigured: an abstract or proxy model; one registered with another organisation;
            one that has something else by the name `gallery` or `cover`.
    """
    # Django imports this package before it knows any model.
    from gallery.models.has_gallery import register as register_model  # noqa: PLC0415

    register_model(model, organization=organization)
