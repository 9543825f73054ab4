"""Products in the admin: covers in the list, the gallery on the page, and whose products."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from catalog.models import Product
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image
from gallery.services import attachments
from orgs.models import Organization, Role
from tests.conftest import Upload
from tests.factories import MembershipFactory, OrganizationFactory
from tests.gallery.admin.forms import GalleryFields, post
from tests.gallery.admin.pages import Page
from tests.gallery.api.harness import laid_out, warmed, watch_storage

pytestmark = pytest.mark.django_db

LIST = "/admin/catalog/product/"


@pytest.fixture
def root(superuser: User) -> Client:
    client = Client()
    client.force_login(superuser)
    return client


@pytest.fixture
def image(organization: Organization, upload: Upload) -> Image:
    return warmed(organization, upload(size=(40, 30)))


def add(organization: Organization, number: int = 0, **values: Any) -> Product:
    values = {"name": f"Product {number}", "slug": f"product-{number}", **values}
    return Product.objects.create(organization=organization, **values)


def test_list__shows_covers_at_the_same_cost_for_one_and_twenty(
    root: Client, organization: Organization, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachments.attach(obj=add(organization), image=image)
    root.get(LIST)  # whatever is cached is cached
    calls = watch_storage(monkeypatch)
    with CaptureQueriesContext(connection) as for_one:
        page = Page(root.get(LIST))
    assert image.rendition("thumb").url in {each.get("src") for each in page.all("img")}
    for number in range(1, 20):
        attachments.attach(obj=add(organization, number), image=image)
    with CaptureQueriesContext(connection) as for_twenty:
        page = Page(root.get(LIST))

    assert page.text.count("Product ") >= 20
    assert len(for_twenty) == len(for_one)
    assert calls == []


def test_page__saves_product_and_gallery(
    root: Client, organization: Organization, image: Image
) -> None:
    product = add(organization)
    fields = GalleryFields(product, name="Boat")
    fields.add(image_id=image.pk)
    post(root, fields)

    product.refresh_from_db()
    assert product.name == "Boat"
    assert laid_out(product) == ([image.pk], image.pk)


def test_staff__see_and_change_their_own_products(organization: Organization) -> None:
    ours, theirs = add(organization), add(OrganizationFactory.create(), 1, name="Secret")
    user = MembershipFactory.create(organization=organization, role=Role.MEMBER).user
    user.is_staff = True
    user.save()
    of_products: Any = Permission.objects.filter(content_type__app_label="catalog")
    user.user_permissions.set(of_products)
    client = Client()
    client.force_login(user)
    page = Page(client.get(LIST))

    assert ours.name in page.text
    assert "Secret" not in page.text
    assert client.get(f"{LIST}{theirs.pk}/change/").status_code == 302
    assert client.post(f"{LIST}{theirs.pk}/delete/", {"post": "yes"}).status_code == 302
    assert Product.objects.count() == 2


@pytest.mark.parametrize("price", ["-0.01", "1.001", "x", "99999999999"])
def test_price__that_is_none_is_an_error_at_its_field(
    root: Client, organization: Organization, price: str
) -> None:
    product = add(organization)
    fields = GalleryFields(product, price=price)
    response: Any = root.post(fields.url, fields.data)

    assert response.context["adminform"].form.errors.keys() == {"price"}


def test_image__is_uploaded_replaced_and_cleared(
    root: Client, organization: Organization, upload: Upload
) -> None:
    product = add(organization)
    post(root, GalleryFields(product, image_0=upload(size=(40, 30)), image_1="0.2x0.7"))
    product.refresh_from_db()
    first = product.image.name
    assert first.startswith("products/")
    assert (product.image_width, product.focal_point) == (40, FocalPoint(20, 70))

    post(root, GalleryFields(product, image_0=upload(size=(60, 30))))
    product.refresh_from_db()
    assert product.image.name != first
    assert product.image_width == 60

    post(root, GalleryFields(product, **{"image_0-clear": "on"}))
    product.refresh_from_db()
    assert product.original_key == ""
    assert product.image_height is None


def test_image__of_another_format_is_an_error_at_its_field(
    root: Client, organization: Organization, upload: Upload
) -> None:
    product = add(organization)
    fields = GalleryFields(product, image_0=upload("a.gif"))
    response: Any = root.post(fields.url, fields.data)

    errors = response.context["adminform"].form.errors
    assert errors == {"image": ["The file is none of these: JPEG, PNG, WEBP."]}
    product.refresh_from_db()
    assert product.image.name == ""


def test_product_that_moves__leaves_its_images_behind(
    root: Client, organization: Organization, image: Image
) -> None:
    product = add(organization)
    attachments.attach(obj=product, image=image)
    post(root, GalleryFields(product, organization=OrganizationFactory.create().pk))

    product.refresh_from_db()
    assert product.organization != organization
    assert laid_out(product) == ([], None)
    assert Image.objects.get() == image
