"""Products by REST: who reads and writes them, and what may be said about them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from catalog.models import Product
from orgs.models import Organization, Role
from tests.accounts.clients import client_of, field_codes_of, problem_of
from tests.catalog.requests import PRODUCTS, SITE, Attach
from tests.conftest import Upload
from tests.factories import MembershipFactory, OrganizationFactory, ProductFactory

pytestmark = pytest.mark.django_db

FIELDS = {
    *("id", "organization", "name", "slug", "description", "price"),
    *("image", "image_url", "image_width", "image_height"),
    *("primary_image", "images", "created_at", "updated_at"),
}


def asked(**query: Any) -> dict[str, str]:
    return {name: str(value) for name, value in query.items()}


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [product["name"] for product in response.json()["results"]]


def test_product__without_pictures__says_so(anybody: APIClient, product: Product, url: str) -> None:
    answer = anybody.get(url)

    assert answer.status_code == 200
    found = answer.json()
    assert found.keys() == FIELDS
    assert (found["organization"], found["name"], found["price"]) == ("acme", "Teapot", "0.00")
    none = ("image", "image_url", "image_width", "image_height", "primary_image")
    assert [found[name] for name in none] == [None] * 5
    assert found["images"] == []


def test_product__that_is_not_there__is_the_problem_of_all_404s(anybody: APIClient) -> None:
    answer = anybody.get(f"{PRODUCTS}nothing/")

    assert answer.status_code == 404
    assert problem_of(answer)["code"] == "not_found"


def test_create__makes_a_slug_of_the_name_and_says_where_the_product_is(client: APIClient) -> None:
    values = {"name": "Crème brûlée", "price": "4.50", "description": "Sweet."}
    answer = client.post(PRODUCTS, values)

    assert answer.status_code == 201, answer.content
    assert answer["Location"] == f"{SITE}{PRODUCTS}creme-brulee/"
    assert client.get(answer["Location"]).json() == answer.json()
    product = Product.objects.get()
    assert (product.organization.slug, product.price) == ("acme", Decimal("4.50"))


def test_create__with_a_name_that_others_have__finds_a_free_slug(client: APIClient) -> None:
    answers = [client.post(PRODUCTS, {"name": "Teapot"}) for _ in range(3)]
    assert [each.json()["slug"] for each in answers] == ["teapot", "teapot-2", "teapot-3"]

    Product.objects.get(slug="teapot-2").delete()
    again = [client.post(PRODUCTS, {"name": "Teapot"}).json()["slug"] for _ in range(3)]
    assert again == ["teapot-2", "teapot-4", "teapot-5"]


def test_slug__that_is_empty__is_as_if_left_out(client: APIClient, product: Product) -> None:
    made = client.post(PRODUCTS, {"name": "Kettle", "slug": ""}, format="multipart")
    kept = client.patch(f"{PRODUCTS}kettle/", {"name": "Pan", "slug": ""})

    assert (made.json()["slug"], kept.json()["slug"]) == ("kettle", "kettle")


@pytest.mark.parametrize("name", ["茶壶", "---"])
def test_create__with_a_name_that_makes_no_slug__has_one_all_the_same(
    client: APIClient, name: str
) -> None:
    slugs = [client.post(PRODUCTS, {"name": name}).json()["slug"] for _ in range(2)]
    assert slugs == ["product", "product-2"]


def test_create__with_the_longest_name__cuts_the_slug(client: APIClient) -> None:
    slugs = [client.post(PRODUCTS, {"name": "x" * 200}).json()["slug"] for _ in range(2)]
    assert slugs == ["x" * 200, f"{'x' * 200}-2"]


def test_create__with_a_slug_that_is_taken__is_refused(client: APIClient, product: Product) -> None:
    answer = client.post(PRODUCTS, {"name": "Another", "slug": "teapot"})

    assert field_codes_of(answer) == {"slug": "unique"}
    assert Product.objects.count() == 1


def test_create__by_a_member_of_several_organisations__must_say_which(member: User) -> None:
    MembershipFactory.create(user=member, organization=OrganizationFactory.create(slug="initech"))
    client = client_of(member)
    unsaid = client.post(PRODUCTS, {"name": "Teapot"})
    said = client.post(PRODUCTS, {"name": "Teapot", "organization": "initech"})

    assert field_codes_of(unsaid) == {"organization": "required"}
    assert said.json()["organization"] == "initech"


def test_create__for_an_organisation_of_others__looks_like_one_that_is_not(
    client: APIClient,
) -> None:
    OrganizationFactory.create(slug="globex")
    foreign, missing = (
        client.post(PRODUCTS, {"name": "Teapot", "organization": slug})
        for slug in ("globex", "nothing")
    )

    assert field_codes_of(foreign) == field_codes_of(missing) == {"organization": "does_not_exist"}
    assert problem_of(foreign) == problem_of(missing)
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({}, {"name": "required"}),
        ({"name": ""}, {"name": "blank"}),
        ({"name": "x" * 201}, {"name": "max_length"}),
        ({"name": 5}, {"name": "invalid"}),
        ({"name": "Teapot", "slug": "not a slug"}, {"slug": "invalid"}),
        ({"name": "Teapot", "price": "-0.01"}, {"price": "min_value"}),
        ({"name": "Teapot", "price": "1.001"}, {"price": "max_decimal_places"}),
        ({"name": "Teapot", "price": "100000000"}, {"price": "max_whole_digits"}),
        ({"name": "Teapot", "price": True}, {"price": "invalid"}),
        ({"name": "Teapot", "price": "NaN"}, {"price": "invalid"}),
        ({"name": "Teapot", "description": None}, {"description": "null"}),
    ],
    ids=str,
)
def test_create__with_something_wrong__names_it(
    client: APIClient, values: dict[str, Any], codes: dict[str, str]
) -> None:
    assert field_codes_of(client.post(PRODUCTS, values)) == codes
    assert not Product.objects.exists()


def test_update__changes_what_is_sent(client: APIClient, product: Product, url: str) -> None:
    before = client.get(url).json()
    answer = client.patch(url, {"name": "Kettle", "slug": "kettle", "price": 12.5})

    assert answer.status_code == 200, answer.content
    changed = {"name": "Kettle", "slug": "kettle", "price": "12.50"}
    kept = answer.json()
    assert kept["updated_at"] > before["updated_at"]
    assert kept == {**before, **changed, "updated_at": kept["updated_at"]}
    assert client.get(url).status_code == 404


def test_update__to_a_slug_that_is_taken__changes_nothing(
    client: APIClient, product: Product, url: str, organization: Organization
) -> None:
    ProductFactory.create(organization=organization, slug="kettle")
    before = client.get(url).json()

    assert field_codes_of(client.patch(url, {"name": "X", "slug": "kettle"})) == {"slug": "unique"}
    assert client.get(url).json() == before


def test_update__of_what_somebody_changed_meanwhile__is_refused(
    client: APIClient, product: Product, url: str
) -> None:
    read = client.get(url)["ETag"]
    assert client.patch(url, {"name": "Kettle"}, HTTP_IF_MATCH=read).status_code == 200
    again = client.patch(url, {"name": "Pan"}, HTTP_IF_MATCH=read)

    assert again.status_code == 412
    assert client.delete(url, HTTP_IF_MATCH=read).status_code == 412
    assert client.get(url).json()["name"] == "Kettle"


def test_writing__needs_a_role_that_writes(
    product: Product, url: str, viewer: User, outsider: User, anybody: APIClient
) -> None:
    assert anybody.patch(url, {"name": "X"}).status_code == 401
    assert anybody.post(PRODUCTS, {"name": "X"}).status_code == 401
    for user in (viewer, outsider):
        client = client_of(user)
        assert client.get(url).status_code == 200
        assert client.patch(url, {"name": "X"}).status_code == 403
        assert client.delete(url).status_code == 403
    assert client_of(viewer).post(PRODUCTS, {"name": "X"}).status_code == 403
    product.refresh_from_db()
    assert product.name == "Teapot"


def test_method__that_there_is_not__is_a_405(client: APIClient, url: str) -> None:
    for path in (url, f"{PRODUCTS}nothing/"):
        assert client.put(path, {}).status_code == 405
        assert client.generic("TRACE", path).status_code == 405


def test_list__is_searched_narrowed_and_sorted(
    anybody: APIClient, organization: Organization
) -> None:
    for name, price, description in (
        ("Red teapot", 30, "Stoneware"),
        ("Blue teapot", 20, "Porcelain"),
        ("Red cup", 5, "Stoneware"),
    ):
        ProductFactory.create(
            organization=organization, name=name, price=price, description=description
        )
    ProductFactory.create(name="Fan", price=60)

    assert names(anybody.get(PRODUCTS)) == ["Blue teapot", "Fan", "Red cup", "Red teapot"]
    assert names(anybody.get(PRODUCTS, {"search": "stoneware red"})) == ["Red cup", "Red teapot"]
    assert names(anybody.get(PRODUCTS, {"search": "blue-tea"})) == ["Blue teapot"]
    assert names(anybody.get(PRODUCTS, {"organization": "acme", "min_price": "20"})) == [
        "Blue teapot",
        "Red teapot",
    ]
    assert names(anybody.get(PRODUCTS, {"max_price": "20", "ordering": "-price"})) == [
        "Blue teapot",
        "Red cup",
    ]
    assert names(anybody.get(PRODUCTS, asked(cursor="", limit=2, ordering="price"))) == [
        "Red cup",
        "Blue teapot",
    ]


def test_list__is_read_on_from_a_price(anybody: APIClient, organization: Organization) -> None:
    for number in range(5):
        ProductFactory.create(organization=organization, price=Decimal(number) / 4)
    page = anybody.get(PRODUCTS, asked(cursor="", limit=2, ordering="-price")).json()
    prices = [product["price"] for product in page["results"]]
    while page["next"]:
        page = anybody.get(page["next"]).json()
        prices += [product["price"] for product in page["results"]]

    assert prices == ["1.00", "0.75", "0.50", "0.25", "0.00"]


@pytest.mark.parametrize(
    "query",
    [
        {"min_price": "cheap"},
        {"min_price": "1e9999"},
        {"max_price": "-1"},
        {"max_price": "0.001"},
        {"ordering": "organization"},
        {"search": "x" * 201},
    ],
    ids=str,
)
def test_list__asked_for_what_cannot_be__is_a_400(
    anybody: APIClient, query: dict[str, str]
) -> None:
    assert field_codes_of(anybody.get(PRODUCTS, query))


def test_list__costs_the_same_for_one_and_for_many(
    client: APIClient,
    anybody: APIClient,
    organization: Organization,
    upload: Upload,
    attached: Attach,
    storage_calls: list[str],
) -> None:
    def add(pictures: int) -> None:
        product = ProductFactory.create(organization=organization)
        for _ in range(pictures):
            attached(product, upload(size=(40, 30)))

    add(pictures=1)
    anybody.get(PRODUCTS)  # whatever is cached is cached
    costs = []
    for more in (0, 4):
        for _ in range(more):
            add(pictures=3)
        storage_calls.clear()
        for reader in (anybody, client):
            with CaptureQueriesContext(connection) as queries:
                assert reader.get(PRODUCTS).status_code == 200
            costs.append(len(queries))
    assert storage_calls == []
    assert costs[:2] == costs[2:]
    assert costs[0] == 4  # their number; products; relations with images; renditions


def test_private_images__are_shown_to_members_alone(
    client: APIClient,
    anybody: APIClient,
    outsider: User,
    product: Product,
    url: str,
    upload: Upload,
    attached: Attach,
) -> None:
    hidden = attached(product, upload(), description={"visibility": "private"})
    shown = attached(product, upload())

    for reader in (anybody, client_of(outsider)):
        found = reader.get(url).json()
        assert [image["id"] for image in found["images"]] == [shown.pk]
        assert found["primary_image"]["id"] == shown.pk
        assert reader.get(f"{url}images/{hidden.pk}/").status_code == 404
        assert reader.get(f"{url}images/").json()["count"] == 1
    assert client.get(url).json()["primary_image"]["id"] == hidden.pk
    viewer = MembershipFactory.create(organization=product.organization, role=Role.VIEWER).user
    assert len(client_of(viewer).get(url).json()["images"]) == 2
