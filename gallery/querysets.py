"""Chainable reads, tenant first; every list is a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone

from orgs.models import Organization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from gallery.models import Image, MediaFile, PolymorphicImageRelation

    Viewer = models.Model | AnonymousUser

ModelType = TypeVar("ModelType", bound=models.Model)


class RenditionQuerySet(models.QuerySet[ModelType]):
    """Instances that can bring their renditions along."""

    _loads_renditions = False

    def with_renditions(self) -> Self:
        """Load the ledger rows of all live renditions with one query for the whole result."""
        clone = self._chain()
        clone._loads_renditions = True
        return clone

    def _clone(self) -> Self:
        clone: Self = super()._clone()
        clone._loads_renditions = self._loads_renditions
        return clone

    def _fetch_all(self) -> None:
        is_first_time = self._result_cache is None
        super()._fetch_all()
        rows: list[Any] = self._result_cache or []
        if is_first_time and self._loads_renditions and rows and isinstance(rows[0], self.model):
            attach_renditions(rows)


def attach_renditions(instances: Iterable[Any]) -> None:
    """Give each instance its `rendition_files` from the ledger, with one query for all."""
    by_key = {instance.original_key: instance for instance in instances}
    found: dict[str, dict[str, MediaFile]] = {key: {} for key in by_key}
    media_files = apps.get_model("gallery", "MediaFile").objects
    for file in media_files.live_renditions_of(by_key).select_related("original"):
        found[file.original.key][file.key] = file
    for instance in instances:
        instance.rendition_files = found[instance.original_key]


class MediaFileQuerySet(models.QuerySet["MediaFile"]):
    """Questions to the ledger."""

    def live_renditions_of(self, original_keys: Iterable[str]) -> Self:
        """Return the live renditions made from the originals with these keys."""
        return self.filter(original__key__in=list(original_keys), state="live")

    def servable(self) -> Self:
        """Return what the media proxy may answer with: live, or stale within its grace period."""
        return self.filter(Q(state="live") | Q(state="stale", delete_after__gt=timezone.now()))

    def due(self) -> Self:
        """Return what the sweep may delete now, renditions before the originals they stem from."""
        is_original = models.F("original").asc(nulls_last=True)
        return self.filter(delete_after__lte=timezone.now()).order_by(is_original, "pk")

    def of_object(self, source: str, object_id: object) -> Self:
        """Return the files of one object's field."""
        return self.filter(source=source, object_id=str(object_id))


class ImageQuerySet(RenditionQuerySet["Image"]):
    """Images, always by tenant first."""

    def visible_to(self, user: Viewer) -> Self:
        """Return the images of every organisation that `user` may read."""
        return self.filter(organization__in=Organization.objects.visible_to(user))

    def in_org(self, organization: Organization) -> Self:
        """Return the images of one organisation."""
        return self.filter(organization=organization)

    def missing_alt(self) -> Self:
        """Return the images that need an alt text and have none."""
        return self.filter(alt_text="", decorative=False)


class RelationQuerySet(models.QuerySet["PolymorphicImageRelation"]):
    """Places of images in galleries."""

    def visible_to(self, user: Viewer) -> Self:
        """Return the relations of every organisation that `user` may read."""
        return self.filter(organization__in=Organization.objects.visible_to(user))

    def in_org(self, organization: Organization) -> Self:
        """Return the relations of one organisation."""
        return self.filter(organization=organization)

    def for_object(self, obj: models.Model) -> Self:
        """Return the gallery of one object."""
        content_type = ContentType.objects.get_for_model(obj)
        return self.filter(content_type=content_type, object_id=str(obj.pk))

    def in_order(self) -> Self:
        """Return the relations as an editor arranged them."""
        return self.order_by("order", "pk")

    def with_renditions(self) -> Self:
        """Load images and their renditions with two more queries for the whole result."""
        images = apps.get_model("gallery", "Image").objects.with_renditions()
        return self.prefetch_related(models.Prefetch("image", queryset=images))
