"""`POST bulk-upload/`: several files at once, each of which stands alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import User
from gallery.models import Image, MediaFile
from gallery.storage import LocalStorage
from tests.accounts.clients import client_of, field_codes_of, problem_of
from tests.conftest import Upload
from tests.gallery.api.harness import MULTIPART, assert_nothing_stored, form, part, stored_files

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post(member: User, bulk_url: str) -> Callable[..., Any]:
    """Return a function that sends these files and no others."""

    def send(*files: Any) -> Any:
        return client_of(member).post(bulk_url, {"files": list(files)}, format="multipart")

    return send


def text(name: str = "a.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"just text")


def test_bulk_upload__stores_all_in_their_order(
    post: Callable[..., Any], upload: Upload, member: User, media_root: Path
) -> None:
    response = post(upload("one.jpg"), upload("two.png"), upload("three.webp"))

    assert response.status_code == 201
    body = response.json()
    assert body.keys() == {"uploaded", "images", "errors"}
    assert (body["uploaded"], body["errors"]) == (3, [])
    assert [image["file_name"] for image in body["images"]] == ["one.jpg", "two.png", "three.webp"]
    assert {image["creator"] for image in body["images"]} == {member.pk}
    assert {image["status"] for image in body["images"]} == {"ready"}
    assert all(len(image["renditions"]) == 4 for image in body["images"])
    assert len(stored_files(media_root)) == 15


def test_bulk_upload__each_stands_alone(
    post: Callable[..., Any], upload: Upload, media_root: Path
) -> None:
    whole = upload("cut.jpg", (300, 300)).read()
    cut = SimpleUploadedFile("cut.jpg", whole[: len(whole) // 2])
    empty = SimpleUploadedFile("empty.jpg", b"")
    response = post(upload("a.jpg"), text(), cut, upload("b.jpg"), empty)

    assert response.status_code == 201
    body = response.json()
    assert body["uploaded"] == len(body["images"]) == 2
    assert [(error["index"], error["file"], error["code"]) for error in body["errors"]] == [
        (1, "a.txt", "unsupported_format"),
        (2, "cut.jpg", "corrupt"),
        (4, "empty.jpg", "unsupported_format"),
    ]
    assert all(error.keys() == {"index", "file", "code", "message"} for error in body["errors"])
    assert all(error["message"] for error in body["errors"])
    assert Image.objects.count() == 2
    assert len(stored_files(media_root)) == 10


def test_bulk_upload__is_400_when_none_was_stored(
    post: Callable[..., Any], media_root: Path
) -> None:
    response = post(text("a.txt"), text("b.txt"))

    assert response.status_code == 400
    assert response["Content-Type"] == "application/json"
    body = response.json()
    assert (body["uploaded"], body["images"]) == (0, [])
    assert [error["index"] for error in body["errors"]] == [0, 1]
    assert_nothing_stored(media_root)


def test_bulk_upload__one_that_is_too_large_stands_alone_too(
    post: Callable[..., Any], upload: Upload, settings: Any, tmp_path: Path
) -> None:
    settings.GALLERY = {"MAX_UPLOAD_BYTES": 100_000}
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    large = SimpleUploadedFile("large.jpg", b"\xff\xd8\xff" + b"x" * 1_000_000)
    response = post(upload("a.jpg"), large, upload("b.jpg"))

    assert response.status_code == 201
    body = response.json()
    assert [image["file_name"] for image in body["images"]] == ["a.jpg", "b.jpg"]
    assert [(error["index"], error["code"]) for error in body["errors"]] == [(1, "too_large")]
    assert list(tmp_path.glob("*.upload*")) == []


def test_bulk_upload__keeps_no_more_of_a_large_file_than_proves_it(
    member: User, bulk_url: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def note(*, uploads: Any, **_: Any) -> Any:
        sizes.extend(file.size for file in uploads)
        return [], []

    settings.GALLERY = {"MAX_UPLOAD_BYTES": 100_000}
    monkeypatch.setattr("gallery.api.views.images.upload_images", note)
    large = SimpleUploadedFile("large.jpg", b"x" * 2_000_000)
    client_of(member).post(bulk_url, {"files": [large]}, format="multipart")

    assert 100_000 < sizes[0] < 200_000


def test_bulk_upload__a_storage_that_fails_once_costs_one_file(
    post: Callable[..., Any], upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, calls = LocalStorage.put, iter(range(100))

    def fail_once(*args: Any, **kwargs: Any) -> None:
        if next(calls) == 0:
            raise OSError("no space left")
        put(*args, **kwargs)

    monkeypatch.setattr(LocalStorage, "put", fail_once)
    body = post(upload("a.jpg"), upload("b.jpg")).json()

    assert [(error["index"], error["code"]) for error in body["errors"]] == [
        (0, "storage_unavailable")
    ]
    assert [image["file_name"] for image in body["images"]] == ["b.jpg"]
    assert not MediaFile.objects.exclude(state="live").exists()


def test_bulk_upload__without_files_is_400(member: User, bulk_url: str, upload: Upload) -> None:
    client = client_of(member)

    assert field_codes_of(client.post(bulk_url, {}, format="multipart")) == {"files": "required"}
    response = client.post(bulk_url, {"file": upload()}, format="multipart")
    assert field_codes_of(response) == {"files": "required"}


def test_bulk_upload__a_field_among_the_files_is_no_file(
    member: User, bulk_url: str, upload: Upload, media_root: Path
) -> None:
    text, unchosen = part("files", b"text"), part("files", b"", file_name=b"")
    body = form(text, part("files", upload().read(), file_name=b"a.jpg"), unchosen)
    response = client_of(member).post(bulk_url, body, content_type=MULTIPART)

    assert response.status_code == 201
    assert (response.json()["uploaded"], response.json()["errors"]) == (1, [])


def test_bulk_upload__too_many_files_are_400_and_none_is_stored(
    post: Callable[..., Any], settings: Any, media_root: Path
) -> None:
    settings.GALLERY = {"MAX_BULK_FILES": 2}
    response = post(text(), text(), text())

    assert field_codes_of(response) == {"files": "too_many_files"}
    assert_nothing_stored(media_root)

    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    response = post(text(), text(), text())
    assert (response.status_code, problem_of(response)["code"]) == (400, "too_many_files")


def test_bulk_upload__a_length_beyond_all_files_is_413(
    member: User, bulk_url: str, settings: Any
) -> None:
    settings.GALLERY = {"MAX_BULK_FILES": 2, "MAX_UPLOAD_BYTES": 1000}
    body = form(part("files", b"x" * 3_000_000, file_name=b"a.jpg"))
    response = client_of(member).post(bulk_url, body, content_type=MULTIPART)

    assert (response.status_code, problem_of(response)["code"]) == (413, "too_large")


def test_bulk_upload__works_with_a_session(member: User, bulk_url: str, upload: Upload) -> None:
    """The CSRF check of a session reads the form first: by then the rules must be those of bulk."""
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(member)
    client.cookies["csrftoken"] = "a" * 32
    fields = {"files": [upload("a.jpg"), text()], "csrfmiddlewaretoken": "a" * 32}
    response = client.post(bulk_url, fields, format="multipart")

    assert response.status_code == 201, response.content
    assert response.json()["uploaded"] == 1
