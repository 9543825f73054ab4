"""What a list of images can be narrowed to and sorted by; anything else is a 400."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import Any, TypeVar

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django_filters.fields import IsoDateTimeField
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from gallery.api.fields import MAX_ID
from gallery.models import Image, PolymorphicImageRelation
from gallery.querysets import ImageQuerySet

RowsType = TypeVar("RowsType", bound="QuerySet[Any]")

# Each word costs four comparisons per row.
MAX_SEARCH_LENGTH = 200


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": MAX_ID})
class _IdFilter(filters.Filter):
    field_class = forms.IntegerField


class _StrictBooleanField(forms.Field):
    """True, false or left out. Django would take what it cannot read for left out."""

    widget = forms.TextInput
    _VALUES = {"true": True, "false": False}

    def to_python(self, value: Any) -> bool | None:
        """Return the value.

        Raises:
            ValidationError: neither `true` nor `false`.
        """
        if value in self.empty_values:
            return None
        try:
            return self._VALUES[str(value).lower()]
        except KeyError as error:
            raise forms.ValidationError("Send true or false.", code="invalid") from error


@extend_schema_field(OpenApiTypes.BOOL)
class _BooleanFilter(filters.Filter):
    field_class = _StrictBooleanField


class _TimeField(IsoDateTimeField):
    """A time that databases can hold: all of them think in UTC, and years end at 1 and 9999."""

    def clean(self, value: Any) -> datetime | None:
        """Return the time.

        Raises:
            ValidationError: no time, or one outside of those years when told in UTC.
        """
        time: datetime | None = super().clean(value)
        try:
            return time and time.astimezone(UTC)
        except OverflowError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class _TimeFilter(filters.IsoDateTimeFilter):
    field_class = _TimeField


class StableOrdering(filters.OrderingFilter):
    """The primary key decides between equals, so that pages neither repeat nor miss a row."""

    def filter(self, qs: QuerySet[Any], value: list[str] | None) -> QuerySet[Any]:
        # Of `title,` the form field makes two names, the second of them empty.
        names = [name for name in value or [] if name]
        if not names:
            return qs
        sign = "-" if names[0].startswith("-") else ""
        return qs.order_by(*(self.get_ordering_value(name) for name in names), f"{sign}pk")


def matching(rows: RowsType, text: str, fields: Sequence[str]) -> RowsType:
    """Keep rows that contain every word of `text` in one of `fields` or another."""
    for word in text.split():
        rows = rows.filter(reduce(or_, (Q(**{f"{field}__icontains": word}) for field in fields)))
    return rows


class ImageFilter(filters.FilterSet):
    """The filters of the contract."""

    search = filters.CharFilter(
        method="search_for",
        max_length=MAX_SEARCH_LENGTH,
        label="Words, each of them in the title, alt text, description or file name.",
    )
    content_type = filters.CharFilter()
    visibility = filters.ChoiceFilter(choices=Image.Visibility.choices)
    status = filters.ChoiceFilter(choices=Image.Status.choices)
    creator = _IdFilter(field_name="creator_id", min_value=0, max_value=MAX_ID)
    attached = _BooleanFilter(method="attached_or_not", label="In any gallery or in none.")
    missing_alt = _BooleanFilter(method="without_alt", label="Needs an alt text and has none.")
    created_after = _TimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = _TimeFilter(field_name="created_at", lookup_expr="lt")
    ordering = StableOrdering(fields=["created_at", "title", "file_size"])

    class Meta:
        model = Image
        fields: tuple[str, ...] = ()

    def search_for(self, images: ImageQuerySet, _: str, text: str) -> ImageQuerySet:
        """Keep images that contain every word somewhere."""
        return matching(images, text, ("title", "alt_text", "description", "file_name"))

    def attached_or_not(self, images: ImageQuerySet, _: str, is_attached: Any) -> ImageQuerySet:
        """Keep images with, or without, a place in some gallery."""
        in_a_gallery = Exists(PolymorphicImageRelation.objects.filter(image=OuterRef("pk")))
        return images.filter(in_a_gallery if is_attached else ~in_a_gallery)

    def without_alt(self, images: ImageQuerySet, _: str, is_missing: Any) -> ImageQuerySet:
        """Keep images whose alt text is missing, or the others."""
        missing = images.missing_alt()
        return missing if is_missing else images.exclude(pk__in=missing.values("pk"))


class RelationFilter(filters.FilterSet):
    """How the gallery of an object can be sorted."""

    ordering = StableOrdering(
        fields={"order": "order", "created_at": "created_at", "effective_title": "title"}
    )

    class Meta:
        model = PolymorphicImageRelation
        fields: tuple[str, ...] = ()
