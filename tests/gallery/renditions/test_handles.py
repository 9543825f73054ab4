"""Handles say what a rendition will be before anybody has made it, and are right about it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage

from gallery.exceptions import Corrupt, OriginalGone, StorageUnavailable, UnknownRendition
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.intake import take_in
from gallery.imaging.limits import Limits
from gallery.models import Image, MediaFile
from gallery.renditions.handles import Rendition, handles
from gallery.renditions.spec import RenditionSpec
from gallery.services import attachments
from gallery.services.removal import delete_image
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import keys, on_disk, uploaded, watched_storage
from tests.testapp.models import Photo, Shop

NAMES = ["thumb", "sm", "md", "lg"]
in_database = pytest.mark.django_db(transaction=True)
sides = st.integers(1, 260)
percents = st.integers(0, 100)


@pytest.fixture
def image(settings: Any, organization: Organization, upload: Upload) -> Image:
    """Return an image of which nothing is made."""
    settings.GALLERY = {"STRATEGY": "just_in_time"}
    return uploaded(organization, upload(size=(900, 500)), focal_point=FocalPoint(20, 80))


def picture(width: int, height: int, orientation: int, image_format: str) -> BytesIO:
    exif = PillowImage.Exif()
    exif[0x0112] = orientation
    buffer = BytesIO()
    PillowImage.new("RGB", (width, height), "red").save(buffer, image_format, exif=exif)
    buffer.seek(0)
    return buffer


@settings(max_examples=150, deadline=None)
@given(
    stored=st.tuples(sides, sides),
    box=st.tuples(sides, sides),
    orientation=st.integers(1, 8),
    operation=st.sampled_from(["crop", "fit"]),
    image_format=st.sampled_from(["JPEG", "PNG", "WEBP"]),
    point=st.builds(FocalPoint, percents, percents),
)
def test_size__of_any_picture_and_any_box__is_that_of_what_is_made(
    stored: tuple[int, int],
    box: tuple[int, int],
    orientation: int,
    operation: str,
    image_format: str,
    point: FocalPoint,
) -> None:
    spec = RenditionSpec.parse(f"webp_{operation}__{box[0]}x{box[1]}", name="any")
    source = picture(*stored, orientation, image_format)
    taken = take_in(source, [spec.request(point)], limits=Limits())
    photo = Photo(image="a.jpg", image_width=taken.facts.width, image_height=taken.facts.height)

    [handle] = handles(photo, (spec,), point)
    with PillowImage.open(BytesIO(taken.renditions[0].data)) as made:
        assert (handle.width, handle.height) == made.size
        assert handle.content_type == made.get_format_mimetype()
    upright = stored if orientation < 5 else stored[::-1]
    assert handle.width <= min(upright[0], box[0])
    assert handle.height <= min(upright[1], box[1])


@in_database
def test_handle__says_everything_and_asks_nobody(
    image: Image, django_assert_num_queries: Any
) -> None:
    image = Image.objects.get()
    base = f"/media/{image.original_key.removesuffix('.jpg')}"
    with watched_storage() as calls, django_assert_num_queries(0):
        found = {
            handle.name: (handle.url, handle.size.width, handle.height, handle.content_type)
            for handle in image.renditions()
        }
        assert str(image.rendition("sm")) == f"{base}_sm.webp"

    assert found == {
        "thumb": (f"{base}_thumb-20x80.webp", 160, 160, "image/webp"),
        "sm": (f"{base}_sm.webp", 640, 356, "image/webp"),
        "md": (f"{base}_md.webp", 900, 500, "image/webp"),
        "lg": (f"{base}_lg.webp", 900, 500, "image/webp"),
    }
    assert calls == []
    assert keys() == {image.original_key}


@in_database
@pytest.mark.parametrize("name", NAMES)
def test_generate__makes_the_file_and_returns_its_row__once(
    image: Image, media_root: Path, name: str
) -> None:
    handle = image.rendition(name)
    assert handle.file is None
    with watched_storage() as calls:
        row = handle.generate()
        assert handle.generate() == row == Image.objects.get().rendition(name).generate()

    assert calls == ["read", "put"]
    assert (row.key, row.state, row.rendition) == (handle.key, "live", name)
    assert (row.width, row.height, row.content_type) == (
        handle.width,
        handle.height,
        handle.content_type,
    )
    assert {each.file.key for each in (handle, image.rendition(name)) if each.file} == {row.key}
    with PillowImage.open(media_root / row.key) as made:
        assert made.size == (row.width, row.height)
    assert on_disk(media_root) == keys() == {image.original_key, row.key}


@in_database
def test_file__of_a_list_with_renditions__costs_no_query(
    image: Image, django_assert_num_queries: Any
) -> None:
    row = image.rendition("md").generate()
    [listed] = Image.objects.with_renditions()
    with django_assert_num_queries(0):
        found = [handle.file.key if handle.file else None for handle in listed.renditions()]
    assert found == [None, None, row.key, None]


@in_database
def test_generate__of_a_deleted_image__says_so_and_leaves_nothing(
    image: Image, media_root: Path
) -> None:
    handle = image.rendition("md")
    delete_image(image=Image.objects.get())

    with pytest.raises(OriginalGone):
        handle.generate()
    assert on_disk(media_root) == keys() == set()


@in_database
def test_generate__on_a_point_that_is_not_saved__says_so_and_leaves_nothing(
    image: Image, media_root: Path
) -> None:
    image.focal_point = FocalPoint(1, 99)
    handle = image.rendition("thumb")
    assert handle.key.endswith("_thumb-1x99.webp")

    with pytest.raises(OriginalGone):
        handle.generate()
    assert on_disk(media_root) == keys() == {image.original_key}
    image.save()
    assert handle.generate().key == handle.key


@in_database
def test_generate__of_a_damaged_original__says_so(image: Image, media_root: Path) -> None:
    (media_root / image.original_key).write_bytes(b"\xff\xd8\xff not any more")

    with pytest.raises(Corrupt):
        image.rendition("md").generate()
    assert on_disk(media_root) == keys() == {image.original_key}


@in_database
@pytest.mark.parametrize("call", ["read", "put"])
def test_generate__while_the_storage_is_down__says_so_and_works_later(
    image: Image, call: str
) -> None:
    with watched_storage(fail_at=1, names=(call,)), pytest.raises(StorageUnavailable):
        image.rendition("md").generate()

    assert image.rendition("md").generate().state == MediaFile.State.LIVE


@in_database
def test_rendition__of_a_relation__has_its_point_and_its_set(
    image: Image, organization: Organization
) -> None:
    shop = Shop.objects.create(organization=organization)
    there = attachments.attach(obj=shop, image=image, focal_point=FocalPoint(70, 10))
    assert there.rendition("thumb").key.endswith("_thumb-70x10.webp")
    assert image.rendition("thumb").key.endswith("_thumb-20x80.webp")
    assert there.rendition("thumb").generate() != image.rendition("thumb").generate()
    assert there.rendition("md").key == image.rendition("md").key

    attachments.update_relation(obj=shop, image_id=image.pk, focal_point=None)
    assert shop.gallery.get().rendition("thumb").key == image.rendition("thumb").key
    shop.kind = "photos"
    shop.save()
    own = shop.gallery.get().rendition("square")
    assert own.generate().key.endswith("_square-20x80.webp")
    with pytest.raises(UnknownRendition, match="'thumb'; there are: square, wide"):
        shop.gallery.get().rendition("thumb")


@in_database
def test_rendition__by_a_name_that_is_not_there__names_those_that_are(image: Image) -> None:
    with pytest.raises(UnknownRendition, match="'xl'; there are: thumb, sm, md, lg"):
        image.rendition("xl")


def test_renditions__without_an_image__are_none() -> None:
    assert Photo().renditions() == []
    with pytest.raises(UnknownRendition, match="'square'; there are: none"):
        Photo().rendition("square")


def test_handles__of_the_same_rendition__are_equal() -> None:
    photo = Photo(image="a.jpg", image_width=4, image_height=3)

    assert photo.rendition("wide") == photo.rendition("wide") != photo.rendition("square")
    assert isinstance(photo.rendition("wide"), Rendition)
