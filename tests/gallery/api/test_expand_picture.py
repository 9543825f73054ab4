"""`?expand=picture`: everything a client needs to write `<picture>` itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile
from orgs.models import Organization
from tests.accounts.clients import client_of, field_codes_of
from tests.gallery.api.harness import AddImage, attach, library_of
from tests.gallery.heart import SETS
from tests.testapp.models import Album

pytestmark = pytest.mark.django_db
EXPANDED = {"expand": "picture"}


@pytest.fixture
def client(member: User) -> APIClient:
    return client_of(member)


@pytest.fixture
def urls(image: Image, album: Album, album_url: str, images_url: str) -> dict[str, str]:
    """Return what can be expanded, by what it is."""
    attach(image, album, ppoi=(0.1, 0.2), custom_alt_text="In front", is_cover=True)
    return {
        "image": f"{images_url}{image.pk}/",
        "list": images_url,
        "relation": f"{album_url}{image.pk}/",
        "gallery": album_url,
    }


KINDS = ["image", "list", "relation", "gallery"]


def shown(body: Any) -> Any:
    """Return the one thing that an answer shows."""
    return body["results"][0] if "results" in body else body


@pytest.fixture
def both_formats(settings: Any) -> None:
    names = [("w", "webp"), ("a", "avif")]
    sizes = [(f"{n}{size}", f"{f}_fit__{size}x{size}") for n, f in names for size in (20, 99)]
    setattr(settings, SETS, {"gallery": sizes})


def test_picture__is_what_its_element_is_written_from(
    client: APIClient,
    both_formats: None,
    add_image: AddImage,
    images_url: str,
    media_root: Path,
) -> None:
    image = add_image(alt_text="A <boat>", focal_point=FocalPoint(30, 70))
    body = client.get(f"{images_url}{image.pk}/", EXPANDED).json()

    base = f"/media/{image.original_key.removesuffix('.jpg')}"
    small, large = {"width": 20, "height": 15}, {"width": 40, "height": 30}
    webp = [{"url": f"{base}_w20.webp", **small}, {"url": f"{base}_w99.webp", **large}]
    avif = [{"url": f"{base}_a20.avif", **small}, {"url": f"{base}_a99.avif", **large}]
    assert body["picture"] == {
        "sources": [
            {
                "type": "image/avif",
                "srcset": f"{base}_a20.avif 20w, {base}_a99.avif 40w",
                "candidates": avif,
            }
        ],
        "img": {
            "src": f"{base}_w99.webp",
            **large,
            "alt": "A <boat>",
            "srcset": f"{base}_w20.webp 20w, {base}_w99.webp 40w",
            "candidates": webp,
        },
        "object_position": "30% 70%",
        "placeholder": body["placeholder"],
    }
    assert body["placeholder"]["color"].startswith("#")
    for each in (*webp, *avif):
        assert (media_root / str(each["url"]).removeprefix("/media/")).is_file()


def test_picture__of_renditions_that_cannot_be_made__leads_to_the_original(
    client: APIClient, image: Image, images_url: str
) -> None:
    MediaFile.objects.exclude(original=None).delete()
    MediaFile.objects.update(warming=MediaFile.Warming.FAILED)
    body = client.get(f"{images_url}{image.pk}/", EXPANDED).json()

    assert body["picture"]["img"]["src"] != body["url"]
    for each in body["picture"]["img"]["candidates"]:
        response = client.get(each["url"])
        assert (response.status_code, response["Location"]) == (302, body["url"])


def test_picture__of_a_relation__is_as_it_is_shown_there(
    client: APIClient, urls: dict[str, str]
) -> None:
    for kind in ("relation", "gallery"):
        body = shown(client.get(urls[kind], EXPANDED).json())

        assert body["picture"]["object_position"] == "10% 20%"
        assert body["picture"]["img"]["alt"] == "In front"
        assert "picture" not in body["image"]
    body = client.get(urls["image"], EXPANDED).json()
    assert (body["picture"]["object_position"], body["picture"]["img"]["alt"]) == ("50% 50%", "")


@pytest.mark.parametrize("kind", KINDS)
def test_expand__adds_the_picture_and_nothing_else(
    client: APIClient, urls: dict[str, str], kind: str
) -> None:
    plain, expanded = (shown(client.get(urls[kind], query).json()) for query in ({}, EXPANDED))

    assert expanded.pop("picture")
    assert expanded == plain
    assert shown(client.get(urls[kind], {"expand": ""}).json()) == plain


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", ["pictures", "picture,organization", ["picture", "x"], "\x00"])
def test_expand__of_something_else__is_refused(
    client: APIClient, urls: dict[str, str], kind: str, value: Any
) -> None:
    response = client.get(urls[kind], {"expand": value})

    assert response.status_code == 400
    assert field_codes_of(response) == {"expand": "invalid"}


def test_expand__in_an_empty_list__is_checked_too(
    client: APIClient, images_url: str, album_url: str
) -> None:
    for url in (images_url, album_url):
        assert client.get(url, {"expand": "x"}).status_code == 400
        assert client.get(url, EXPANDED).json()["results"] == []


def test_expand__in_a_list__costs_no_query(
    client: APIClient,
    organization: Organization,
    album: Album,
    album_url: str,
    images_url: str,
    storage_calls: list[str],
) -> None:
    for order, image in enumerate(library_of(organization, 7)):
        attach(image, album, order=order)
    for url in (images_url, album_url):
        with CaptureQueriesContext(connection) as plain:
            client.get(url)
        with CaptureQueriesContext(connection) as expanded:
            body = client.get(url, EXPANDED).json()

        assert len(expanded) == len(plain)
        assert len({each["picture"]["img"]["src"] for each in body["results"]}) == 7
    assert storage_calls == []


# --- conditions -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_etag__tells_the_expanded_from_the_plain(
    client: APIClient, urls: dict[str, str], kind: str
) -> None:
    plain, expanded = (client.get(urls[kind], query)["ETag"] for query in ({}, EXPANDED))

    assert plain != expanded
    again = client.get(urls[kind], EXPANDED, HTTP_IF_NONE_MATCH=expanded)
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(urls[kind], EXPANDED, HTTP_IF_NONE_MATCH=plain).status_code == 200
    assert client.get(urls[kind], HTTP_IF_NONE_MATCH=expanded).status_code == 200


@pytest.mark.parametrize(
    ("kind", "change"),
    [("image", {"focal_point": {"x": 0.9, "y": 0.1}}), ("relation", {"custom_alt_text": "Other"})],
)
def test_change__is_conditional_on_the_plain(
    client: APIClient, urls: dict[str, str], kind: str, change: dict[str, Any]
) -> None:
    plain, expanded = (client.get(urls[kind], query)["ETag"] for query in ({}, EXPANDED))
    expanding = f"{urls[kind]}?expand=picture"

    for url in (urls[kind], expanding):
        refused = client.patch(url, change, format="json", HTTP_IF_MATCH=expanded)
        assert refused.status_code == 412
    changed = client.patch(expanding, change, format="json", HTTP_IF_MATCH=plain)
    assert changed.status_code == 200
    assert "picture" not in changed.json()
    assert client.get(urls[kind], EXPANDED)["ETag"] != expanded
