"""The single image of a product: uploaded, replaced and deleted."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from PIL import Image as PillowImage
from rest_framework.test import APIClient

from accounts.models import User
from catalog.models import PICTURES, Product
from gallery import ledger
from gallery.exceptions import ObjectGone
from gallery.models import MediaFile
from gallery.services.single_image import clear_image, set_image
from tests.accounts.clients import client_of, field_codes_of
from tests.catalog.requests import picture_behind
from tests.conftest import Upload
from tests.gallery.api.harness import committed, stored_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(url: str) -> str:
    return f"{url}upload_image/"


def sweep() -> None:
    MediaFile.objects.exclude(delete_after=None).update(delete_after="2020-01-01T00:00Z")
    ledger.sweep()


@pytest.mark.parametrize("method", ["post", "put"])
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_upload__is_the_image_of_the_product(
    client: APIClient, at: str, upload: Upload, media_root: Path, method: str, name: str
) -> None:
    answer = getattr(client, method)(
        at, {"image": upload(name, size=(1200, 900))}, format="multipart"
    )

    assert answer.status_code == 200, answer.content
    found = answer.json()
    extension = name.rsplit(".", 1)[1]
    key = rf"products/\d{{4}}/\d\d/\d\d/[0-9a-f-]{{36}}\.{extension}"
    assert re.fullmatch(f"/media/{key}", found["image"])
    assert found["image_url"] == f"http://testserver{found['image']}"
    assert (found["image_width"], found["image_height"]) == (1200, 900)
    assert picture_behind(found["image_url"], media_root).size == (1200, 900)
    product = Product.objects.get()
    sizes = {each.name: (each.width, each.height) for each in product.renditions()}
    assert (sizes["thumb200"], sizes["thumb800"]) == ((200, 200), (800, 600))
    assert all((media_root / each.key).exists() for each in product.renditions())


def test_upload__again__replaces_the_image_and_the_old_files_go(
    client: APIClient, at: str, url: str, upload: Upload, media_root: Path
) -> None:
    first = client.post(at, {"image": upload()}, format="multipart").json()
    former = stored_files(media_root)
    second = client.post(at, {"image": upload("b.png")}, format="multipart").json()

    assert second["image"] != first["image"]
    assert second["updated_at"] > first["updated_at"]
    assert client.get(first["image"]).status_code == 200  # for the grace period
    sweep()
    assert client.get(first["image"]).status_code == 404
    assert client.get(second["image"]).status_code == 200
    assert len(former) == 5
    assert not set(former) & set(stored_files(media_root))


def test_delete__leaves_no_image_and_no_file(
    client: APIClient, at: str, url: str, upload: Upload, media_root: Path
) -> None:
    client.post(at, {"image": upload()}, format="multipart")
    for _ in range(2):  # none is what was asked for
        assert client.delete(f"{url}delete_image/").status_code == 204
    found = client.get(url).json()

    assert [found[name] for name in ("image", "image_url", "image_width", "image_height")] == (
        [None] * 4
    )
    sweep()
    assert stored_files(media_root) == []
    assert not MediaFile.objects.exists()


def test_delete_of_the_product__takes_its_files_along(
    client: APIClient, at: str, url: str, upload: Upload, media_root: Path
) -> None:
    client.post(at, {"image": upload()}, format="multipart")
    assert client.delete(url).status_code == 204

    assert not Product.objects.exists()
    assert stored_files(media_root) == []


def larger_than_allowed(upload: Upload) -> SimpleUploadedFile:
    picture = upload("big.png").read()
    return SimpleUploadedFile("big.png", picture + bytes(PICTURES.max_bytes))


def cut_off(upload: Upload) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.png", upload("a.png").read()[:-40])


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (larger_than_allowed, "too_large"),
        # By content: whatever it is called.
        (lambda upload: SimpleUploadedFile("a.jpg", upload("a.gif").read()), "unsupported_format"),
        (lambda upload: SimpleUploadedFile("a.jpg", upload("a.avif").read()), "unsupported_format"),
        (lambda _: SimpleUploadedFile("a.jpg", b"<svg onload='alert(1)'/>"), "unsupported_format"),
        (cut_off, "corrupt"),
        (lambda _: SimpleUploadedFile("a.jpg", b""), "empty"),
        (lambda _: "text", "invalid"),
    ],
    ids=["large", "gif", "avif", "svg", "corrupt", "empty", "text"],
)
def test_upload__of_what_is_not_accepted__is_a_400_and_changes_nothing(
    client: APIClient, at: str, url: str, upload: Upload, media_root: Path, make: Any, code: str
) -> None:
    client.post(at, {"image": upload()}, format="multipart")
    before, files = client.get(url).json(), stored_files(media_root)
    answer = client.post(at, {"image": make(upload)}, format="multipart")

    assert field_codes_of(answer) == {"image": code}
    assert client.get(url).json() == before
    assert stored_files(media_root) == files


def test_upload__says_what_is_accepted(client: APIClient, at: str, upload: Upload) -> None:
    answer = client.post(at, {"image": upload("a.gif")}, format="multipart")
    assert answer.json()["errors"][0]["message"] == "The file is none of these: JPEG, PNG, WEBP."


def test_upload__of_just_as_many_bytes_as_allowed__is_taken(
    client: APIClient, at: str, upload: Upload
) -> None:
    picture = upload("a.png").read()
    exactly = SimpleUploadedFile("a.png", picture + bytes(PICTURES.max_bytes - len(picture)))
    assert client.post(at, {"image": exactly}, format="multipart").status_code == 200


def test_upload__larger_than_the_server_reads__is_a_400_too(
    client: APIClient, at: str, upload: Upload
) -> None:
    with override_settings(GALLERY={"MAX_UPLOAD_BYTES": 1000}, DATA_UPLOAD_MAX_MEMORY_SIZE=1000):
        answer = client.post(
            at, {"image": SimpleUploadedFile("a.png", bytes(5000))}, format="multipart"
        )
    assert field_codes_of(answer) == {"image": "too_large"}


def test_upload__of_a_phone__is_upright_and_without_its_place(
    client: APIClient, at: str, media_root: Path
) -> None:
    picture, buffer = PillowImage.new("RGB", (80, 40), "red"), BytesIO()
    exif = PillowImage.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    picture.save(buffer, "JPEG", exif=exif)
    answer = client.post(
        at, {"image": SimpleUploadedFile("a.jpg", buffer.getvalue())}, format="multipart"
    )

    found = answer.json()
    assert (found["image_width"], found["image_height"]) == (40, 80)
    stored = picture_behind(found["image_url"], media_root)
    assert not stored.getexif().get_ifd(0x8825)


def test_upload__without_the_field__names_it(client: APIClient, at: str) -> None:
    assert field_codes_of(client.post(at, {}, format="multipart")) == {"image": "required"}


def test_image__is_for_those_who_write_to_change(
    at: str, url: str, upload: Upload, viewer: User, outsider: User, anybody: APIClient
) -> None:
    assert anybody.post(at, {"image": upload()}, format="multipart").status_code == 401
    for user in (viewer, outsider):
        client = client_of(user)
        assert client.post(at, {"image": upload()}, format="multipart").status_code == 403
        assert client.put(at, {"image": upload()}, format="multipart").status_code == 403
        assert client.delete(f"{url}delete_image/").status_code == 403


def test_image__that_somebody_replaced_meanwhile__is_not_overwritten(
    client: APIClient, at: str, url: str, upload: Upload, media_root: Path
) -> None:
    read = client.get(url)["ETag"]
    client.post(at, {"image": upload()}, format="multipart")
    files = stored_files(media_root)
    late = client.put(at, {"image": upload()}, format="multipart", HTTP_IF_MATCH=read)

    assert late.status_code == 412
    assert client.delete(f"{url}delete_image/", HTTP_IF_MATCH=read).status_code == 412
    assert stored_files(media_root) == files


def test_image__of_a_product_deleted_meanwhile__leaves_nothing(
    product: Product, upload: Upload, media_root: Path
) -> None:
    Product.objects.all().delete()
    with committed(), pytest.raises(ObjectGone):
        set_image(instance=product, upload=upload())
    with committed(), pytest.raises(ObjectGone):
        clear_image(instance=product)
    sweep()
    assert stored_files(media_root) == []
