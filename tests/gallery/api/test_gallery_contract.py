"""The table of the contract: every path with and without its slash, every shape of JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.utils.dateparse import parse_datetime

from accounts.models import User
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image
from gallery.services import attachments
from orgs.models import Organization
from tests.accounts.clients import client_of, problem_of
from tests.conftest import Upload
from tests.factories import OrganizationFactory
from tests.gallery.api.conftest import LIBRARY
from tests.gallery.api.harness import AddImage, CommittingClient, crop_here, laid_out, relation_of
from tests.testapp.models import Album, AlbumProxy, Card, Note, Page

pytestmark = pytest.mark.django_db

IMAGE = {
    *("id", "organization", "creator", "status", "url", "variants", "renditions"),
    *("width", "height", "is_animated", "focal_point", "placeholder"),
    *("title", "alt_text", "description", "decorative", "visibility", "file_name"),
    *("content_type", "file_size", "checksum", "bucket", "object_key", "created_at", "updated_at"),
}
RELATION = {
    *("id", "image", "app_label", "model", "object_id", "is_cover", "order", "focal_point"),
    *("custom_title", "custom_alt_text", "custom_description", "title", "alt_text", "description"),
    *("custom_decorative", "decorative", "variants", "created_at"),
}
PAGE = {"count", "next", "previous", "results"}


def assert_relation(body: dict[str, Any]) -> None:
    """Show that this is a Relation of the contract."""
    assert body.keys() == RELATION
    assert body["image"].keys() == IMAGE
    assert body["variants"].keys() == {"original", "thumb", "sm", "md", "lg"}
    assert {type(url) for url in body["variants"].values()} == {str}
    assert body["created_at"].endswith("Z")
    assert parse_datetime(body["created_at"])


# --- every row --------------------------------------------------------------------------------

# Requests that leave something to show: method, path, body ("#0" is the first image's id), status.
ROWS: dict[str, tuple[str, str, Any, int]] = {
    "list": ("get", "", None, 200),
    "attach": ("post", "", {"image_ids": ["#3", "#0"]}, 200),
    "bulk_attach": ("post", "bulk_attach", {"image_ids": ["#3", "#0"]}, 200),
    "bulk_detach": ("post", "bulk_detach", {"image_ids": ["#3", "#0"]}, 200),
    "reorder": ("post", "reorder", {"image_ids": ["#2", "#1", "#0"]}, 200),
    "set_cover": ("post", "set_cover", {"image_id": "#1"}, 200),
    "unset_cover": ("post", "unset_cover", {}, 200),
    "cover": ("get", "cover", None, 200),
    "detail": ("get", "#1", None, 200),
    "change": ("patch", "#1", {"custom_title": "new"}, 200),
    "detach": ("delete", "#1", None, 204),
}


def with_ids(value: Any, ids: list[int]) -> Any:
    if isinstance(value, dict):
        return {name: with_ids(each, ids) for name, each in value.items()}
    if isinstance(value, list):
        return [with_ids(each, ids) for each in value]
    return ids[int(value[1:])] if isinstance(value, str) and value.startswith("#") else value


def shape(body: Any) -> Any:
    """Return what kind of answer this is; show that relations are whole."""
    if isinstance(body, list):
        for each in body:
            assert_relation(each)
        return [each["image"]["id"] for each in body]
    if body.keys() == PAGE:
        return {"page": shape(body["results"])}
    if "image" in body:
        assert_relation(body)
        return body["image"]["id"]
    return body


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("row", ROWS)
def test_every_row__answers_with_and_without_its_slash(
    committing_client: CommittingClient,
    album: Album,
    album_url: str,
    ids: list[int],
    row: str,
    slash: str,
) -> None:
    attachments.bulk_attach(obj=album, image_ids=ids[:3])
    method, path, body, status = ROWS[row]
    url = f"{album_url}{with_ids(path, ids)}".rstrip("/") + slash
    response = getattr(committing_client, method)(url, with_ids(body, ids), format="json")

    assert response.status_code == status, response.content
    expected: dict[str, tuple[Any, Any]] = {
        "list": ({"page": ids[:3]}, (ids[:3], ids[0])),
        "attach": ([ids[3], ids[0]], (ids, ids[0])),
        "bulk_attach": ({"attached": [ids[3], ids[0]]}, (ids, ids[0])),
        "bulk_detach": ({"detached": [ids[3], ids[0]]}, (ids[1:3], ids[1])),
        "reorder": (ids[2::-1], (ids[2::-1], ids[0])),
        "set_cover": ({"detail": "ok"}, (ids[:3], ids[1])),
        "unset_cover": ({"detail": "ok"}, (ids[:3], None)),
        "cover": (ids[0], (ids[:3], ids[0])),
        "detail": (ids[1], (ids[:3], ids[0])),
        "change": (ids[1], (ids[:3], ids[0])),
        "detach": (None, ([ids[0], ids[2]], ids[0])),
    }
    found = shape(response.json()) if response.content else None
    assert (found, laid_out(album)) == expected[row]


@pytest.mark.parametrize("slash", ["", "/"])
def test_uploads__answer_with_and_without_their_slash(
    committing_client: CommittingClient, album_url: str, upload: Upload, slash: str
) -> None:
    one = {"file": upload(size=(40, 30))}
    response = committing_client.post(album_url.rstrip("/") + slash, one, format="multipart")
    assert response.status_code == 201
    assert_relation(response.json())

    several = {"files": [upload(size=(40, 30))]}
    response = committing_client.post(f"{album_url}bulk_upload{slash}", several, format="multipart")
    assert response.status_code == 201
    assert response.json().keys() == {"uploaded", "images", "errors"}


# --- what a relation says ---------------------------------------------------------------------


def test_relation__says_what_is_so_here_and_what_in_the_library(
    committing_client: CommittingClient, album: Album, album_url: str, add_image: AddImage
) -> None:
    image = add_image(title="title", alt_text="alt", description="words", size=(640, 320))
    crop_here(album, image, FocalPoint(30, 70))
    attachments.update_relation(
        obj=album, image_id=image.pk, custom_title="here", custom_description="more words"
    )
    relation = relation_of(album, image)
    body = committing_client.get(f"{album_url}{image.pk}/").json()

    library = committing_client.get(f"{LIBRARY}/images/{image.pk}/").json()
    base = image.original_key.removesuffix(".jpg")
    created_at = parse_datetime(body.pop("created_at"))
    assert created_at == relation.created_at
    assert body == {
        "id": relation.pk,
        "image": library,
        "app_label": "testapp",
        "model": "album",
        "object_id": str(album.pk),
        "is_cover": True,
        "order": 0,
        "focal_point": {"x": 0.3, "y": 0.7},
        "custom_title": "here",
        "custom_alt_text": "",
        "custom_description": "more words",
        "custom_decorative": None,
        "title": "here",
        "alt_text": "alt",
        "description": "more words",
        "decorative": False,
        "variants": {
            "original": f"/media/{image.original_key}",
            "thumb": f"/media/{base}_thumb-30x70.webp",
            **{name: f"/media/{base}_{name}.webp" for name in ("sm", "md", "lg")},
        },
    }
    assert library["variants"]["thumb"] == f"/media/{base}_thumb.webp"
    assert library["focal_point"] == {"x": 0.5, "y": 0.5}


def test_relation__of_an_image_without_renditions__has_the_original_for_each(
    committing_client: CommittingClient, album: Album, album_url: str, library: list[Image]
) -> None:
    attachments.attach(obj=album, image=library[0])
    body = committing_client.get(f"{album_url}{library[0].pk}/").json()

    assert set(body["variants"].values()) == {f"/media/{library[0].original_key}"}
    assert (body["focal_point"], body["image"]["renditions"]) == (None, {})


# --- whose galleries there are ------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["album", "page", "card", "CARD IN CAPITALS", "organization"])
def test_gallery__of_every_registered_kind__answers_under_its_name(
    committing_client: CommittingClient,
    album: Album,
    ids: list[int],
    organization: Organization,
    kind: str,
) -> None:
    objects: dict[str, Any] = {
        "album": album,
        "page": Page.objects.create(slug="Über uns", album=album),
        "card": Card.objects.create(album=album),
        "organization": organization,
    }
    obj = objects[kind.split(maxsplit=1)[0].lower()]
    name = obj._meta.label_lower.replace(".", "/")
    key = str(obj.pk).upper() if kind == "CARD IN CAPITALS" else str(obj.pk)
    url = f"{LIBRARY}/images/{name}/{quote(key)}/"

    attached = committing_client.post(url, {"image_ids": ids[:2]}, format="json")
    listed = committing_client.get(url)

    assert (attached.status_code, listed.status_code) == (200, 200)
    assert [row["object_id"] for row in listed.json()["results"]] == [str(obj.pk)] * 2
    assert laid_out(obj) == (ids[:2], ids[0])
    location = committing_client.get(f"{url}{ids[0]}/").json()
    assert f"{location['app_label']}/{location['model']}" == name


def test_gallery__of_what_has_none_here__is_one_404(
    member: User, album: Album, organization: Organization
) -> None:
    note = Note.objects.create(organization=organization)
    proxy = AlbumProxy.objects.create(organization=organization)
    foreign = Album.objects.create(organization=OrganizationFactory.create())
    nobodys = Card.objects.create(album=None)
    paths = [
        *(f"testapp/note/{note.pk}", f"testapp/albumproxy/{proxy.pk}", f"Testapp/Album/{album.pk}"),
        *(f"testapp/album/{foreign.pk}", f"testapp/card/{nobodys.pk}", "testapp/page/none"),
        *(f"orgs/organization/{foreign.organization_id}", "accounts/user/1", "no/such/1"),
        *(f"testapp/album/{key}" for key in ("0", "999999", "9" * 40, "x", f"0{album.pk}", "-1")),
        *(f"testapp/album/{key}" for key in (f"{album.pk}.0", f"+{album.pk}", "%00", "1e0", "٣")),
        *("testapp/card/1", "testapp/card/" + "0" * 31, "testapp/page/" + "x" * 300),
    ]
    client = client_of(member)

    bodies = [problem_of(client.get(f"{LIBRARY}/images/{path}/")) for path in paths]
    missing = problem_of(client.get(f"{LIBRARY}/images/999999/"))
    assert missing["code"] == "not_found"
    assert all(body == missing for body in bodies), bodies
