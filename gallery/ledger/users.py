"""Which model row holds an original."""

from __future__ import annotations

from django.apps import apps

from gallery.models import HasRenditions, MediaFile


def user_of(file: MediaFile) -> HasRenditions | None:
    """Return a model row that refers to this original, if any does."""
    app_label, model_name, field_name = file.source.split(".")
    try:
        model = apps.get_model(app_label, model_name)
    except LookupError:
        return None
    if not issubclass(model, HasRenditions) or model.image_field != field_name:
        return None
    user: HasRenditions | None = model._base_manager.filter(**{field_name: file.key}).first()
    return user
