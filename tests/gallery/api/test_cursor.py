"""`?cursor=`: the same rows as the list has, each once, at a cost that does not grow."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from gallery.api.pagination import Cursor
from gallery.models import Image
from tests.accounts.clients import client_of, problem_of
from tests.gallery.api.harness import AddImage, copies_of

pytestmark = pytest.mark.django_db

ORDERINGS = [
    *("", "created_at", "-created_at", "title", "-title", "file_size", "-file_size"),
    *("title,-file_size", "-file_size,title"),
]


@pytest.fixture
def client(member: User) -> APIClient:
    return client_of(member)


@pytest.fixture
def library(image: Image) -> list[int]:
    """Return the ids of 31 images, thirty of them with one title, ten with one time each."""
    Image.objects.bulk_create(copies_of(image, 30, title="same"))
    now = timezone.now()
    for number, row in enumerate(Image.objects.order_by("pk")):
        row.created_at = now - timedelta(hours=number % 3)
        row.file_size = 100 + number % 4
        Image.objects.filter(pk=row.pk).update(created_at=row.created_at, file_size=row.file_size)
    return list(Image.objects.values_list("pk", flat=True))


def ids_in(response: Any) -> list[int]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def walk(client: APIClient, url: str | None, direction: str) -> list[list[int]]:
    """Follow the links in one direction and return the ids of each page."""
    pages = []
    while url:
        response = client.get(url)
        pages.append(ids_in(response))
        url = response.json()[direction]
        assert len(pages) < 50
    return pages


def cursor_in(url: str) -> str:
    return parse_qs(urlsplit(url).query)["cursor"][0]


@pytest.mark.parametrize("ordering", ORDERINGS)
@pytest.mark.parametrize("limit", [1, 7, 31])
def test_cursor__reads_each_row_once_in_the_order_of_the_list(
    client: APIClient, images_url: str, library: list[int], ordering: str, limit: int
) -> None:
    everything = ids_in(client.get(f"{images_url}?ordering={ordering}&limit=200"))
    pages = walk(client, f"{images_url}?cursor=&limit={limit}&ordering={ordering}", "next")

    assert [pk for page in pages for pk in page] == everything
    assert sorted(everything) == sorted(library)
    assert {len(page) for page in pages[:-1]} <= {limit}


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_cursor__reads_the_same_pages_backwards(
    client: APIClient, images_url: str, library: list[int], ordering: str
) -> None:
    url = f"{images_url}?cursor=&limit=7&ordering={ordering}"
    forwards = walk(client, url, "next")
    last: str | None = None
    while url:
        last, url = url, client.get(url).json()["next"]
    assert last is not None
    backwards = walk(client, last, "previous")[::-1]

    assert [pk for page in backwards for pk in page] == [pk for page in forwards for pk in page]


def test_cursor__previous_then_next_comes_back(
    client: APIClient, images_url: str, library: list[int]
) -> None:
    first = client.get(f"{images_url}?cursor=&limit=7").json()
    second = client.get(first["next"]).json()
    back = client.get(second["previous"]).json()

    assert [row["id"] for row in back["results"]] == [row["id"] for row in first["results"]]
    assert back["previous"] is None
    assert client.get(back["next"]).json()["results"] == second["results"]


def test_cursor__page_has_no_count(client: APIClient, images_url: str, image: Image) -> None:
    body = client.get(f"{images_url}?cursor=").json()

    assert body.keys() == {"next", "previous", "results"}
    assert (body["next"], body["previous"]) == (None, None)


def test_cursor__keeps_filters_in_its_links(
    client: APIClient, images_url: str, library: list[int]
) -> None:
    url = f"{images_url}?cursor=&limit=7&search=same"
    pages = walk(client, url, "next")

    assert sum(len(page) for page in pages) == 30


def test_cursor__rows_deleted_between_pages_hide_no_other(
    client: APIClient, images_url: str, library: list[int]
) -> None:
    everything = ids_in(client.get(images_url, {"limit": 200}))
    first = client.get(f"{images_url}?cursor=&limit=10").json()
    # The very row the cursor stands at, one before it and one after.
    Image.objects.filter(pk__in=[everything[5], everything[9], everything[10]]).delete()

    rest = [pk for page in walk(client, first["next"], "next") for pk in page]
    assert rest == everything[11:]


def test_cursor__rows_added_between_pages_are_not_repeated(
    client: APIClient, images_url: str, library: list[int], add_image: AddImage
) -> None:
    everything = ids_in(client.get(images_url, {"limit": 200}))
    first = client.get(f"{images_url}?cursor=&limit=10").json()
    add_image()

    rest = [pk for page in walk(client, first["next"], "next") for pk in page]
    assert rest == everything[10:]


def test_cursor__a_page_whose_rows_are_gone_still_leads_on(
    client: APIClient, images_url: str, library: list[int]
) -> None:
    everything = ids_in(client.get(images_url, {"limit": 200}))
    first = client.get(f"{images_url}?cursor=&limit=10").json()
    second = client.get(first["next"]).json()
    Image.objects.filter(pk__in=everything[10:]).delete()

    end = client.get(first["next"]).json()
    assert (end["results"], end["next"]) == ([], None)
    assert ids_in(client.get(end["previous"])) == everything[:10]

    Image.objects.filter(pk__in=everything[:10]).delete()
    start = client.get(second["previous"]).json()
    assert (start["results"], start["previous"]) == ([], None)
    assert client.get(start["next"]).json()["results"] == []


def test_cursor__takes_one_query_less_than_counting(
    client: APIClient, images_url: str, library: list[int], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(5):
        client.get(images_url, {"limit": 10})
    next_page = client.get(f"{images_url}?cursor=&limit=10").json()["next"]
    with django_assert_num_queries(4):
        client.get(next_page)


@pytest.mark.parametrize(
    ("ordering", "index", "column"),
    [
        (("-created_at", "-pk"), "image_newest", "created_at"),
        (("title", "pk"), "image_by_title", "title"),
        (("-file_size", "-pk"), "image_by_size", "file_size"),
    ],
)
def test_cursor__starts_at_its_place_in_the_index(
    image: Image, ordering: tuple[str, ...], index: str, column: str
) -> None:
    cursor = Cursor.at(image, ordering, is_backwards=False)
    rows = Image.objects.in_org(image.organization).order_by(*ordering).filter(cursor.beyond())
    if connection.vendor == "postgresql":
        with connection.cursor() as database:
            # So few rows are read faster without an index, and sorted faster than looked up.
            for way in ("seqscan", "bitmapscan", "sort"):
                database.execute(f"SET LOCAL enable_{way} = off")
    plan = rows[:10].explain()

    words = {
        "sqlite": rf"USING INDEX {index} \(organization_id=\? AND {column}[<>]\?\)",
        "postgresql": rf"Index Scan .*using {index} .*\n.*Cond: .*organization_id.*{column}",
    }
    assert re.search(words[connection.vendor], plan), plan
    assert "TEMP B-TREE" not in plan


def forged(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "a:b:c",
        "\x00",
        "☃",
        "=" * 100,
        "a" * 10_000,
        forged([False, "2026-01-01T00:00:00Z", 1]),
        forged([]),
        forged("abc"),
        urlsafe_b64encode(b"[" * 50_000).decode(),
    ],
)
def test_cursor__that_we_did_not_write_is_404(
    client: APIClient, images_url: str, image: Image, cursor: str
) -> None:
    response = client.get(images_url, {"cursor": cursor})

    assert response.status_code == 404
    assert problem_of(response)["code"] == "invalid_cursor"


def test_cursor__signed_for_something_else_is_404(
    client: APIClient, images_url: str, image: Image
) -> None:
    place = [["-created_at", "-pk"], ["2026-01-01T00:00:00Z", 1], False]
    for cursor in (signing.dumps(place), signing.dumps(place, salt="other")):
        assert client.get(images_url, {"cursor": cursor}).status_code == 404


def test_cursor__with_any_character_changed_is_404(
    client: APIClient, images_url: str, library: list[int]
) -> None:
    good = cursor_in(client.get(f"{images_url}?cursor=&limit=10").json()["next"])
    assert client.get(images_url, {"cursor": good}).status_code == 200

    for place in range(0, len(good), 7):
        changed = good[:place] + ("A" if good[place] != "A" else "B") + good[place + 1 :]
        assert client.get(images_url, {"cursor": changed}).status_code == 404
        assert client.get(images_url, {"cursor": good[:place]}).status_code == (
            404 if place else 200
        )


def test_cursor__of_another_ordering_is_404(
    client: APIClient, images_url: str, library: list[int]
) -> None:
    url = client.get(f"{images_url}?cursor=&limit=10&ordering=title").json()["next"]
    response = client.get(images_url, {"cursor": cursor_in(url), "ordering": "file_size"})

    assert problem_of(response)["code"] == "invalid_cursor"


@pytest.mark.parametrize("ordering", ["title", "-title"])
def test_cursor__stands_at_any_title(
    client: APIClient, images_url: str, image: Image, ordering: str
) -> None:
    titles = ["", "a'b", "%", "_", "\\", '"', "ünï", "🌅", "\n", "a" * 255, "Z", "z"]
    for number, title in enumerate(titles):
        (copy,) = copies_of(image, 1, title=title)
        copy.__dict__["file"] = f"images/title-{number}.jpg"
        copy.save_base(raw=True, force_insert=True)
    url = f"{images_url}?cursor=&limit=1&ordering={ordering}"

    everything = ids_in(client.get(images_url, {"ordering": ordering}))
    assert [pk for page in walk(client, url, "next") for pk in page] == everything


def test_cursor__serves_the_other_lists_too(client: APIClient, member: User) -> None:
    for url in ("/api/v1/orgs/", "/api/v1/orgs/acme/members/"):
        body = client.get(f"{url}?cursor=&limit=1").json()
        assert len(body["results"]) == 1
        assert client.get(url, {"cursor": "x"}).status_code == 404


def test_cursor__with_an_offset_that_is_no_number_is_400(
    client: APIClient, images_url: str
) -> None:
    assert client.get(f"{images_url}?cursor=&offset=x").status_code == 400
    assert client.get(f"{images_url}?cursor=&offset=7").status_code == 200
