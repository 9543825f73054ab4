"""`GET images/`: order, pages by limit and offset, and what a page costs."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from accounts.models import User
from gallery.api.filters import ImageFilter
from gallery.models import Image
from tests.accounts.clients import client_of, field_codes_of
from tests.factories import OrganizationFactory
from tests.gallery.api.harness import AddImage, copies_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(member: User) -> APIClient:
    return client_of(member)


def titles_in(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [image["title"] for image in response.json()["results"]]


def test_list__is_newest_first_and_counts(
    client: APIClient, images_url: str, add_image: AddImage
) -> None:
    for title in ("first", "second", "third"):
        add_image(title=title)
    body = client.get(images_url).json()

    assert body.keys() == {"count", "next", "previous", "results"}
    assert (body["count"], body["next"], body["previous"]) == (3, None, None)
    assert [image["title"] for image in body["results"]] == ["third", "second", "first"]


def test_list__is_empty_without_images(client: APIClient, images_url: str) -> None:
    empty: dict[str, Any] = {"next": None, "previous": None, "results": []}

    assert client.get(images_url).json() == {"count": 0, **empty}
    assert client.get(images_url, {"cursor": ""}).json() == empty


def test_list__holds_no_image_of_another_organisation(
    client: APIClient, images_url: str, add_image: AddImage
) -> None:
    add_image(title="ours")
    add_image(title="theirs", organization=OrganizationFactory.create())

    assert titles_in(client.get(images_url)) == ["ours"]
    assert titles_in(client.get(images_url, {"search": "theirs"})) == []
    assert titles_in(client.get(images_url, {"organization": "organisation-0"})) == ["ours"]


@pytest.mark.parametrize("parameters", [{}, {"cursor": ""}, {"search": "picture"}])
def test_list__costs_five_queries_and_no_storage_call__however_many_images(
    member: User,
    images_url: str,
    add_image: AddImage,
    storage_calls: list[str],
    django_assert_max_num_queries: Any,
    parameters: dict[str, str],
) -> None:
    client = client_of(member)
    costs = []
    for count in (1, 100):
        while Image.objects.count() < count:
            add_image(size=(8, 6))
        cache.clear()
        storage_calls.clear()
        with django_assert_max_num_queries(5) as queries:
            body = client.get(images_url, {"limit": "200", **parameters}).json()
        assert storage_calls == []
        assert len(body["results"]) == count
        assert all(len(image["renditions"]) == 4 for image in body["results"])
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_detail__costs_no_storage_call(
    client: APIClient, images_url: str, image: Image, storage_calls: list[str]
) -> None:
    assert client.get(f"{images_url}{image.pk}/").status_code == 200
    assert storage_calls == []


# --- ordering ---------------------------------------------------------------------------------

ORDERINGS = ["created_at", "title", "file_size", "-created_at", "-title", "-file_size"]


@pytest.mark.parametrize("ordering", [*ORDERINGS, "title,-created_at", "-file_size,title"])
def test_ordering__sorts(
    client: APIClient, images_url: str, add_image: AddImage, ordering: str
) -> None:
    for number, title in enumerate(["b", "a", "c", "a", "b"]):
        add_image(title=title, size=(20 + 60 * (number % 3), 30))
    rows = client.get(images_url, {"ordering": ordering}).json()["results"]

    expected = rows
    for name in reversed(ordering.split(",")):
        is_reversed = name.startswith("-")
        key = name.lstrip("-")
        expected = sorted(expected, key=lambda row: row[key], reverse=is_reversed)
    assert [row["id"] for row in rows] == [row["id"] for row in expected]
    assert len(rows) == 5


@pytest.mark.parametrize(
    ("ordering", "columns"),
    [("title", ("title", "pk")), ("-file_size,title", ("-file_size", "title", "-pk"))],
)
def test_ordering__leaves_no_two_rows_equal(ordering: str, columns: tuple[str, ...]) -> None:
    """Databases may return equals in another order on every page; SQLite just happens not to."""
    filtered = ImageFilter({"ordering": ordering}, Image.objects.all())

    assert filtered.qs.query.order_by == columns


# --- limit and offset -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"limit": "2"}, [0, 1]),
        ({"limit": "2", "offset": "3"}, [3, 4]),
        ({"offset": "4"}, [4]),
        ({"offset": "5"}, []),
        ({"limit": "", "offset": ""}, [0, 1, 2, 3, 4]),
        ({"limit": "1000000000"}, [0, 1, 2, 3, 4]),
        ({"limit": "9" * 5000}, [0, 1, 2, 3, 4]),
        ({"offset": str(2**63)}, []),
        ({"offset": "9" * 5000}, []),
    ],
)
def test_offset__takes_numbers_however_large(
    client: APIClient,
    images_url: str,
    add_image: AddImage,
    parameters: dict[str, str],
    expected: list[int],
) -> None:
    ids = [add_image().pk for _ in range(5)][::-1]
    body = client.get(images_url, parameters).json()

    assert [image["id"] for image in body["results"]] == [ids[index] for index in expected]
    assert body["count"] == 5


@pytest.mark.parametrize("value", ["-1", "1e3", "²", "٣", "a", "1.5", "0x1", " 1", "true", "\x00"])
@pytest.mark.parametrize("name", ["limit", "offset"])
def test_offset__what_is_no_number_is_400(
    client: APIClient, images_url: str, name: str, value: str
) -> None:
    response = client.get(images_url, {name: value})

    assert field_codes_of(response) == {name: "invalid"}


def test_limit__of_nothing_is_400(client: APIClient, images_url: str) -> None:
    for parameters in ({"limit": "0"}, {"limit": "0", "cursor": ""}):
        assert field_codes_of(client.get(images_url, parameters)) == {"limit": "invalid"}


def test_limit__is_fifty_by_default_and_two_hundred_at_most(
    client: APIClient, images_url: str, image: Image
) -> None:
    Image.objects.bulk_create(copies_of(image, 201))
    cursor = {"cursor": ""}
    for parameters, limit in [({}, 50), (cursor, 50), ({"limit": "201"}, 200)]:
        assert len(client.get(images_url, parameters).json()["results"]) == limit
        assert len(client.get(images_url, {**cursor, **parameters}).json()["results"]) == limit


def test_offset__links_lead_through_all_rows_and_back(
    client: APIClient, images_url: str, add_image: AddImage
) -> None:
    ids = [add_image().pk for _ in range(5)][::-1]
    seen, url, last = [], f"{images_url}?limit=2&search=picture", ""
    while url:
        body, last = client.get(url).json(), url
        seen += [image["id"] for image in body["results"]]
        url = body["next"]
    assert seen == ids
    assert "search=picture" in last

    previous = client.get(last).json()["previous"]
    assert [row["id"] for row in client.get(previous).json()["results"]] == ids[2:4]
