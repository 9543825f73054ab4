"""Create and change products; their pictures are the gallery's affair."""

from __future__ import annotations

from decimal import Decimal
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from catalog.exceptions import SlugTaken
from catalog.models import MAX_SLUG_LENGTH, Product
from gallery.exceptions import ObjectGone
from orgs import preconditions
from orgs.models import Organization
from orgs.preconditions import Precondition


class Change(TypedDict, total=False):
    """What may be said about a product."""

    name: str
    slug: str
    description: str
    price: Decimal


def create_product(*, organization: Organization, **said: Unpack[Change]) -> Product:
    """Store a new product; without a slug, a free one is made from the name.

    Raises:
        SlugTaken: another product has the slug.
    """
    if "slug" in said:
        return _saved(Product(organization=organization, **said))
    base = slugify(said["name"])[: MAX_SLUG_LENGTH - 12].strip("-_") or "product"
    number = 1
    while True:
        said["slug"] = base if number == 1 else f"{base}-{number}"
        try:
            return _saved(Product(organization=organization, **said))
        except SlugTaken:
            number = _next_number(base, number)


def update_product(
    *,
    product: Product,
    precondition: Precondition = preconditions.none,
    **said: Unpack[Change],
) -> None:
    """Save the given values.

    Raises:
        SlugTaken: another product has the slug.
        ObjectGone: somebody deleted the product meanwhile.
    """
    with transaction.atomic():
        current = product.as_stored(is_locked=True)
        if current is None:
            raise ObjectGone
        precondition()
        for name, value in said.items():
            setattr(current, name, value)
        _saved(current, {*said, "updated_at"})


def _saved(product: Product, fields: set[str] | None = None) -> Product:
    try:
        with transaction.atomic():
            product.save(update_fields=fields)
    except IntegrityError as error:
        if Product.objects.filter(slug=product.slug).exclude(pk=product.pk).exists():
            raise SlugTaken from error
        raise
    return product


def _next_number(base: str, number: int) -> int:
    """Return a number to go on with: as many as there are need not be tried one by one."""
    taken = Product.objects.filter(slug__startswith=f"{base}-").count()
    return max(number, taken) + 1
