"""The warmer opens an original once, makes what is missing and nothing else, and tells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from PIL import Image as PillowImage
from versatileimagefield.image_warmer import VersatileImageFieldWarmer

from gallery import tasks
from gallery.exceptions import Corrupt, InvalidRenditionSpec
from gallery.imaging.bounded import DecoderPool
from gallery.models import Image, MediaFile, PolymorphicImageRelation
from gallery.renditions.sets import named_spec, rendition_set
from gallery.renditions.urls import rendition_urls, variants
from gallery.renditions.warmer import RenditionWarmer
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import SETS, assert_nothing_lost, keys, on_disk, uploaded, watched_storage

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ["thumb", "sm", "md", "lg"]


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the files that are given to a decoder; a job decodes once (test_render)."""
    sizes: list[int] = []
    do = DecoderPool._do

    def counted(pool: DecoderPool, job: Any, data: bytes, *arguments: Any) -> Any:
        sizes.append(len(data))
        return do(pool, job, data, *arguments)

    monkeypatch.setattr(DecoderPool, "_do", counted)
    return sizes


@pytest.fixture
def image(organization: Organization, upload: Upload) -> Image:
    return uploaded(organization, upload())


def forget(media_root: Path, **filters: Any) -> None:
    for file in MediaFile.objects.exclude(original=None).filter(**filters):
        (media_root / file.key).unlink()
        file.delete()


def test_upload__its_renditions__cost_one_decode_and_no_read(
    organization: Organization, upload: Upload, decoded: list[int]
) -> None:
    with watched_storage() as calls:
        uploaded(organization, upload())

    assert calls == ["put", "put", "put", "put", "put"]
    assert len(decoded) == 1  # at the door, where all renditions are made too


def test_warm__some_missing__makes_only_these(
    image: Image, media_root: Path, decoded: list[int]
) -> None:
    forget(media_root, rendition__in=["sm", "lg"])
    warmer = RenditionWarmer(image, "gallery", "file")
    with watched_storage() as calls:
        assert warmer.warm() == (4, [])

    assert calls == ["read", "put", "put"]
    assert (warmer.made, warmer.errors, len(decoded)) == (2, {}, 1)
    assert_nothing_lost(media_root)


def test_warm__nothing_missing__asks_the_storage_nothing(
    image: Image, django_assert_num_queries: Any, decoded: list[int]
) -> None:
    with watched_storage() as calls:
        assert RenditionWarmer(Image.objects.all(), "gallery", "file").warm() == (4, [])

    assert calls == [] == decoded


def test_warm__one_image_damaged__the_others_are_made(
    organization: Organization, upload: Upload, media_root: Path
) -> None:
    images = [uploaded(organization, upload()) for _ in range(3)]
    forget(media_root)
    (media_root / images[1].original_key).write_bytes(b"\xff\xd8\xff not any more")
    warmer = RenditionWarmer(Image.objects.order_by("pk"), "gallery", "file")

    assert warmer.warm() == (8, [images[1].original_key])
    assert isinstance(warmer, VersatileImageFieldWarmer)
    assert [type(error) for error in warmer.errors.values()] == [Corrupt]
    assert len(keys(rendition="lg")) == 2


def test_warmer__own_list_of_sizes__keeps_its_order_and_names(image: Image) -> None:
    sizes = [(name, f"webp_fit__{n}x{n}-q50") for n, name in enumerate("zyxabc", start=20)]
    warmer = RenditionWarmer(image, sizes, "file")

    assert [spec.name for spec in warmer.specs] == list("zyxabc")
    assert warmer.size_key_list == [size_key for _, size_key in sizes]
    assert warmer.warm() == (6, [])
    assert len(keys(rendition__in=list("zyxabc"))) == 6


def test_warmer__relative_image_attribute__is_followed(image: Image) -> None:
    relation = PolymorphicImageRelation.objects.create(
        organization=image.organization,
        image=image,
        content_type=ContentType.objects.get_for_model(Organization),
        object_id="1",
        ppoi=(0.1, 0.2),
    )
    warmer = RenditionWarmer(relation, "gallery", "image.file")

    assert warmer.warm() == (5, [])
    assert warmer.made == 1  # the crop on the relation's own point


def test_warm__original_missing_in_the_storage__is_recorded(image: Image, media_root: Path) -> None:
    forget(media_root)
    (media_root / image.original_key).unlink()

    assert tasks.warm("gallery.image.file", image.pk) == 0
    image.refresh_from_db()
    assert (image.status, image.error) == ("failed", "storage_unavailable")


@pytest.mark.parametrize("object_id", ["abc", None, -1, 2**70])
def test_warm__nobody_of_that_key__does_nothing(object_id: object) -> None:
    assert tasks.warm("gallery.image.file", object_id) == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_renditions__of_any_orientation__are_upright_and_never_enlarged(
    organization: Organization, upload: Upload, media_root: Path, orientation: int
) -> None:
    exif = PillowImage.Exif()
    exif[0x0112] = orientation
    image = uploaded(organization, upload(size=(400, 300), exif=exif))

    size = (400, 300) if orientation < 5 else (300, 400)
    assert (image.width, image.height) == size
    found = {item.name: item.file for item in rendition_urls(image)}
    assert list(found) == NAMES
    for name, file in found.items():
        assert file is not None
        assert (file.width, file.height) == ((160, 160) if name == "thumb" else size)
        with PillowImage.open(media_root / file.key) as picture:
            assert picture.size == (file.width, file.height)
            assert not picture.getexif()


def test_urls__not_made_yet__are_the_originals(image: Image, media_root: Path) -> None:
    forget(media_root, rendition="md")
    image = Image.objects.get()

    found = variants(image)
    assert list(found) == ["original", *NAMES]
    assert found["md"] == found["original"] != found["sm"]


@pytest.mark.parametrize("count", [1, 100])
@pytest.mark.parametrize("how", ["images", "relations"])
def test_list__with_renditions__costs_the_same_for_any_number(
    image: Image, count: int, how: str, django_assert_num_queries: Any
) -> None:
    many_images(image, count)
    lists: dict[str, tuple[int, Callable[[], list[Image]]]] = {
        "images": (2, lambda: list(Image.objects.with_renditions())),
        "relations": (
            2,
            lambda: [r.image for r in PolymorphicImageRelation.objects.with_renditions()],
        ),
    }
    queries, read = lists[how]
    with watched_storage() as calls, django_assert_num_queries(queries):
        found = [variants(each) for each in read()]

    assert calls == []
    assert len(found) == count
    assert all(len(set(urls.values())) == 5 for urls in found)


def many_images(image: Image, count: int) -> None:
    renditions = list(MediaFile.objects.exclude(original=None))
    original = MediaFile.objects.get(original=None)
    fields = [field.attname for field in Image._meta.concrete_fields if not field.primary_key]
    for number in range(count):
        if number:
            key = image.original_key.replace(".jpg", f"n{number}.jpg")
            values = {name: getattr(image, name) for name in fields}
            Image.objects.bulk_create([Image(**{**values, "file": key})])
            copy = MediaFile(key=key, **facts(original))
            copy.save()
            MediaFile.objects.bulk_create(
                MediaFile(key=file.key.replace("_", f"n{number}_"), original=copy, **facts(file))
                for file in renditions
            )
    PolymorphicImageRelation.objects.bulk_create(
        PolymorphicImageRelation(
            organization=each.organization,
            image=each,
            content_type=ContentType.objects.get_for_model(Organization),
            object_id="1",
            order=order,
        )
        for order, each in enumerate(Image.objects.select_related("organization"))
    )


def facts(file: MediaFile) -> dict[str, Any]:
    names = (
        *("state", "rendition", "fingerprint", "source", "object_id", "visibility"),
        *("content_type", "width", "height", "size", "sha256"),
    )
    return {name: getattr(file, name) for name in names}


def test_with_renditions__chained_and_empty__works(image: Image) -> None:
    images = Image.objects.with_renditions().filter(pk=image.pk).order_by("-pk")

    assert images.get().rendition_files.keys() == keys(original__isnull=False)
    assert list(images.none()) == []
    assert list(images.values_list("pk", flat=True)) == [image.pk]


def test_sets__order__is_the_configured_one(settings: Any) -> None:
    names = ["z", "a", "m", "b", "y", "c"]
    setattr(
        settings, SETS, {"odd": [(n, f"webp_fit__{i}x{i}") for i, n in enumerate(names, start=9)]}
    )

    assert [spec.name for spec in rendition_set("odd")] == names
    assert named_spec("webp_fit__9x9-q80").name == "z"
    assert rendition_set("") == ()
    with pytest.raises(InvalidRenditionSpec, match="no set 'gone'"):
        rendition_set("gone")


def test_on_disk__after_an_upload__is_what_the_ledger_says(image: Image, media_root: Path) -> None:
    assert on_disk(media_root) == keys(state="live")
    assert len(keys()) == 5
