"""The public pages: all products by their covers, and one product with its gallery."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.generic import DetailView, ListView

from catalog.models import Product
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.geometry import Size, crop_box
from gallery.models import PolymorphicImageRelation

if TYPE_CHECKING:
    ListBase = ListView[Product]
    DetailBase = DetailView[Product]
else:
    ListBase = ListView
    DetailBase = DetailView

DEMO_USER = "root@example.com"
"""Whose password everybody knows, where `load_demo` ran."""
SHAPES = (Size(1, 1), Size(16, 9), Size(3, 4))


@dataclass(frozen=True, slots=True)
class Shape:
    """A frame of some ratio, and what it shows of a picture: on its point, and about the middle."""

    ratio: Size
    on_point: str
    about_middle: str


@dataclass(frozen=True, slots=True)
class Showcase:
    """A product whose cover shows what a focal point is good for."""

    product: Product
    cover: PolymorphicImageRelation
    original: Size
    shapes: tuple[Shape, ...]
    card_url: str
    """The absolute URL of a crop."""


class _ProductPage:
    """What visitors may see of products, asked for anew each time: permissions change."""

    request: HttpRequest

    @method_decorator(cache_control(private=True, no_cache=True))
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Answer GET and HEAD."""
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # a view's

    def get_queryset(self) -> QuerySet[Product]:
        """Return the products with the images that the visitor may see."""
        shown = Product.objects.with_gallery(shown_to=self.request.user)
        return shown.select_related("organization")


class HomePage(_ProductPage, ListBase):
    """All products, and what this is about. A constant number of queries, none of storage."""

    template_name = "catalog/home.html"
    context_object_name = "products"
    paginate_by = 24  # full rows of two, three and four

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the figure of the focal point, and what the commands to copy are about."""
        context = super().get_context_data(**kwargs)
        return {
            **context,
            "showcase": showcase_of(context["products"], self.request),
            "site": self.request.build_absolute_uri("/").rstrip("/"),
            "demo_user": _demo_user(),
        }


class ProductPage(_ProductPage, DetailBase):
    """A product with its pictures, the cover first."""

    template_name = "catalog/product.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the pictures that are not the cover."""
        cover, relations = self.object.cover, self.object.gallery.all()
        others = [each for each in relations if each != cover]
        return super().get_context_data(cover=cover, others=others, **kwargs)


def showcase_of(products: Iterable[Product], request: HttpRequest) -> Showcase | None:
    """Return the product whose cover has its point farthest from the middle: it matters most there.

    Only one that everybody may see, for the commands are anybody's.
    """
    covers = [(product, product.cover) for product in products]
    found = [(each, cover) for each, cover in covers if cover and _is_public(cover)]
    if not found:
        return None
    product, cover = max(found, key=lambda each: _distance(each[1].focal_point))
    original = Size(*cover.image.original_size)
    shapes = (
        Shape(
            ratio,
            _view_box(original, ratio, cover.focal_point),
            _view_box(original, ratio, FocalPoint.CENTER),
        )
        for ratio in SHAPES
    )
    card_url = request.build_absolute_uri(cover.rendition("card").url)
    return Showcase(product, cover, original, tuple(shapes), card_url)


def _is_public(relation: PolymorphicImageRelation) -> bool:
    return relation.image.visibility == relation.image.Visibility.PUBLIC


def _distance(point: FocalPoint) -> int:
    return (point.x - 50) ** 2 + (point.y - 50) ** 2


def _view_box(original: Size, frame: Size, point: FocalPoint) -> str:
    """Return the region that a crop shows, as SVG has it."""
    box = crop_box(original, frame, point)
    return f"{box.left} {box.top} {box.size.width} {box.size.height}"


def _demo_user() -> str:
    """Return whom to log in as, empty where nobody may know."""
    users = get_user_model().objects.filter(email=DEMO_USER)
    return DEMO_USER if settings.DEBUG and users.exists() else ""
