"""A form that is no form, has no file or says nonsense is a 400 with the field and a code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from tests.accounts.clients import client_of, field_codes_of, problem_of
from tests.conftest import Upload
from tests.gallery.api.harness import (
    MULTIPART,
    assert_nothing_stored,
    form,
    part,
    stored_files,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(member: User) -> APIClient:
    return client_of(member)


Body = Callable[[bytes], bytes]
BAD_FORMS: dict[str, tuple[Body, dict[str | None, str]]] = {
    "no parts": (lambda _: form(), {"file": "required"}),
    "another name": (lambda data: form(part("image", data, file_name=b"a")), {"file": "required"}),
    "a field": (lambda _: form(part("file", b"hello")), {"file": "invalid"}),
    "empty": (lambda _: form(part("file", b"", file_name=b"a.jpg")), {"file": "empty"}),
    "two": (
        lambda data: form(*[part("file", data, file_name=b"a.jpg")] * 2),
        {"file": "several_files"},
    ),
    "two, one of them empty": (
        lambda data: form(
            part("file", b"", file_name=b"a.jpg"), part("file", data, file_name=b"a.jpg")
        ),
        {"file": "several_files"},
    ),
    "name of dots": (lambda data: form(part("file", data, file_name=b"..")), {"file": "required"}),
    "name of a folder": (
        lambda data: form(part("file", data, file_name=b"a/..")),
        {"file": "required"},
    ),
    "empty name": (lambda data: form(part("file", data, file_name=b"")), {"file": "invalid"}),
    "name of 300": (
        lambda data: form(part("file", data, file_name=b"a" * 296 + b".jpg")),
        {"file": "max_length"},
    ),
    "title too long": (
        lambda data: form(part("file", data, file_name=b"a.jpg"), part("title", b"t" * 256)),
        {"title": "max_length"},
    ),
    "NUL in the title": (
        lambda data: form(part("file", data, file_name=b"a.jpg"), part("title", b"a\x00b")),
        {"title": "null_characters_not_allowed"},
    ),
    "unknown visibility": (
        lambda data: form(part("file", data, file_name=b"a.jpg"), part("visibility", b"secret")),
        {"visibility": "invalid_choice"},
    ),
    "decorative or not": (
        lambda data: form(part("file", data, file_name=b"a.jpg"), part("decorative", b"maybe")),
        {"decorative": "invalid"},
    ),
    "several": (
        lambda _: form(part("title", b"t" * 256), part("focal_point", b"0.5x0.5")),
        {"file": "required", "title": "max_length", "focal_point": "invalid_focal_point"},
    ),
}


@pytest.mark.parametrize("what", BAD_FORMS)
def test_upload__is_400_with_the_field_and_a_code(
    client: APIClient, images_url: str, media_root: Path, upload: Upload, what: str
) -> None:
    make, expected = BAD_FORMS[what]
    response = client.post(images_url, make(upload().read()), content_type=MULTIPART)

    assert problem_of(response)["code"] == "invalid_input"
    assert field_codes_of(response) == expected
    assert_nothing_stored(media_root)


@pytest.mark.parametrize(
    "point",
    [
        '{"x": NaN, "y": 0.5}',
        '{"x": Infinity, "y": 0.5}',
        '{"x": 1e999, "y": 0.5}',
        '{"x": 1.01, "y": 0.5}',
        '{"x": -0.01, "y": 0.5}',
        '{"x": "0.5", "y": 0.5}',
        '{"x": true, "y": 0.5}',
        '{"x": null, "y": 0.5}',
        '{"x": [0.5], "y": 0.5}',
        '{"x": {"x": 0.5}, "y": 0.5}',
        '{"x": 0.5}',
        '{"x": 0.5, "y": 0.5, "z": 0.5}',
        "[0.5, 0.5]",
        "0.5x0.5",
        "null",
        '"{}"',
        "[" * 100_000,
        '{"x": ' + "9" * 5000 + ', "y": 0}',
    ],
)
def test_upload__is_400_for_a_focal_point_that_is_none(
    client: APIClient, images_url: str, media_root: Path, upload: Upload, point: str
) -> None:
    response = client.post(images_url, {"file": upload(), "focal_point": point}, format="multipart")

    assert field_codes_of(response) == {"focal_point": "invalid_focal_point"}
    assert_nothing_stored(media_root)


CLEANED = {
    b"a\x00b.jpg": "ab.jpg",
    "a\u202egpj.exe".encode(): "agpj.exe",
    b"../../../etc/passwd": "passwd",
    b"..\\..\\windows\\system32\\cmd.exe": "cmd.exe",
    b"/etc/cron.d/x.jpg": "x.jpg",
    b"C:\\fakepath\\photo.jpg": "photo.jpg",
    b"<img src=x onerror=alert(1)>.jpg": "<img src=x onerror=alert(1)>.jpg",
    b"{{7*7}}.jpg": "{{7*7}}.jpg",
    b"'; DROP TABLE gallery_image; --.jpg": "'; DROP TABLE gallery_image; --.jpg",
    "Ünïcödé 图片 🌅.jpg".encode(): "Ünïcödé 图片 🌅.jpg",
    b"a\x1b[31mred.jpg": "a[31mred.jpg",
    b"CON": "CON",
    b".htaccess": ".htaccess",
    b"a" * 250 + b".jpg": "a" * 250 + ".jpg",
    b"%2e%2e%2fx.jpg": "%2e%2e%2fx.jpg",
    b"   spaces   .jpg": "spaces   .jpg",
}


@pytest.mark.parametrize("name", CLEANED)
def test_upload__keeps_a_hostile_name_as_a_harmless_fact(
    client: APIClient, images_url: str, media_root: Path, upload: Upload, name: bytes
) -> None:
    body = form(part("file", upload().read(), file_name=name))
    response = client.post(images_url, body, content_type=MULTIPART)

    assert response.status_code == 201
    assert response.json()["file_name"] == CLEANED[name]
    assert "passwd" not in response.json()["object_key"]
    assert stored_files(media_root)[0].startswith("images/2")


@pytest.mark.parametrize("name", [b"\xff\xfe.jpg", b"a." + b"b" * 5000])
def test_upload__is_400_when_a_name_cannot_be_read(
    client: APIClient, images_url: str, media_root: Path, upload: Upload, name: bytes
) -> None:
    body = form(part("file", upload().read(), file_name=name))
    response = client.post(images_url, body, content_type=MULTIPART)

    assert response.status_code == 400
    assert problem_of(response)["code"] in {"parse_error", "invalid_input"}
    assert_nothing_stored(media_root)


def test_upload__a_line_break_in_a_name_makes_no_header(
    client: APIClient, images_url: str, media_root: Path, upload: Upload
) -> None:
    body = form(part("file", upload().read(), file_name=b'a"\r\nX-Evil: 1\r\n\r\n.jpg'))
    response = client.post(images_url, body, content_type=MULTIPART)

    assert response.status_code in {201, 400, 415}
    assert "X-Evil" not in response
    if response.status_code != 201:
        assert_nothing_stored(media_root)


@pytest.mark.parametrize(
    ("content_type", "status", "code"),
    [
        ("application/json", 415, "unsupported_media_type"),
        ("text/plain", 415, "unsupported_media_type"),
        ("image/jpeg", 415, "unsupported_media_type"),
        ("application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        ("multipart/form-data", 400, "parse_error"),
        ("multipart/form-data; boundary=", 400, "parse_error"),
        ("multipart/form-data; boundary=other", 400, "invalid_input"),
        (f"{MULTIPART}; charset=bz2_codec", 400, "parse_error"),
        (f"{MULTIPART}; charset=bogus", 201, None),
    ],
)
def test_upload__needs_a_form(
    client: APIClient,
    images_url: str,
    upload: Upload,
    content_type: str,
    status: int,
    code: str | None,
) -> None:
    body = form(part("file", upload().read(), file_name=b"a.jpg"))
    response = client.post(images_url, body, content_type=content_type)

    assert response.status_code == status, response.content
    assert code is None or problem_of(response)["code"] == code


def test_upload__is_400_when_the_body_ends_in_the_middle(
    client: APIClient, images_url: str, media_root: Path, upload: Upload
) -> None:
    body = form(part("file", upload().read(), file_name=b"a.jpg"))
    response = client.post(images_url, body[: len(body) // 2], content_type=MULTIPART)

    # Cut in the picture or cut in the form: Django cannot tell, the decoder can.
    assert response.status_code in {400, 422}
    assert_nothing_stored(media_root)


def test_problem__of_an_upload_reads_like_rfc_9457(client: APIClient, images_url: str) -> None:
    response = client.post(images_url, {"title": "t" * 256}, format="multipart")

    assert json.loads(response.content) == {
        "type": "urn:gallery:problem:invalid_input",
        "title": "Bad Request",
        "status": 400,
        "detail": "The request has invalid values.",
        "instance": images_url,
        "code": "invalid_input",
        "errors": [
            {"field": "file", "code": "required", "message": "No file was submitted."},
            {
                "field": "title",
                "code": "max_length",
                "message": "Ensure this field has no more than 255 characters.",
            },
        ],
    }
