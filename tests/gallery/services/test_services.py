"""The verbs: upload, edit, replace, delete."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile

from gallery import ledger
from gallery.exceptions import Corrupt, ImageInUse, TooLarge
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, PolymorphicImageRelation
from gallery.services import removal
from gallery.services.editing import update_image
from gallery.services.removal import delete_image
from gallery.services.uploads import replace_file, upload_images
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import keys, uploaded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def image(organization: Organization, upload: Upload) -> Image:
    return uploaded(organization, upload())


def attach(image: Image, object_id: str, order: int = 0) -> PolymorphicImageRelation:
    return PolymorphicImageRelation.objects.create(
        organization=image.organization,
        image=image,
        content_type=ContentType.objects.get_for_model(Organization),
        object_id=object_id,
        order=order,
        ppoi=(0.1, 0.1),
    )


def test_delete_image__in_use__says_where_and_changes_nothing(
    image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "MAX_USES_SHOWN", 2)
    for object_id in ("1", "2", "3"):
        attach(image, object_id)

    with pytest.raises(ImageInUse) as caught:
        delete_image(image=image)

    place = {"app_label": "orgs", "model": "organization"}
    assert caught.value.context == {
        "usage": [{**place, "object_id": "1"}, {**place, "object_id": "2"}],
        "count": 3,
    }
    assert len(keys(state="live")) == 5


def test_delete_image__in_use_and_forced__takes_its_places_along(image: Image) -> None:
    attach(image, "1")

    delete_image(image=image, force=True)

    assert not PolymorphicImageRelation.objects.exists()
    assert keys() == set()
    delete_image(image=image)  # gone already: no error


def test_update_image__focal_point__clears_an_earlier_failure(image: Image) -> None:
    Image.objects.update(status="failed", error="corrupt")
    ledger.fail_warming(image.original_key, "corrupt", is_final=True)
    image.refresh_from_db()

    update_image(image=image, focal_point=FocalPoint(3, 4))

    stored = Image.objects.get()
    assert (stored.status, stored.error) == ("ready", "")


def test_update_image__words__touches_no_file_and_no_status(
    image: Image, django_assert_num_queries: Any
) -> None:
    Image.objects.update(status="failed", error="corrupt")
    with django_assert_num_queries(5):  # savepoint-less: BEGIN, lock, UPDATE, COMMIT, status
        update_image(image=image, title="new", decorative=True)

    stored = Image.objects.get()
    assert (stored.title, stored.decorative, stored.error) == ("new", True, "corrupt")


@pytest.mark.parametrize("verb", ["edit", "replace"])
def test_edit_and_replace__image_deleted_meanwhile__says_so(
    image: Image, upload: Upload, verb: str
) -> None:
    mine = Image.objects.get()
    delete_image(image=image)

    def act() -> Image:
        if verb == "edit":
            return update_image(image=mine, title="late")
        return replace_file(image=mine, upload=upload())

    with pytest.raises(Image.DoesNotExist):
        act()


def test_replace_file__focal_points_of_its_uses__are_reset(image: Image, upload: Upload) -> None:
    relation = attach(image, "1")
    replaced = replace_file(image=image, upload=upload("b.png"), focal_point=FocalPoint(7, 8))

    relation.refresh_from_db()
    assert relation.ppoi is None
    stored = Image.objects.get()
    assert (stored.pk, stored.focal_point) == (replaced.pk, FocalPoint(7, 8))
    assert (stored.file_name, stored.content_type) == ("b.png", "image/png")


def test_replace_file__no_picture__leaves_the_image_as_it_was(image: Image) -> None:
    with pytest.raises(Corrupt):
        replace_file(image=image, upload=SimpleUploadedFile("x.jpg", b"\xff\xd8\xff\xe0 no"))

    assert Image.objects.get().original_key in keys(state="live")
    assert len(keys()) == 5


def test_upload_images__one_refused__the_others_are_stored(
    organization: Organization, upload: Upload, settings: Any
) -> None:
    settings.GALLERY = {"MAX_UPLOAD_BYTES": 20_000}
    uploads = [upload(), SimpleUploadedFile("../big.jpg", b"x" * 20_001), upload("c.png")]

    images, failures = upload_images(organization=organization, creator=None, uploads=uploads)

    assert [image.file_name for image in images] == ["picture.jpg", "c.png"]
    [failure] = failures
    assert (failure.index, failure.file) == (1, "big.jpg")
    assert isinstance(failure.error, TooLarge)


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("a\x00b\r\n.jpg", "ab.jpg"),
        ("\u202egpj.exe.jpg", "gpj.exe.jpg"),
        ("\ud800.jpg", ".jpg"),
        ("C:\\photos\\x.jpg", "x.jpg"),
        ("x" * 300 + ".jpg", "x" * 251 + ".jpg"),
        ("日本 語.jpg", "日本 語.jpg"),
    ],
)
def test_upload__hostile_file_name__is_a_clean_fact_and_no_part_of_the_key(
    organization: Organization, upload: Upload, name: str, stored: str
) -> None:
    file = upload()
    file._name = name  # type: ignore[attr-defined]  # past what Django cleans by itself

    image = uploaded(organization, file)

    assert image.file_name == stored
    assert image.original_key.count("/") == 4
    assert len(image.original_key) == len("images/2026/11/21/") + 36 + len(".jpg")
