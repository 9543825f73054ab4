"""The stored image as templates, serializers, pickles and sizers meet it."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest
from django.template import Context, Template
from versatileimagefield.serializers import VersatileImageFieldSerializer
from versatileimagefield.utils import get_url_from_image_key

from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import SETS, keys, on_disk, uploaded, watched_storage

pytestmark = pytest.mark.django_db(transaction=True)


def unpickled(image: Image) -> Image:
    twin: Image = pickle.loads(pickle.dumps(image))  # noqa: S301  (our own)
    return twin


@pytest.fixture
def image(organization: Organization, upload: Upload) -> Image:
    return uploaded(organization, upload(), focal_point=FocalPoint(20, 80))


def stored_point(image: Image) -> Any:
    return Image.objects.values_list("ppoi", flat=True).get(pk=image.pk)


def test_empty_image__in_a_template__is_harmless() -> None:
    template = Template("[{{ image.file.webp_crop }}{{ image.file.width }}{{ image.file }}]")

    assert template.render(Context({"image": Image()})) == "[{}None]"
    assert Image().file.webp_crop["40x40"].url == ""


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, unpickled])
def test_instance__copied__is_whole_and_its_own(image: Image, duplicate: Any) -> None:
    twin = duplicate(image)

    assert twin.file.webp_crop["160x160-q65"].url == image.file.webp_crop["160x160-q65"].url
    assert (twin.file.name, twin.ppoi, twin.file.width) == (image.file.name, image.ppoi, 400)
    assert twin.file.instance is twin
    twin.file.ppoi = (0.1, 0.1)
    assert image.ppoi == (0.2, 0.8)
    twin.save()
    assert stored_point(image) == (0.1, 0.1)


def test_file__unknown_attribute__is_an_attribute_error(image: Image) -> None:
    with pytest.raises(AttributeError, match="webp_squeeze"):
        _ = image.file.webp_squeeze
    empty = type(image.file).__new__(type(image.file))
    with pytest.raises(AttributeError):
        _ = empty.name_of_nothing


def test_library_sizers_and_filters__create_on_demand__make_no_file(
    image: Image, media_root: Path
) -> None:
    before = on_disk(media_root)
    image.file.create_on_demand = True

    assert image.file.crop["100x100"].url.startswith("/media/")
    assert image.file.filters.invert.url.startswith("/media/")
    assert on_disk(media_root) == before


def test_sizer__on_demand__makes_the_bytes_that_warming_makes(
    image: Image, media_root: Path
) -> None:
    key = image.original_key.replace(".jpg", "_thumb-20x80.webp")
    warmed = (media_root / key).read_bytes()
    keys_before = keys()
    MediaFile.objects.filter(key=key).delete()
    (media_root / key).unlink()

    image.file.create_on_demand = True
    made = image.file.webp_crop["160x160-q65"]

    assert made.name == key
    assert (media_root / key).read_bytes() == warmed
    assert keys() == keys_before
    assert keys(state="live") == keys_before


def test_sizer__size_key_outside_any_set__is_named_by_its_parameters(image: Image) -> None:
    base = image.original_key.removesuffix(".jpg")

    assert image.file.webp_crop["300x200"].name == f"{base}_crop-300x200-q80-20x80.webp"
    assert image.file.avif_fit["300x200-q50-v2"].name == f"{base}_fit-300x200-q50-v2.avif"


def test_library_serializer__and_size_keys__give_the_warmed_keys(
    image: Image, settings: Any
) -> None:
    sizes = getattr(settings, SETS)["gallery"]
    urls = VersatileImageFieldSerializer(sizes="gallery").to_representation(image.file)

    assert {url.removeprefix("/media/") for url in urls.values()} == keys(original__isnull=False)
    for name, size_key in sizes:
        assert get_url_from_image_key(image.file, size_key) == urls[name]


def test_template__sizer__asks_neither_database_nor_storage(
    image: Image, django_assert_num_queries: Any
) -> None:
    template = Template("{{ image.file.url }}")

    with watched_storage() as calls, django_assert_num_queries(0):
        url = image.file.webp_crop["160x160-q65"].url
        template.render(Context({"image": image}))

    assert url.endswith("_thumb-20x80.webp")
    assert calls == []
