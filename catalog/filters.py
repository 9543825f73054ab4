"""What the list of products can be narrowed to and sorted by."""

from __future__ import annotations

import django_filters as filters

from catalog.models import Product, ProductQuerySet
from gallery.api.filters import MAX_SEARCH_LENGTH, StableOrdering, matching
from orgs.models import MAX_SLUG_LENGTH


class _PriceFilter(filters.NumberFilter):
    """A number that a price could be: databases know no others."""

    def __init__(self, *, lookup_expr: str) -> None:
        super().__init__(
            field_name="price",
            lookup_expr=lookup_expr,
            max_digits=10,
            decimal_places=2,
            min_value=0,
        )


class ProductFilter(filters.FilterSet):
    """Search, narrow down and sort."""

    search = filters.CharFilter(
        method="search_for",
        max_length=MAX_SEARCH_LENGTH,
        label="Words, each of them in the name, slug or description.",
    )
    organization = filters.CharFilter(
        field_name="organization__slug", max_length=MAX_SLUG_LENGTH, label="Its slug."
    )
    min_price = _PriceFilter(lookup_expr="gte")
    max_price = _PriceFilter(lookup_expr="lte")
    ordering = StableOrdering(fields=["name", "price", "created_at", "updated_at"])

    class Meta:
        model = Product
        fields: tuple[str, ...] = ()

    def search_for(self, products: ProductQuerySet, _: str, text: str) -> ProductQuerySet:
        """Keep products that contain every word somewhere."""
        return matching(products, text, ("name", "slug", "description"))
