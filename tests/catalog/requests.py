"""Where products answer, and how pictures of theirs are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from catalog.models import Product
from gallery.models import PolymorphicImageRelation
from tests.gallery.api.harness import picture_at

PRODUCTS = "/api/v1/products/"
SITE = "http://testserver"
Attach = Callable[..., PolymorphicImageRelation]


def url_of(product: Product) -> str:
    """Return where a product answers."""
    return f"{PRODUCTS}{product.slug}/"


def picture_behind(url: str, media_root: Path) -> Image.Image:
    """Open the file behind an absolute media URL."""
    assert url.startswith(f"{SITE}/media/"), url
    return picture_at(media_root, url.removeprefix(SITE))


def as_shown(images: list[dict[str, Any]]) -> list[int]:
    """Return the ids of product images; show that their places have no gaps."""
    assert [image["order"] for image in images] == list(range(len(images)))
    return [image["id"] for image in images]
