"""Every way in which versatileimagefield loses or spoils a focal point, and that ours does not."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.forms import modelform_factory
from django.utils.datastructures import MultiValueDict

from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import keys, uploaded, watched_storage

pytestmark = pytest.mark.django_db(transaction=True)


def files(*uploads: SimpleUploadedFile) -> MultiValueDict[str, Any]:
    return MultiValueDict({"file_0": list(uploads)} if uploads else {})


@pytest.fixture
def image(organization: Organization, upload: Upload) -> Image:
    return uploaded(organization, upload(), focal_point=FocalPoint(20, 80))


def stored_point(image: Image) -> Any:
    return Image.objects.values_list("ppoi", flat=True).get(pk=image.pk)


def test_focal_point__uploaded_with_the_file__is_kept_and_cut_by(image: Image) -> None:
    assert stored_point(image) == (0.2, 0.8)
    assert keys(rendition="thumb", state="live") == {
        image.original_key.replace(".jpg", "_thumb-20x80.webp")
    }


def test_focal_point__file_replaced__starts_at_the_centre(image: Image, upload: Upload) -> None:
    image.file = upload()
    image.save()

    assert stored_point(image) == (0.5, 0.5)


def test_focal_point__first_file_of_an_instance__is_kept(
    organization: Organization, upload: Upload
) -> None:
    image = Image(organization=organization, ppoi=(0.1, 0.9))
    image.file = upload()
    image.save()

    assert stored_point(image) == (0.1, 0.9)


@pytest.mark.parametrize("with_point", [True, False])
def test_focal_point__submitted_with_an_upload__belongs_to_it(
    image: Image, upload: Upload, with_point: bool
) -> None:
    form_class = modelform_factory(Image, fields=["file"])
    data = {"file_1": "0.3x0.7"} if with_point else {}
    form = form_class(data, files(upload("other.png")), instance=image)

    assert form.is_valid(), form.errors
    form.save()

    assert stored_point(image) == ((0.3, 0.7) if with_point else (0.5, 0.5))


def test_focal_point__submitted_without_an_upload__moves(image: Image) -> None:
    form_class = modelform_factory(Image, fields=["file"])
    form = form_class({"file_1": "0.3x0.7"}, files(), instance=image)

    assert form.is_valid(), form.errors
    before = image.original_key
    form.save()

    assert stored_point(image) == (0.3, 0.7)
    assert image.original_key == before


def test_form_field__file_that_is_no_picture__is_not_decoded_by_the_form(
    image: Image, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("PIL.Image.open", lambda *_, **__: pytest.fail("decoded by the form"))
    form_class = modelform_factory(Image, fields=["file"])

    assert form_class({}, files(upload()), instance=image).is_valid()


@pytest.mark.parametrize("value", ["0.3x0.7", (0.3, 0.7), [0.3, 0.7], FocalPoint(30, 70)])
def test_focal_point__assigned_to_the_instance__is_saved(image: Image, value: Any) -> None:
    image.ppoi = value
    image.save()

    assert stored_point(image) == (0.3, 0.7)
    assert image.file.ppoi == (0.3, 0.7)


def test_focal_point__assigned_to_the_file__is_saved(image: Image) -> None:
    image.file.ppoi = (0.3, 0.7)
    image.save()

    assert stored_point(image) == (0.3, 0.7)


def test_focal_point__assigned_to_the_file_after_a_refresh__is_saved(image: Image) -> None:
    image.refresh_from_db()
    image.file.ppoi = (0.3, 0.7)
    image.save()

    assert stored_point(image) == (0.3, 0.7)


def test_focal_point__update_fields__is_saved_and_cut_by(image: Image) -> None:
    image.ppoi = (0.3, 0.7)
    image.save(update_fields=["ppoi"])

    fresh = Image.objects.get(pk=image.pk)
    assert fresh.ppoi == (0.3, 0.7)
    assert fresh.status == Image.Status.READY
    assert {k.rsplit("_", 1)[1] for k in keys(rendition="thumb", state="live")} == {
        "thumb-30x70.webp"
    }


@pytest.mark.parametrize("fields", [["file"], ["ppoi"], ["title"], ["file", "ppoi"]])
@pytest.mark.parametrize("how", ["only", "defer"])
def test_focal_point__deferred_fields__are_loaded_and_saved(
    image: Image, how: str, fields: list[str]
) -> None:
    loaded = getattr(Image.objects, how)(*fields).get(pk=image.pk)

    assert loaded.file.name == image.file.name
    assert loaded.file.ppoi == loaded.ppoi == (0.2, 0.8)
    assert (loaded.file.width, loaded.file.height) == (400, 300)
    loaded.ppoi = (0.4, 0.6)
    loaded.save()
    assert stored_point(image) == (0.4, 0.6)


def test_save__deferred_file_and_a_new_title__touches_no_file(image: Image) -> None:
    loaded = Image.objects.only("title").get(pk=image.pk)
    loaded.title = "new"

    with watched_storage() as calls:
        loaded.save()

    assert calls == []
    image.refresh_from_db()
    assert (image.title, image.ppoi) == ("new", (0.2, 0.8))


@pytest.mark.parametrize("fields", [["file"], ["ppoi"], ["title", "file"], None])
def test_focal_point__refreshed_from_the_database__is_the_stored_one(
    image: Image, fields: list[str] | None
) -> None:
    image.refresh_from_db(fields=fields)

    assert image.ppoi == image.file.ppoi == (0.2, 0.8)
    assert image.file.instance is image


def test_focal_point__refreshed_after_somebody_replaced_the_file__is_the_stored_one(
    image: Image, upload: Upload
) -> None:
    other = Image.objects.get(pk=image.pk)
    other.file, other.ppoi = upload(), (0.9, 0.1)
    other.save()

    image.refresh_from_db()

    assert image.ppoi == (0.9, 0.1)
    assert image.original_key == other.original_key


def test_focal_point__only_the_file_refreshed__stays_until_it_is_refreshed_too(
    image: Image, upload: Upload
) -> None:
    other = Image.objects.get(pk=image.pk)
    other.file, other.ppoi = upload(), (0.9, 0.1)
    other.save()

    image.refresh_from_db(fields=["file"])

    assert image.ppoi == (0.2, 0.8)


def test_record_warming__point_moved_meanwhile__says_nothing_about_the_new_one(
    image: Image,
) -> None:
    Image.objects.update(ppoi=(0.9, 0.1))

    image.record_warming("corrupt")

    assert Image.objects.get().status == Image.Status.READY


def test_focal_point__thirds__are_quantised_and_pass(image: Image) -> None:
    image.ppoi = (1 / 3, 2 / 3)
    assert image.ppoi == (0.33, 0.67)
    image.full_clean()
    image.save()

    assert stored_point(image) == (0.33, 0.67)


@pytest.mark.parametrize("value", ["9x9", "1.01x0.5", "x", (2, 0.5), (0.5,), 7, "nanx0"])
def test_focal_point__out_of_range__is_refused_by_assignment_and_update(
    image: Image, value: Any
) -> None:
    with pytest.raises(ValidationError):
        image.ppoi = value
    with pytest.raises(ValidationError):
        Image.objects.update(ppoi=value)

    assert stored_point(image) == (0.2, 0.8)


@pytest.mark.parametrize("value", ["9x9", "0.5", "", "0.555x0.5", "1.5x0.5", "0.5x0.5 "])
def test_focal_point__raw_sql_out_of_range__is_refused_by_the_database(
    image: Image, value: str
) -> None:
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE gallery_image SET ppoi = %s", [value])


def test_update__valid_point__settles_the_renditions(image: Image) -> None:
    assert Image.objects.filter(pk=image.pk).update(ppoi="0.30x0.70") == 1

    image.refresh_from_db()
    assert (image.ppoi, image.status) == ((0.3, 0.7), Image.Status.READY)
    assert {k.rsplit("_", 1)[1] for k in keys(rendition="thumb", state="live")} == {
        "thumb-30x70.webp"
    }


def test_bulk_update__points__settle_the_renditions(image: Image) -> None:
    image.ppoi = (0.6, 0.4)
    Image.objects.bulk_update([image], ["ppoi"])

    assert stored_point(image) == (0.6, 0.4)
    assert keys(rendition="thumb", state="live") == {
        image.original_key.replace(".jpg", "_thumb-60x40.webp")
    }
