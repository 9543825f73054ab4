"""How much of a request is read, and what a storage that fails leaves behind."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from gallery.models import Image
from tests.accounts.clients import client_of, problem_of
from tests.conftest import Upload
from tests.gallery.api.harness import MULTIPART, assert_nothing_stored, form, part

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(member: User) -> APIClient:
    return client_of(member)


def test_upload__is_400_for_too_many_fields(
    client: APIClient, images_url: str, media_root: Path, upload: Upload
) -> None:
    fields = [part(f"f{number}", b"") for number in range(5001)]
    body = form(part("file", upload().read(), file_name=b"a.jpg"), *fields)
    response = client.post(images_url, body, content_type=MULTIPART)

    assert (response.status_code, problem_of(response)["code"]) == (400, "too_many_fields")
    assert "DATA_UPLOAD" not in response.content.decode()
    assert_nothing_stored(media_root)


def test_upload__is_400_for_too_many_files(
    client: APIClient, images_url: str, media_root: Path
) -> None:
    body = form(*(part(f"f{number}", b"x", file_name=b"a") for number in range(101)))
    response = client.post(images_url, body, content_type=MULTIPART)

    assert (response.status_code, problem_of(response)["code"]) == (400, "too_many_files")
    assert_nothing_stored(media_root)


def test_upload__is_413_when_the_fields_are_too_long(
    client: APIClient, images_url: str, upload: Upload
) -> None:
    body = form(part("title", b"t" * 3_000_000), part("file", upload().read(), file_name=b"a"))
    response = client.post(images_url, body, content_type=MULTIPART)

    assert (response.status_code, problem_of(response)["code"]) == (413, "too_large")


def test_upload__a_storage_that_fails_is_503_and_the_next_one_works(
    client: APIClient,
    images_url: str,
    media_root: Path,
    upload: Upload,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device", "/secret/path")

    with monkeypatch.context() as broken:
        broken.setattr("gallery.storage.LocalStorage.put", fail)
        client.raise_request_exception = False
        response = client.post(images_url, {"file": upload()}, format="multipart")

    assert (response.status_code, problem_of(response)["code"]) == (503, "storage_unavailable")
    assert int(response["Retry-After"]) > 0
    assert "secret" not in response.content.decode()
    assert_nothing_stored(media_root)
    again = client.post(images_url, {"file": upload()}, format="multipart")
    assert again.status_code == 201
    assert Image.objects.count() == 1


class CountingBody(BytesIO):
    """A body that knows how much of it was read."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.was_read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(size)
        self.was_read += len(chunk)
        return chunk


def stream(client: APIClient, url: str, body: CountingBody, *, length: int) -> Any:
    extra: dict[str, Any] = {"wsgi.input": body, "CONTENT_LENGTH": str(length)}
    return client.generic("POST", url, "", content_type=MULTIPART, **extra)


def test_upload__believes_a_length_that_is_too_much_and_reads_nothing(
    client: APIClient, images_url: str, settings: Any
) -> None:
    settings.GALLERY = {"MAX_UPLOAD_BYTES": 1000}
    body = CountingBody(form(part("file", b"x" * 4_000_000, file_name=b"a.jpg")))
    response = stream(client, images_url, body, length=4_000_000)

    assert (response.status_code, problem_of(response)["code"]) == (413, "too_large")
    assert body.was_read == 0


def test_upload__stops_at_the_first_chunk_too_much(
    client: APIClient, images_url: str, settings: Any, tmp_path: Path
) -> None:
    settings.GALLERY = {"MAX_UPLOAD_BYTES": 100_000}
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    body = CountingBody(form(part("file", b"x" * 2_000_000, file_name=b"a.jpg")))
    response = stream(client, images_url, body, length=2_000_200)

    assert response.status_code == 413
    assert body.was_read < 500_000
    assert list(tmp_path.glob("*.upload*")) == []


def test_upload__reads_no_more_than_the_length_that_was_announced(
    client: APIClient, images_url: str, media_root: Path
) -> None:
    body = CountingBody(form(part("file", b"x" * 2_000_000, file_name=b"a.jpg")))
    response = stream(client, images_url, body, length=1000)

    assert response.status_code in {400, 415}
    assert body.was_read <= 1000
    assert_nothing_stored(media_root)


@pytest.mark.parametrize("length", ["-1", "lots", ""])
def test_upload__a_length_that_is_none_is_400(
    client: APIClient, images_url: str, length: str
) -> None:
    extra: dict[str, Any] = {"CONTENT_LENGTH": length}
    body = form(part("file", b"x", file_name=b"a.jpg"))
    response = client.generic("POST", images_url, body.decode(), content_type=MULTIPART, **extra)

    assert response.status_code == 400
    assert problem_of(response)["code"] in {"invalid_input", "parse_error"}
