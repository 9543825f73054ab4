"""What the page of an image shows besides its form: its files, and where it is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.admin import AdminSite
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gallery.models import Image, PolymorphicImageRelation
from gallery.renditions.handles import Rendition
from gallery.renditions.urls import original_url

MAX_USES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class File:
    """One file of an image, made or not."""

    name: str
    definition: str
    size: str
    bytes: int | None
    """None while it is not made."""
    url: str


@dataclass(frozen=True, slots=True)
class PlaceOfUse:
    """One gallery that the image is in."""

    relation: PolymorphicImageRelation
    label: str
    url: str
    """Of the object's page; empty if there is none for this user."""


def files_of(image: Image) -> Iterator[File]:
    """Return the original and every rendition of the image's own set; asks no storage."""
    yield File(
        name=str(_("original")),
        definition=image.content_type,
        size=f"{image.width} × {image.height}",
        bytes=image.file_size,
        url=original_url(image),
    )
    for rendition in image.renditions():
        yield File(
            name=rendition.name,
            definition=_definition_of(rendition),
            size=f"{rendition.width} × {rendition.height}",
            bytes=rendition.file.size if rendition.file else None,
            url=rendition.url,
        )


def _definition_of(rendition: Rendition) -> str:
    spec = rendition.spec
    return f"{spec.format} {spec.operation} {spec.width} × {spec.height}, q{spec.quality}"


def places_of(image: Image, *, request: HttpRequest, site: AdminSite) -> list[PlaceOfUse]:
    """Return the galleries that the image is in, the first hundred, with a query for each model."""
    relations = image.relations.select_related("image").order_by("pk")
    found = relations.prefetch_related("content_type", "content_object")[:MAX_USES_SHOWN]
    return [_place_of(relation, request, site) for relation in found]


def _place_of(
    relation: PolymorphicImageRelation, request: HttpRequest, site: AdminSite
) -> PlaceOfUse:
    obj = relation.content_object
    if not isinstance(obj, models.Model):
        return PlaceOfUse(relation, f"{relation.content_type} {relation.object_id}", "")
    options, url = obj._meta, ""
    model_admin = site._registry.get(type(obj))
    if model_admin and model_admin.has_view_permission(request, obj):
        name = f"{site.name}:{options.app_label}_{options.model_name}_change"
        url = reverse(name, args=[obj.pk])
    return PlaceOfUse(relation, f"{options.verbose_name} {obj}", url)
