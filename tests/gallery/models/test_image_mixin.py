"""ImageMixin on somebody else's model: everything an Image has, with its own names and sizes."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from gallery.models import MediaFile
from gallery.renditions.sources import model_sources
from gallery.renditions.urls import rendition_urls, variants
from tests.conftest import Upload
from tests.gallery.heart import keys, on_disk
from tests.testapp.models import Photo, PhotoProxy

pytestmark = pytest.mark.django_db(transaction=True)


def test_image_mixin__upload_saved__is_stored_recorded_and_warmed(
    upload: Upload, media_root: Path
) -> None:
    photo = Photo.objects.create(image=upload("a b_c.PNG".lower()), image_ppoi=(0.3, 0.7))

    base = photo.original_key.removesuffix(".png")
    assert base.startswith("testapp/photos/20")
    assert (photo.image_width, photo.image_height) == (400, 300)
    assert (
        on_disk(media_root)
        == keys(state="live")
        == {
            f"{base}.png",
            f"{base}_square-30x70.webp",
            f"{base}_wide.webp",
        }
    )
    assert set(MediaFile.objects.values_list("object_id", "source", "visibility")) == {
        (str(photo.pk), "testapp.photo.image", "public")
    }
    assert list(variants(photo)) == ["original", "square", "wide"]


def test_create_image_sizes__some_missing__makes_them_and_no_others(upload: Upload) -> None:
    photo = Photo.objects.create(image=upload())
    assert photo.create_image_sizes() == 0

    MediaFile.objects.filter(rendition="wide").delete()
    photo = Photo.objects.get(pk=photo.pk)

    assert photo.create_image_sizes() == 1
    assert [item.file is not None for item in rendition_urls(photo)] == [True, True]


def test_image_mixin__without_an_image__has_no_urls_and_no_files(media_root: Path) -> None:
    photo = Photo.objects.create(name="empty")

    assert photo.create_image_sizes() == 0
    assert variants(photo) == {}
    assert on_disk(media_root) == set() == keys()


@pytest.mark.parametrize("how", ["assign", "delete"])
def test_image_mixin__image_cleared__retires_the_files(upload: Upload, how: str) -> None:
    photo = Photo.objects.create(image=upload())
    if how == "assign":
        photo.image = ""
        photo.save()
    else:
        photo.image.delete()

    photo.refresh_from_db()
    assert (photo.original_key, photo.image_width, photo.image_height) == ("", None, None)
    assert keys(state="live") == set()
    assert len(keys(state="stale")) == 3


@pytest.mark.parametrize("model", [Photo, PhotoProxy])
@pytest.mark.parametrize("in_bulk", [True, False])
def test_image_mixin__deleted__takes_its_files_along(
    upload: Upload, media_root: Path, model: type[Photo], in_bulk: bool
) -> None:
    for _ in range(2):
        Photo.objects.create(image=upload())
    if in_bulk:
        model.objects.all().delete()
    else:
        for photo in model.objects.all():
            photo.delete()

    assert on_disk(media_root) == set() == keys()


def test_image_mixin__two_rows_with_one_file__keep_it_until_the_last_is_deleted(
    upload: Upload, media_root: Path
) -> None:
    first = Photo.objects.create(image=upload())
    second = Photo.objects.create(image=first.image, image_width=400, image_height=300)
    assert second.image is not first.image
    files = on_disk(media_root)

    second.delete()
    assert on_disk(media_root) == files == keys(state="live", object_id=str(first.pk))
    third = Photo.objects.create(image=first.image, image_width=400, image_height=300)
    first.delete()
    assert on_disk(media_root) == files == keys(state="live", object_id=str(third.pk))

    third.delete()
    assert on_disk(media_root) == set() == keys()


def test_image_mixin__two_rows_with_one_file__one_replaced__other_keeps_it(
    upload: Upload, media_root: Path
) -> None:
    first = Photo.objects.create(image=upload())
    second = Photo.objects.create(image=first.image, image_width=400, image_height=300)

    second.image = upload()
    second.save()

    assert keys(state="stale") == set()
    assert keys(state="live", object_id=str(first.pk)) == {
        key for key in on_disk(media_root) if key.startswith(first.original_key[:-4])
    }


@pytest.mark.parametrize("value", ["9x9", "0.5", ""])
def test_constraints__focal_point_out_of_range__are_in_the_table_of_the_subclass(
    upload: Upload, value: str
) -> None:
    Photo.objects.create(image=upload())
    names = {constraint.name for constraint in Photo._meta.constraints}

    assert names == {"testapp_photo_focal_point_in_range", "testapp_photo_image_has_size"}
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE testapp_photo SET image_ppoi = %s", [value])


def test_constraints__file_without_dimensions__is_refused_by_the_database(upload: Upload) -> None:
    Photo.objects.create(image=upload())

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE testapp_photo SET image_width = NULL")


@pytest.mark.parametrize("nonsense", ["abc", "", None, -1, 2**80, "\x00", {}, uuid.uuid4()])
def test_source__find__nonsense_is_nobody(upload: Upload, nonsense: object) -> None:
    photo = Photo.objects.create(image=upload())

    source = model_sources()["testapp.photo.image"]
    assert source.find(nonsense) is None
    assert source.find(photo.pk) == source.find(str(photo.pk)) == photo
    if not isinstance(nonsense, uuid.UUID):
        assert model_sources()["gallery.image.file"].find(nonsense) is None


def test_bulk_create__with_uploads__stores_records_and_warms(
    upload: Upload, media_root: Path
) -> None:
    photos = Photo.objects.bulk_create([Photo(image=upload(), name=str(n)) for n in range(3)])

    assert len(on_disk(media_root)) == 9
    assert on_disk(media_root) == keys(state="live")
    assert {photo.image_width for photo in photos} == {400}
    with pytest.raises(ValueError, match="conflicts"):
        Photo.objects.bulk_create([Photo(image=upload())], ignore_conflicts=True)


def test_save__inside_a_transaction__says_what_to_do_and_stores_nothing(
    upload: Upload, media_root: Path
) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        Photo.objects.create(image=upload())

    assert on_disk(media_root) == set() == keys()


def test_store_assigned_file__before_a_transaction__lets_it_roll_back(
    upload: Upload, media_root: Path
) -> None:
    photo = Photo(image=upload())
    photo.store_assigned_file()
    with transaction.atomic():
        photo.save()
        transaction.set_rollback(True)

    assert keys(state="pending") == on_disk(media_root) == {photo.original_key}
    photo._state.adding = True
    photo.save()
    assert keys(state="live") == on_disk(media_root)
    assert len(keys()) == 3
