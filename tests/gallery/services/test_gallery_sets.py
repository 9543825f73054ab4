"""Renditions that images have in some galleries only, because the object there says so."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from gallery import ledger, registry, tasks
from gallery.exceptions import InvalidRenditionSpec
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile, PolymorphicImageRelation, has_gallery
from gallery.registry import Attachable, DynamicSet
from gallery.renditions.urls import variants
from gallery.services import attachments
from gallery.services.editing import update_image
from gallery.services.removal import delete_image
from gallery.storage import LocalStorage
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import SETS, assert_nothing_lost, keys, on_disk, uploaded, watched_storage
from tests.gallery.ledger.test_races import at_once
from tests.gallery.media.http import assert_refused, status_of
from tests.gallery.services.crowd import assert_refused as assert_none_failed
from tests.gallery.services.crowd import fresh, many, meanwhile
from tests.testapp.models import Shop, Stall

pytestmark = pytest.mark.django_db(transaction=True)
SMALL = {
    "gallery": [("tiny", "webp_fit__8x8-q60")],
    "photos": [("square", "webp_crop__40x40-q60"), ("wide", "webp_fit__60x60-q60")],
    "round": [("disc", "webp_crop__30x30-q60")],
}
OWN, PHOTOS, ROUND = {"tiny"}, {"square", "wide"}, {"disc"}


@pytest.fixture(autouse=True)
def _small_sets(settings: Any) -> None:
    setattr(settings, SETS, SMALL)


@pytest.fixture
def image(organization: Organization, upload: Upload) -> Image:
    return uploaded(organization, upload(size=(120, 80)))


@pytest.fixture
def shop(organization: Organization) -> Shop:
    return Shop.objects.create(organization=organization, kind="photos")


def made() -> set[str]:
    live = MediaFile.objects.filter(state="live").exclude(original=None)
    return set(live.values_list("rendition", flat=True))


def shown(relation: PolymorphicImageRelation) -> set[str]:
    """Return the names of a relation's renditions, all of which have files of their own."""
    relation = PolymorphicImageRelation.objects.with_renditions().get(pk=relation.pk)
    found = variants(
        relation.image, focal_point=relation.own_focal_point, set_name=relation.rendition_set
    )
    original = found.pop("original")
    assert original not in found.values()
    assert [handle.url for handle in relation.renditions()] == list(found.values())
    return set(found)


@pytest.mark.parametrize("model", [Shop, Stall])
def test_attach__to_a_gallery_with_a_set_of_its_own__makes_that_too(
    image: Image, organization: Organization, media_root: Path, model: type[Shop | Stall]
) -> None:
    obj: Any = model.objects.create(organization=organization, kind="photos")
    assert made() == OWN
    relation = attachments.attach(obj=obj, image=image)

    assert (made(), shown(relation)) == (OWN | PHOTOS, PHOTOS)
    assert set(variants(fresh(image))) == {"original"} | OWN
    assert [handle.name for handle in fresh(image).renditions()] == ["tiny"]
    assert fresh(image).status == Image.Status.READY
    assert on_disk(media_root) == keys(state="live")


def test_attach__by_rest__shows_them(shop: Shop, image: Image, member_client: Any) -> None:
    url = f"/api/v1/images/orgs/acme/images/testapp/shop/{shop.pk}/"
    assert member_client.post(url, {"image_ids": [image.pk]}).status_code == 200
    [found] = member_client.get(url).json()["results"]
    assert set(found["variants"]) == {"original"} | PHOTOS
    assert set(found["image"]["variants"]) == {"original"} | OWN


@pytest.mark.parametrize("kind", ["", "gone"])
def test_attach__to_a_gallery_with_no_set_or_one_that_is_gone__shows_the_images_own(
    image: Image, organization: Organization, kind: str
) -> None:
    shop = Shop.objects.create(organization=organization, kind=kind)

    assert shown(attachments.attach(obj=shop, image=image)) == OWN
    assert made() == OWN


def test_object__saved_with_another_set__has_its_images_made_again(
    image: Image, shop: Shop, media_root: Path, organization: Organization
) -> None:
    relation = attachments.attach(obj=shop, image=image, focal_point=FocalPoint(10, 90))
    elsewhere = Shop.objects.create(organization=organization, kind="photos")
    other = attachments.attach(obj=elsewhere, image=image)
    before = keys(state="live")

    shop.kind = "round"
    shop.save()

    assert (shown(relation), shown(other)) == (ROUND, PHOTOS)
    assert relation.pk == shop.gallery.get().pk
    assert made() == OWN | PHOTOS | ROUND
    assert before <= keys(state="live") == on_disk(media_root)
    assert [key for key in keys(rendition="disc") if key.endswith("_disc-10x90.webp")]
    with watched_storage() as calls:
        for shop.kind in ("photos", "round", "photos"):
            shop.save()
    assert (calls, shown(relation)) == ([], PHOTOS)


@pytest.mark.parametrize("fields", [["name"], []])
def test_object__saved_without_the_field_that_says_so__keeps_the_set_of_its_row(
    image: Image, shop: Shop, fields: list[str]
) -> None:
    relation = attachments.attach(obj=shop, image=image)
    shop.kind, shop.name = "round", "new"

    shop.save(update_fields=fields)

    assert shown(relation) == PHOTOS
    assert made() == OWN | PHOTOS


def test_object__saved_by_two_at_once__the_images_follow_the_row(
    image: Image, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    relation = attachments.attach(obj=shop, image=image)
    other = Shop.objects.get()
    shop.kind, other.kind = "round", "gallery"
    # The first has written its row, and is about to look at the gallery, when the second comes.
    begun = meanwhile(monkeypatch, has_gallery, "use_rendition_set", other.save)

    shop.save()
    assert [future.result(30) for future in begun] == [None]

    assert Shop.objects.get().kind == "gallery"
    assert shown(relation) == {"tiny"}


def test_object__saved_without_a_change__costs_a_few_queries(
    image: Image, shop: Shop, django_assert_max_num_queries: Any
) -> None:
    attachments.attach(obj=shop, image=image)
    with watched_storage() as calls, django_assert_max_num_queries(8):
        shop.save()

    assert calls == []


def test_detach_and_attach_again__costs_nothing_the_second_time(
    image: Image, shop: Shop, media_root: Path
) -> None:
    attachments.attach(obj=shop, image=image)
    with watched_storage() as calls:
        attachments.detach(obj=shop, image_id=image.pk)
        assert fresh(image).uses() == {("", FocalPoint.CENTER)}
        assert set(variants(fresh(image))) == {"original"} | OWN
        relation = attachments.attach(obj=shop, image=image)

    assert (calls, shown(relation)) == ([], PHOTOS)
    delete_image(image=fresh(image), force=True)
    assert on_disk(media_root) == keys() == set()


def test_image__in_two_galleries_with_different_sets__has_those_of_both(
    image: Image, shop: Shop, organization: Organization, media_root: Path
) -> None:
    stall = Stall.objects.create(organization=organization, kind="round")
    one = attachments.attach(obj=shop, image=image, focal_point=FocalPoint(10, 90))
    other = attachments.attach(obj=stall, image=image)
    update_image(image=fresh(image), focal_point=FocalPoint(70, 20))

    assert (shown(one), shown(other)) == (PHOTOS, ROUND)
    base = image.original_key.removesuffix(".jpg")
    ends = ("tiny", "square-10x90", "wide", "disc-70x20")
    assert keys(original__isnull=False, state="live") == {f"{base}_{end}.webp" for end in ends}
    assert_nothing_lost(media_root)


def test_media__just_in_time__makes_those_of_galleries_it_is_in(
    settings: Any, shop: Shop, organization: Organization, upload: Upload
) -> None:
    settings.GALLERY = {"STRATEGY": "just_in_time"}
    image = uploaded(organization, upload(size=(120, 80)))
    base = image.original_key.removesuffix(".jpg")
    for name in PHOTOS:
        assert_refused(Client().get(f"/media/{base}_{name}.webp"), 404)
    relation = attachments.attach(obj=shop, image=image, focal_point=FocalPoint(10, 90))

    assert (shown(relation), made()) == (PHOTOS, set())
    assert {status_of(Client().get(each.url)) for each in relation.renditions()} == {200}
    assert f"{base}_square-10x90.webp" in keys(state="live")
    for end in ("disc", "square", "square-90x10", "tiny-10x90"):
        assert_refused(Client().get(f"/media/{base}_{end}.webp"), 404)
    assert made() == PHOTOS


def test_attach__to_a_gallery_with_a_computed_set__asks_with_the_image(
    image: Image, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_title(found: Any) -> str:
        return "round" if found.title == "moon" else "photos"

    monkeypatch.setattr(
        registry, "_dynamic_sets", {"titled": DynamicSet("titled", by_title, ("title",))}
    )
    Shop.objects.update(kind="titled")
    relation = attachments.attach(obj=Shop.objects.get(), image=image)

    assert shown(relation) == PHOTOS
    update_image(image=fresh(image), title="moon")
    relation.refresh_from_db()
    assert relation.image.rendition("tiny").name == "tiny"
    assert [each.name for each in relation.renditions()] == ["disc"]


def test_attach__and_a_rendition_lost_to_somebody_with_no_use_for_it__is_not_ready(
    image: Image, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = LocalStorage.put

    def put_and_lose(self: LocalStorage, key: str, data: bytes, **options: Any) -> None:
        put(self, key, data, **options)
        ledger.give_up(key) if "_wide" in key else None

    with monkeypatch.context() as patched:
        patched.setattr(LocalStorage, "put", put_and_lose)
        relation = attachments.attach(obj=shop, image=image)
    assert made() == OWN | {"square"}
    assert fresh(image).status == Image.Status.PENDING
    assert tasks.finish("gallery.image.file", image.pk)
    assert (shown(relation), fresh(image).status) == (PHOTOS, Image.Status.READY)


@pytest.mark.parametrize("garbage", [None, 7, [("tiny", "webp_fit__8x8-q60")]])
def test_attach__to_a_gallery_whose_function_returns_no_name__says_so(
    image: Image, shop: Shop, monkeypatch: pytest.MonkeyPatch, garbage: Any
) -> None:
    broken = Attachable(Shop, "organization", lambda _: garbage)
    monkeypatch.setitem(registry._attachables, "testapp.shop", broken)

    with pytest.raises(InvalidRenditionSpec, match=r"Shop.*returned"):
        attachments.attach(obj=shop, image=image)
    assert not PolymorphicImageRelation.objects.exists()


def save_as(shop: Shop, kind: str) -> Callable[[], None]:
    def work() -> None:
        for name in (kind, "", kind):
            found = Shop.objects.get(pk=shop.pk)
            found.kind = name
            found.save()

    return work


@pytest.mark.usefixtures("no_deadlock")
def test_object__changing_while_others_attach_and_detach__nobody_waits_in_vain(
    organization: Organization, upload: Upload, media_root: Path
) -> None:
    shops = [Shop.objects.create(organization=organization, kind="photos") for _ in range(2)]
    images = [uploaded(organization, upload(size=(12, 8))) for _ in range(4)]
    ids = [image.pk for image in images]
    for _ in range(many(6, 2)):
        results = at_once(
            *(save_as(shop, kind) for shop in shops for kind in ("round", "photos")),
            *(partial(attachments.bulk_attach, obj=shop, image_ids=ids) for shop in shops),
            *(partial(attachments.bulk_attach, obj=shop, image_ids=ids[::-1]) for shop in shops),
            partial(update_image, image=fresh(images[0]), focal_point=FocalPoint(10, 10)),
            partial(attachments.bulk_detach, obj=shops[0], image_ids=ids[:2]),
        )
        assert_none_failed(results)
        for image in Image.objects.exclude(status="ready"):
            tasks.finish("gallery.image.file", image.pk)
        for shop in Shop.objects.all():
            assert set(shop.gallery.values_list("rendition_set", flat=True)) <= {shop.kind}
            assert all(shown(relation) for relation in shop.gallery.all())
        assert_nothing_lost(media_root)
