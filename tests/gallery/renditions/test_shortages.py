"""What is missing is asked of the database: a few queries a page, in memory that does not grow."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

import gallery
from gallery.models import Image, MediaFile, PolymorphicImageRelation
from gallery.renditions import shortages
from gallery.renditions.shortages import Page, Redefined, Selection, Shortage
from gallery.renditions.sources import ModelSource, model_sources, sources
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import SETS, uploaded, watched_storage
from tests.gallery.many import insert_images
from tests.gallery.renditions.adoption import keep, make_all
from tests.testapp.models import Photo, Poster

pytestmark = pytest.mark.django_db(transaction=True)
NOTHING = Selection()


@pytest.fixture
def images() -> ModelSource:
    return model_sources()["gallery.image.file"]


def look_at(source: Any, selection: Selection = NOTHING) -> tuple[list[Page], list[Shortage]]:
    pages: list[Page] = []
    return pages, list(shortages.shortages([source], selection, look=pages.append))


def queries_for(source: Any) -> int:
    with CaptureQueriesContext(connection) as captured, watched_storage() as calls:
        look_at(source)
    assert calls == []
    return sum(query["sql"].startswith("SELECT") for query in captured)


def use(image: Image, **values: Any) -> None:
    PolymorphicImageRelation.objects.create(
        organization=image.organization,
        image=image,
        content_type=ContentType.objects.get_for_model(Organization),
        object_id=str(PolymorphicImageRelation.objects.count() + 1),
        **values,
    )


def test_pages__of_images__cost_four_queries_each(
    images: ModelSource, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortages, "PAGE", 10)
    insert_images(organization, range(1, 10))
    for image in Image.objects.all():
        use(image, ppoi=(0.1, 0.2), rendition_set="photos")
    assert queries_for(images) == 4

    insert_images(organization, range(10, 36))

    assert queries_for(images) == 4 * 4
    pages, found = look_at(images)
    assert [page.size for page in pages] == [10, 10, 10, 5]
    assert len(found) == 9  # whose uses lack their own


def test_pages__of_dynamic_sets__cost_as_many(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("", "wide", "", "wide"):
        Poster.objects.create(image=upload(), kind=kind)
    posters = model_sources()["testapp.poster.image"]

    assert queries_for(posters) == 3
    MediaFile.objects.filter(rendition__in=["banner", "square"]).delete()
    assert [each.files[0].rpartition("_")[2] for each in look_at(posters)[1]] == [
        *("square.webp", "banner.webp", "square.webp", "banner.webp")
    ]


@pytest.mark.usefixtures("_no_sources")
def test_pages__of_files__cost_two_queries_each(
    media_root: Path, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(media_root, upload, *(f"banners/{n}.jpg" for n in range(6)), size=(20, 20))
    gallery.register_source("banners", keys="banners/")
    assert len(make_all("banners")) == 6
    monkeypatch.setattr(shortages, "PAGE", 10)  # six of theirs, and 24 of ours

    assert queries_for(sources()["banners"]) == 2 * 3


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def peak(source: Any) -> int:
    gc.collect()
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    # What is kept, not what waits to be collected.
    for _ in shortages.shortages([source], NOTHING, look=lambda _: gc.collect()):
        pass
    return tracemalloc.get_traced_memory()[1] - before


@pytest.mark.usefixtures("traced")
def test_pages__many_more_images__take_no_more_memory(
    images: ModelSource, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortages, "PAGE", 100)
    insert_images(organization, range(1, 301))
    peak(images)  # whatever is cached is cached
    few = peak(images)
    insert_images(organization, range(301, 3001))

    assert peak(images) < few * 1.2


def test_pages__keys_that_are_uuids__are_gone_through_once_each(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    Photo.objects.bulk_create([Photo(image=upload(size=(50, 50))) for _ in range(7)])
    Photo.objects.create()  # without an image
    MediaFile.objects.exclude(original=None).delete()
    monkeypatch.setattr(shortages, "PAGE", 3)

    pages, found = look_at(model_sources()["testapp.photo.image"])

    assert [page.size for page in pages] == [3, 3, 1]
    assert {each.object_id for each in found} == set(
        Photo.objects.exclude(image="").values_list("pk", flat=True)
    )


def test_shortages__uses_with_their_own_points_and_sets__are_seen_and_selected(
    images: ModelSource, organization: Organization, upload: Upload
) -> None:
    image = uploaded(organization, upload())
    use(image, ppoi=(0.1, 0.2))
    use(image, rendition_set="photos")
    use(image, rendition_set="taken out of the settings")
    base = image.original_key.removesuffix(".jpg")
    thumb, own = f"{base}_thumb-10x20.webp", [f"{base}_square.webp", f"{base}_wide.webp"]

    for selection, files in (
        (NOTHING, [*own, thumb]),
        (Selection(rendition_set="gallery"), [thumb]),
        (Selection(rendition_set="photos"), own),
        (Selection(organization_id=organization.pk), [*own, thumb]),
        (Selection(organization_id=organization.pk + 1), []),
        (Selection(ids=frozenset([image.pk + 1])), []),
    ):
        found = look_at(images, selection)[1]
        assert sorted(key for each in found for key in each.files) == sorted(files)


def test_shortages__dynamic_set_that_fails_for_one__is_named_and_the_others_are_found(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    posters = [Poster.objects.create(image=upload(), name=name) for name in "abc"]
    MediaFile.objects.exclude(original=None).delete()
    Poster.objects.filter(name="b").update(name="broken")
    source = model_sources()["testapp.poster.image"]
    wanted = Selection.wanted

    def fail_for_one(selection: Selection, instance: Any, uses: Any) -> Any:
        return 1 // 0 if instance.name == "broken" else wanted(selection, instance, uses)

    monkeypatch.setattr(Selection, "wanted", fail_for_one)

    found = look_at(source)[1]
    assert [each.error for each in found] == ["", "crashed", ""]
    assert [each.key for each in found] == [poster.original_key for poster in posters]


def test_redefined__without_a_version__is_counted_by_name_and_definitions(
    images: ModelSource, organization: Organization, upload: Upload, settings: Any
) -> None:
    for _ in range(2):
        uploaded(organization, upload())
    pairs = dict(getattr(settings, SETS)["gallery"])
    changed = {
        **pairs,
        "thumb": "webp_crop__90x90-q65",  # the same file
        "sm": "avif_fit__640x640-q80",  # another file
        "md": "webp_fit__1000x1000-q85-v2",  # another file
    }
    setattr(settings, SETS, {**getattr(settings, SETS), "gallery": list(changed.items())})

    pages, found = look_at(images)

    assert sum((page.redefined for page in pages), start=type(pages[0].redefined)()) == {
        Redefined("thumb", "webp_crop__160x160-q65", "webp_crop__90x90-q65"): 2
    }
    assert [len(each.files) for each in found] == [2, 2]
