"""`GET` of a gallery, and of the places of one image: order, pages and costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from gallery.models import Image, PolymorphicImageRelation
from gallery.services import attachments
from orgs.models import Organization
from tests.accounts.clients import client_of, field_codes_of, problem_of
from tests.conftest import Upload
from tests.factories import OrganizationFactory
from tests.gallery.api.conftest import LIBRARY
from tests.gallery.api.harness import CommittingClient, copies_of, warmed
from tests.testapp.models import Album, Card, Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(committing_client: CommittingClient) -> CommittingClient:
    return committing_client


def listed(response: Any) -> list[int]:
    assert response.status_code == 200, response.content
    return [row["image"]["id"] for row in response.json()["results"]]


# --- order ------------------------------------------------------------------------------------


@pytest.fixture
def shuffled(album: Album, library: list[Image], ids: list[int]) -> None:
    """Attach the library so that no two orders are the same; 1 and 3 share a title."""
    now = timezone.now()
    attachments.bulk_attach(obj=album, image_ids=[ids[2], ids[0], ids[3], ids[1]])
    relations = PolymorphicImageRelation.objects.for_object(album)
    for index, hours, title, custom in [
        *((0, 3, "d", ""), (1, 1, "x", "b"), (2, 4, "a", "c"), (3, 2, "b", "")),
    ]:
        Image.objects.filter(pk=ids[index]).update(title=title)
        created_at = now - timedelta(hours=hours)
        relations.filter(image=ids[index]).update(created_at=created_at, custom_title=custom)


@pytest.mark.parametrize("extra", ["", "&limit=200", "&cursor="])
@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("", [2, 0, 3, 1]),
        ("order", [2, 0, 3, 1]),
        ("-order", [1, 3, 0, 2]),
        ("created_at", [2, 0, 3, 1]),
        ("-created_at", [1, 3, 0, 2]),
        ("title", [3, 1, 2, 0]),
        ("-title", [0, 2, 1, 3]),
        ("title,-order", [1, 3, 2, 0]),
    ],
)
@pytest.mark.usefixtures("shuffled")
def test_ordering__sorts_and_titles_are_those_shown_here(
    client: CommittingClient,
    album_url: str,
    ids: list[int],
    ordering: str,
    expected: list[int],
    extra: str,
) -> None:
    response = client.get(f"{album_url}?ordering={ordering}{extra}")

    assert listed(response) == [ids[index] for index in expected]


@pytest.mark.parametrize(
    "ordering",
    ["is_cover", "id", "-pk", "image__title", "effective_title", "custom_title", "%3F", "--order"],
)
def test_ordering__by_anything_else_is_400(
    client: CommittingClient, album_url: str, ordering: str
) -> None:
    for extra in ("", "&cursor="):
        response = client.get(f"{album_url}?ordering={ordering}{extra}")
        assert field_codes_of(response) == {"ordering": "invalid_choice"}


# --- pages ------------------------------------------------------------------------------------


def walk(client: CommittingClient, url: str | None) -> list[list[int]]:
    """Follow the links to the end and return the images of each page."""
    pages = []
    while url:
        response = client.get(url)
        pages.append(listed(response))
        url = response.json()["next"]
        assert len(pages) < 50
    return pages


@pytest.mark.parametrize("way", ["offset=0", "cursor="])
@pytest.mark.parametrize("ordering", ["", "-order", "created_at", "-title"])
@pytest.mark.usefixtures("shuffled")
def test_pages__lead_through_the_whole_gallery(
    client: CommittingClient, album_url: str, ordering: str, way: str
) -> None:
    everything = listed(client.get(f"{album_url}?ordering={ordering}"))
    pages = walk(client, f"{album_url}?ordering={ordering}&limit=3&{way}")

    assert [len(page) for page in pages] == [3, 1]
    assert [image for page in pages for image in page] == everything


@pytest.mark.usefixtures("shuffled")
def test_pages__say_what_the_contract_says(client: CommittingClient, album_url: str) -> None:
    by_offset = client.get(f"{album_url}?limit=1&offset=1").json()
    by_cursor = client.get(f"{album_url}?limit=1&cursor=").json()

    assert by_offset.keys() == {"count", "next", "previous", "results"}
    assert by_offset["count"] == 4
    assert by_offset["next"].startswith(f"http://testserver{album_url}?")
    assert by_offset["previous"].startswith(f"http://testserver{album_url}?")
    assert by_cursor.keys() == {"next", "previous", "results"}
    assert by_cursor["previous"] is None
    assert client.get(by_cursor["next"]).json()["previous"]


@pytest.mark.usefixtures("shuffled")
def test_pages__a_cursor_of_another_ordering_is_no_cursor(
    client: CommittingClient, album_url: str
) -> None:
    next_page = client.get(f"{album_url}?limit=1&cursor=").json()["next"]

    response = client.get(f"{next_page}&ordering=title")
    assert (response.status_code, problem_of(response)["code"]) == (404, "invalid_cursor")


def test_list__of_an_empty_gallery_is_empty(client: CommittingClient, album_url: str) -> None:
    body = client.get(album_url).json()

    assert body == {"count": 0, "next": None, "previous": None, "results": []}


# --- what is not shown --------------------------------------------------------------------------


def test_list__of_an_object_that_changed_hands_shows_no_images_of_its_former_organization(
    client: CommittingClient, outsider: User, album: Album, ids: list[int], album_url: str
) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids)
    theirs = outsider.memberships.get().organization
    Album.objects.update(organization=theirs)

    assert client.get(album_url).status_code == 404
    url = f"/api/v1/images/orgs/{theirs.slug}/images/testapp/album/{album.pk}/"
    new_owner = client_of(outsider)
    assert listed(new_owner.get(url)) == []
    for path in ("cover/", f"{ids[0]}/"):
        assert new_owner.get(f"{url}{path}").status_code == 404


# --- costs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parameters", ["", "&ordering=title", "&cursor=", "&cursor=&ordering=-created_at"]
)
def test_list__costs_the_same_queries_and_no_storage_call__however_many_relations(
    member: User,
    organization: Organization,
    album: Album,
    album_url: str,
    upload: Upload,
    storage_calls: list[str],
    django_assert_max_num_queries: Any,
    parameters: str,
) -> None:
    client = client_of(member)
    image = warmed(organization, upload(size=(40, 30)))
    attachments.attach(obj=album, image=image)
    client.get(album_url)  # whatever is cached is cached
    costs: list[int] = []
    for count in (1, 100):
        new = Image.objects.bulk_create(copies_of(image, count - 1))
        attachments.bulk_attach(obj=album, image_ids=[each.pk for each in new])
        cache.clear()
        storage_calls.clear()
        with django_assert_max_num_queries(6) as queries:
            rows = client.get(f"{album_url}?limit=200{parameters}").json()["results"]
        assert storage_calls == []
        assert len(rows) == count
        assert sum(len(row["image"]["renditions"]) for row in rows) == 4
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.parametrize("path", ["", "cover/"])
def test_one_relation__costs_no_storage_call(
    client: CommittingClient,
    album: Album,
    album_url: str,
    image: Image,
    storage_calls: list[str],
    path: str,
) -> None:
    attachments.attach(obj=album, image=image)
    storage_calls.clear()

    assert client.get(f"{album_url}{path or f'{image.pk}/'}").status_code == 200
    assert storage_calls == []


# --- the places of one image --------------------------------------------------------------------


def places(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == 200, response.content
    return [(row["model"], row["object_id"]) for row in response.json()["results"]]


def test_relations__of_an_image_are_its_places_the_first_first(
    client: CommittingClient, album: Album, library: list[Image], organization: Organization
) -> None:
    page = Page.objects.create(slug="about", album=album)
    card = Card.objects.create(album=album)
    for obj in (card, organization, page, album):
        attachments.attach(obj=obj, image=library[1])
    attachments.attach(obj=album, image=library[2])
    expected = [("card", str(card.pk)), ("organization", str(organization.pk))]
    expected += [("page", "about"), ("album", str(album.pk))]
    url = f"{LIBRARY}/images/{library[1].pk}/relations"

    assert places(client.get(url)) == places(client.get(f"{url}/")) == expected
    assert places(client.get(f"{url}/?limit=2&offset=1")) == expected[1:3]
    assert places(client.get(client.get(f"{url}/?cursor=&limit=3").json()["next"])) == expected[3:]
    assert client.get(f"{LIBRARY}/images/{library[3].pk}/relations/").json()["count"] == 0


def test_relations__of_foreign_and_missing_images_are_one_404(
    client: CommittingClient, library: list[Image]
) -> None:
    [foreign] = copies_of(library[3], 1, organization=OrganizationFactory.create())
    Image.objects.bulk_create([foreign])

    urls = [f"{LIBRARY}/images/{pk}/relations/" for pk in (foreign.pk, 999_999, 2**63, 10**30)]
    bodies = [problem_of(client.get(url)) for url in urls]
    assert {body["code"] for body in bodies} == {"not_found"}
    assert all(body == bodies[0] for body in bodies)


def test_relations__cost_the_same_queries_and_no_storage_call__however_many(
    member: User,
    album: Album,
    image: Image,
    storage_calls: list[str],
    django_assert_num_queries: Any,
) -> None:
    client, url = client_of(member), f"{LIBRARY}/images/{image.pk}/relations/?limit=200"
    attachments.attach(obj=album, image=image)
    client.get(url)
    costs: list[int] = []
    for count in (1, 100):
        for _ in range(count - PolymorphicImageRelation.objects.count()):
            attachments.attach(obj=Card.objects.create(album=album), image=image)
        storage_calls.clear()
        with django_assert_num_queries(costs[0] if costs else 7) as queries:
            assert len(places(client.get(url))) == count
        assert storage_calls == []
        costs.append(len(queries))
