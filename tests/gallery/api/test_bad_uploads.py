"""What is wrong with the bytes decides status and code, and nothing of them stays."""

from __future__ import annotations

import zlib
from pathlib import Path
from struct import pack
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import User
from tests.accounts.clients import client_of, problem_of
from tests.conftest import Upload
from tests.gallery.api.harness import (
    assert_nothing_stored,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(member: User) -> APIClient:
    return client_of(member)


def png_of(width: int, height: int) -> bytes:
    """Return a PNG that claims these dimensions and has no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b""))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


def gif_of_frames(count: int) -> bytes:
    """Return a GIF of one pixel that moves `count` times."""
    frame = b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
    return b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" + frame * count + b";"


NOT_PICTURES = {
    "text.jpg": b"just text",
    "one-byte.png": b"\xff",
    "page.html": b"<!DOCTYPE html><script>alert(1)</script>",
    "page.png": b"<!DOCTYPE html><script>alert(1)</script>",
    "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "drawing.jpg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "paper.pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj",
    "print.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run",
    "print.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run",
    "layers.psd": b"8BPS\x00\x01" + b"\x00" * 40,
    "archive.jpg": b"PK\x03\x04" + b"\x00" * 40,
    "shell.php": b"<?php system($_GET['c']);",
    ".htaccess": b"AddType application/x-httpd-php .jpg",
    "picture.tif": b"II*\x00\x08\x00\x00\x00" + b"\x00" * 40,
    "picture.bmp": b"BM" + b"\x00" * 60,
}


@pytest.mark.parametrize("name", NOT_PICTURES)
def test_upload__is_415_when_the_bytes_are_no_accepted_format(
    client: APIClient, images_url: str, media_root: Path, name: str
) -> None:
    file = SimpleUploadedFile(name, NOT_PICTURES[name], "image/jpeg")
    response = client.post(images_url, {"file": file}, format="multipart")

    assert response.status_code == 415
    assert problem_of(response)["code"] == "unsupported_format"
    assert_nothing_stored(media_root)


def test_upload__is_415_for_a_format_the_operator_does_not_accept(
    client: APIClient, images_url: str, upload: Upload, settings: Any
) -> None:
    settings.GALLERY = {"FORMATS": ["JPEG"]}
    response = client.post(images_url, {"file": upload("a.png")}, format="multipart")

    assert (response.status_code, problem_of(response)["code"]) == (415, "unsupported_format")


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_upload__is_422_when_the_picture_is_cut_off(
    client: APIClient,
    images_url: str,
    media_root: Path,
    upload: Upload,
    name: str,
    share: float,
) -> None:
    data = upload(name, (200, 200)).read()
    file = SimpleUploadedFile(name, data[: int(len(data) * share)])
    response = client.post(images_url, {"file": file}, format="multipart")

    assert (response.status_code, problem_of(response)["code"]) == (422, "corrupt")
    assert_nothing_stored(media_root)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (png_of(7100, 7100), "too_many_pixels"),
        (png_of(1, 20_000), "too_many_pixels"),
        (png_of(2**31 - 1, 2**31 - 1), "too_many_pixels"),
        (gif_of_frames(501), "too_many_frames"),
    ],
)
def test_upload__is_400_when_decoding_would_cost_too_much(
    client: APIClient, images_url: str, media_root: Path, content: bytes, code: str
) -> None:
    response = client.post(
        images_url, {"file": SimpleUploadedFile("bomb.png", content)}, format="multipart"
    )

    assert response.status_code == 400
    assert problem_of(response)["code"] == code
    assert_nothing_stored(media_root)


def test_upload__is_413_when_the_file_has_too_many_bytes(
    client: APIClient, images_url: str, media_root: Path, upload: Upload, settings: Any
) -> None:
    file = upload()
    settings.GALLERY = {"MAX_UPLOAD_BYTES": len(file) - 1}
    response = client.post(images_url, {"file": file}, format="multipart")

    assert (response.status_code, problem_of(response)["code"]) == (413, "too_large")
    assert_nothing_stored(media_root)

    settings.GALLERY = {"MAX_UPLOAD_BYTES": len(file)}
    file.seek(0)
    assert client.post(images_url, {"file": file}, format="multipart").status_code == 201
