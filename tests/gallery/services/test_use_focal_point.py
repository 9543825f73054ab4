"""A focal point of one use: it re-crops for that gallery alone and shares files with its equals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile
from gallery.renditions.urls import variants
from gallery.services import attachments
from gallery.services.attachments import update_relation
from gallery.services.editing import update_image
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.api.harness import (
    committed,
    crop_here,
    picture_at,
    relation_of,
    status_of,
    stored_files,
    warmed,
)
from tests.gallery.heart import age, keys, watched_storage
from tests.testapp.models import Album

pytestmark = pytest.mark.django_db

HERE, ELSEWHERE, CENTER = FocalPoint(30, 70), FocalPoint(90, 10), FocalPoint.CENTER


@pytest.fixture
def other(organization: Organization) -> Album:
    return Album.objects.create(organization=organization)


@pytest.fixture
def image(organization: Organization, upload: Upload, album: Album, other: Album) -> Image:
    """Return an image with all its renditions, in two albums."""
    image = warmed(organization, upload(size=(640, 320)))
    for obj in (album, other):
        attachments.attach(obj=obj, image=image)
    return image


def thumbs(state: str = "live") -> set[str]:
    """Return the thumbs in the ledger, by the end of their names."""
    return {key.rsplit("_", 1)[1] for key in keys(rendition="thumb", state=state)}


def shown(obj: Any, image: Image) -> dict[str, str]:
    """Return the URLs that the gallery of an object shows."""
    relation = relation_of(obj, image)
    return variants(relation.image, focal_point=relation.own_focal_point)


def move_image(image: Image, point: FocalPoint) -> None:
    with committed():
        update_image(image=Image.objects.get(pk=image.pk), focal_point=point)


# --- what is made and what is not ---------------------------------------------------------------


def test_point__set_for_a_use__makes_one_crop_and_nothing_else(album: Album, image: Image) -> None:
    before = list(MediaFile.objects.order_by("pk").values())

    with watched_storage() as calls:
        crop_here(album, image, HERE)

    assert calls == ["read", "put"]
    [new] = MediaFile.objects.exclude(pk__in=[row["id"] for row in before])
    assert new.key == image.original_key.replace(".jpg", "_thumb-30x70.webp")
    assert (new.state, new.rendition, new.width, new.height) == ("live", "thumb", 160, 160)
    kept = MediaFile.objects.exclude(pk=new.pk).order_by("pk")
    assert list(kept.values()) == before
    image.refresh_from_db()
    assert (image.status, image.focal_point) == ("ready", CENTER)


def test_point__set_for_a_use__is_shown_there_and_nowhere_else(
    album: Album, other: Album, image: Image
) -> None:
    before = variants(image)

    crop_here(album, image, HERE)

    here = shown(album, image)
    assert here["thumb"].endswith("_thumb-30x70.webp")
    assert {**here, "thumb": before["thumb"]} == before
    assert shown(other, image) == before
    assert variants(Image.objects.get()) == before


@pytest.mark.parametrize(
    ("size", "point", "corners"),
    [
        # Thumbs are square: of a wide picture they show a part of its width, of a high one a part
        # of its height. Corners in the order of reading.
        ((640, 160), FocalPoint(0, 0), ["red", "red", "blue", "blue"]),
        ((640, 160), FocalPoint(100, 0), ["lime", "lime", "white", "white"]),
        ((160, 640), FocalPoint(0, 0), ["red", "lime", "red", "lime"]),
        ((160, 640), FocalPoint(0, 100), ["blue", "white", "blue", "white"]),
        ((640, 160), FocalPoint(50, 50), ["red", "lime", "blue", "white"]),
    ],
)
def test_point__of_a_use__decides_which_part_is_seen(
    album: Album,
    organization: Organization,
    upload: Upload,
    media_root: Path,
    size: tuple[int, int],
    point: FocalPoint,
    corners: list[str],
) -> None:
    image = warmed(organization, upload(size=size), focal_point=FocalPoint(35, 65))
    crop_here(album, image, point)

    picture = picture_at(media_root, shown(album, image)["thumb"]).convert("RGB")
    rgb = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}
    assert picture.size == (160, 160)
    for place, colour in zip([(8, 8), (151, 8), (8, 151), (151, 151)], corners, strict=True):
        assert picture.getpixel(place) == pytest.approx(rgb[colour], abs=40)


# --- files that are shared ----------------------------------------------------------------------


def test_point__the_same_for_two_uses__is_one_file(
    album: Album, other: Album, image: Image
) -> None:
    crop_here(album, image, HERE)
    with watched_storage() as calls:
        crop_here(other, image, HERE)

    assert calls == []
    assert shown(album, image) == shown(other, image)
    assert MediaFile.objects.filter(rendition="thumb").count() == 2
    assert Image.objects.get().status == "ready"


def test_point__said_again__costs_nothing(album: Album, image: Image) -> None:
    crop_here(album, image, HERE)
    before = list(MediaFile.objects.order_by("pk").values())

    with watched_storage() as calls:
        crop_here(album, image, HERE)

    assert calls == []
    assert list(MediaFile.objects.order_by("pk").values()) == before


def test_image__moved_onto_the_point_of_a_use_and_away__shares_its_file(
    album: Album, image: Image
) -> None:
    crop_here(album, image, HERE)
    shared = MediaFile.objects.get(key__endswith="_thumb-30x70.webp")

    with watched_storage() as calls:
        move_image(image, HERE)
    assert calls == []
    assert (thumbs(), thumbs("stale")) == ({"thumb-30x70.webp"}, {"thumb.webp"})

    move_image(image, ELSEWHERE)
    assert thumbs() == {"thumb-30x70.webp", "thumb-90x10.webp"}
    again = MediaFile.objects.get(pk=shared.pk)
    assert (again.state, again.created_at) == ("live", shared.created_at)
    assert shown(album, image)["thumb"].endswith("_thumb-30x70.webp")


def test_use__moved_onto_the_point_of_the_image_and_away__leaves_its_file(
    album: Album, image: Image
) -> None:
    move_image(image, HERE)
    with watched_storage() as calls:
        crop_here(album, image, HERE)
    assert calls == []

    crop_here(album, image, ELSEWHERE)

    assert thumbs() == {"thumb-30x70.webp", "thumb-90x10.webp"}
    assert variants(Image.objects.get())["thumb"].endswith("_thumb-30x70.webp")


def test_use__in_the_middle_of_an_image_that_is_cropped_elsewhere__has_the_plain_name(
    album: Album, other: Album, image: Image
) -> None:
    crop_here(album, image, CENTER)
    move_image(image, ELSEWHERE)

    assert thumbs() == {"thumb.webp", "thumb-90x10.webp"}
    assert shown(album, image)["thumb"].endswith("_thumb.webp")
    assert shown(other, image)["thumb"].endswith("_thumb-90x10.webp")


# --- files that nobody uses any more -------------------------------------------------------------


LET_GO: dict[str, Callable[[Album, int], object]] = {
    "null": lambda album, pk: update_relation(obj=album, image_id=pk, focal_point=None),
    "another point": lambda album, pk: update_relation(
        obj=album, image_id=pk, focal_point=ELSEWHERE
    ),
    "detach": lambda album, pk: attachments.detach(obj=album, image_id=pk),
    "bulk_detach": lambda album, pk: attachments.bulk_detach(obj=album, image_ids=[pk]),
    "delete the object": lambda album, _: album.delete(),
}


@pytest.mark.parametrize("how", LET_GO)
def test_last_use__lets_go__the_crop_is_stale_and_answers_until_it_is_swept(
    album: Album, image: Image, client: Client, settings: Any, media_root: Path, how: str
) -> None:
    settings.GALLERY = {"GRACE_SECONDS": 3600}
    crop_here(album, image, HERE)
    [key] = keys(key__endswith="_thumb-30x70.webp")

    with committed():
        LET_GO[how](album, image.pk)

    crop = MediaFile.objects.get(key=key)
    assert crop.state == "stale"
    assert crop.delete_after is not None
    in_an_hour = timezone.now() + timedelta(hours=1)
    assert abs(crop.delete_after - in_an_hour) < timedelta(minutes=1)
    assert key in stored_files(media_root)
    assert status_of(client, f"/media/{key}") == 200
    age(key=key)
    assert status_of(client, f"/media/{key}") == 404
    assert thumbs() == {"thumb.webp"} | ({"thumb-90x10.webp"} if how == "another point" else set())


@pytest.mark.parametrize("how", LET_GO)
def test_one_of_two_uses__lets_go__the_crop_stays(
    album: Album, other: Album, image: Image, how: str
) -> None:
    crop_here(album, image, HERE)
    crop_here(other, image, HERE)

    with committed():
        LET_GO[how](album, image.pk)

    assert thumbs() == {"thumb.webp", "thumb-30x70.webp"} | (
        {"thumb-90x10.webp"} if how == "another point" else set()
    )
    assert thumbs("stale") == set()
    assert shown(other, image)["thumb"].endswith("_thumb-30x70.webp")


def test_null__shows_the_point_of_the_image_again(album: Album, image: Image) -> None:
    crop_here(album, image, HERE)
    move_image(image, ELSEWHERE)

    crop_here(album, image, None)

    assert relation_of(album, image).own_focal_point is None
    assert shown(album, image) == variants(Image.objects.get())
    assert shown(album, image)["thumb"].endswith("_thumb-90x10.webp")


def test_point__wanted_again_within_its_grace__is_not_made_again(
    album: Album, image: Image
) -> None:
    crop_here(album, image, HERE)
    crop_here(album, image, None)

    with watched_storage() as calls:
        crop_here(album, image, HERE)

    assert calls == []
    assert thumbs() == {"thumb.webp", "thumb-30x70.webp"}


def test_point__rolled_back__retires_and_makes_nothing(
    album: Album, image: Image, media_root: Path
) -> None:
    files = stored_files(media_root)
    with committed(), transaction.atomic():
        update_relation(obj=album, image_id=image.pk, focal_point=HERE)
        transaction.set_rollback(True)

    assert relation_of(album, image).own_focal_point is None
    assert stored_files(media_root) == files
    assert thumbs() == {"thumb.webp"}
