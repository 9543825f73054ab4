"""Fill in the admin's page of an object with a gallery, as a browser without scripts would."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import quote
from django.db import models
from django.test import Client, TestCase

from gallery.models import PolymorphicImageRelation

WORDS = ("custom_title", "custom_alt_text", "custom_description")


class GalleryFields:
    """What the page of one object sends, changed as an editor would."""

    def __init__(self, obj: models.Model, **own: Any) -> None:
        options = obj._meta
        place = "add/" if obj._state.adding else f"{quote(obj.pk)}/change/"
        self.url = f"/admin/{options.app_label}/{options.model_name}/{place}"
        self.data: dict[str, Any] = {
            **{
                field.name: value
                for field in options.fields
                if field.editable
                and not isinstance(field, models.FileField)  # which sends nothing
                and (value := field.value_from_object(obj)) is not None
            },
            **own,
        }
        relations = PolymorphicImageRelation.objects.none()
        if not obj._state.adding:
            relations = PolymorphicImageRelation.objects.for_object(obj).in_order()
        for number, relation in enumerate(relations):
            self._show(number, relation)
        self.data["gallery-INITIAL_FORMS"] = self.data["gallery-TOTAL_FORMS"] = len(relations)

    def _show(self, number: int, relation: PolymorphicImageRelation) -> None:
        point = relation.own_focal_point
        self.say(
            number,
            id=relation.pk,
            order=relation.order,
            focal_point=point.ppoi if point else "",
            custom_decorative={None: "unknown", True: "true", False: "false"}[
                relation.custom_decorative
            ],
            **{name: getattr(relation, name) for name in WORDS},
        )
        self.data[f"initial-gallery-{number}-is_cover"] = str(relation.is_cover)
        for name in ("order", "focal_point", "custom_decorative", *WORDS):
            value = self.data[f"gallery-{number}-{name}"]
            self.data[f"initial-gallery-{number}-{name}"] = value
        if relation.is_cover:
            self.say(number, is_cover="on")

    def say(self, number: int, **values: Any) -> None:
        """Fill in fields of one card; an unticked box sends nothing."""
        for name, value in values.items():
            key = f"gallery-{number}-{name}"
            if name in {"is_cover", "DELETE"} and not value:
                self.data.pop(key, None)
            else:
                self.data[key] = value

    def add(self, **values: Any) -> None:
        """Fill in one more card."""
        self.say(self.data["gallery-TOTAL_FORMS"], **values)
        self.data["gallery-TOTAL_FORMS"] += 1


def post(client: Client, fields: GalleryFields) -> None:
    """Save the page, and show that nothing was wrong with it."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        response = client.post(fields.url, fields.data)
    assert response.status_code == 302, _errors(response)


def _errors(response: Any) -> Any:
    context = response.context or {}
    return context.get("errors", response)
