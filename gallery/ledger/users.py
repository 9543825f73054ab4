"""Who needs an original: a model's row, or whoever kept the file before it was adopted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from django.apps import apps
from django.utils import timezone

from gallery.ledger.adopting import is_adopted
from gallery.models import HasRenditions, MediaFile


class User(Protocol):
    """What the ledger asks of whoever needs an original."""

    @property
    def pk(self) -> Any:
        """Its primary key, as the ledger records it."""

    def media_visibility(self) -> str:
        """Return who may see the files: a `MediaFile.Visibility`."""

    def settle_files(self) -> None:
        """Make the ledger agree that it needs them."""


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Whoever put an adopted file into the storage: it stays, also when its source is gone."""

    file: MediaFile

    @property
    def pk(self) -> str:
        return self.file.object_id

    def media_visibility(self) -> str:
        return self.file.visibility

    def settle_files(self) -> None:
        live = {"state": MediaFile.State.LIVE, "delete_after": None, "retry_after": None}
        MediaFile.objects.filter(pk=self.file.pk).update(**live, updated_at=timezone.now())


def user_of(file: MediaFile) -> User | None:
    """Return who refers to this original, if anybody does."""
    if is_adopted(file):
        return _Keeper(file)
    app_label, _, rest = file.source.partition(".")
    model_name, _, field_name = rest.partition(".")
    try:
        model = apps.get_model(app_label, model_name)
    except (LookupError, ValueError):
        return None
    if not issubclass(model, HasRenditions) or model.image_field != field_name:
        return None
    user: HasRenditions | None = model._base_manager.filter(**{field_name: file.key}).first()
    return user
