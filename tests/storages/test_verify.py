"""`verify_storage` on every storage: one listing, and a question only where something is wrong."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from gallery import ledger
from gallery.models import Image, MediaFile
from tests.gallery.heart import age
from tests.storages.backends import ON_S3, S3, Backend, assert_nothing_lost
from tests.storages.conftest import PostImage, UseS3

pytestmark = pytest.mark.django_db(transaction=True)
UNKNOWN = "images/2026/01/31/0a6e7c1e-5a4b-4f0e-9d0c-3f1b2a4c5d6e.jpg"


def verify(*options: str) -> tuple[int, set[str]]:
    """Return the exit code and what was said of single files."""
    out = StringIO()
    try:
        call_command("verify_storage", *options, stdout=out)
        code = 0
    except CommandError as error:
        code = error.returncode
    return code, set(out.getvalue().splitlines()[:-1])


def test_verify__says_and_mends_what_is_wrong(backend: Backend, post_image: PostImage) -> None:
    image = Image.objects.get(pk=post_image(size=(800, 600))["id"])
    assert verify("--deep") == (0, set())
    missing, short, other = (
        MediaFile.objects.get(original__key=image.original_key, rendition=name)
        for name in ("thumb", "sm", "md")
    )
    before = {file.key: backend.bytes(file.key) for file in (missing, short, other)}
    backend.storage.delete(missing.key)
    backend.storage.put(short.key, b"short", content_type="image/webp")
    damaged = before[other.key][:-1] + b"?"
    backend.storage.put(other.key, damaged, content_type="image/webp")
    backend.storage.put(UNKNOWN, b"12345", content_type="image/jpeg")

    wrong = {f"missing {missing.key}", f"wrong_size {short.key}", f"unknown {UNKNOWN}"}
    assert verify() == (1, wrong)
    wrong.add(f"wrong_checksum {other.key}")
    assert verify("--deep") == (1, wrong)
    assert verify("--deep", "--fix") == (0, {f"{line} mended" for line in wrong})
    assert verify("--deep", "--fix") == (0, set())
    assert {key: backend.bytes(key) for key in before} == before

    age()
    ledger.sweep()
    assert UNKNOWN not in backend.keys()
    assert_nothing_lost(backend)


def test_verify__a_lost_original__is_said_each_time(
    backend: Backend, post_image: PostImage
) -> None:
    image = Image.objects.get(pk=post_image()["id"])
    backend.storage.delete(image.original_key)
    for _ in range(2):
        assert verify("--fix") == (1, {f"missing {image.original_key} not mended"})
    image.refresh_from_db()
    assert (image.status, image.error) == ("failed", "file_missing")


@ON_S3
def test_verify__lists_and_asks_nothing_else(backend: S3, post_image: PostImage) -> None:
    for _ in range(3):
        post_image(size=(400, 300))
    backend.requests.clear()

    assert verify() == (0, set())
    assert {request.method for request in backend.requests} == {"GET"}
    assert all(request.path.startswith("/?") for request in backend.requests)


@ON_S3
def test_verify__in_a_folder_of_the_bucket(
    backend: S3, post_image: PostImage, use_s3: UseS3
) -> None:
    use_s3(location="site")
    post_image(size=(400, 300))
    backend.client.put_object(Bucket=backend.bucket, Key=UNKNOWN, Body=b"of somebody else")

    assert verify("--deep", "--fix") == (0, set())
    assert all(key.startswith("site/images/") for key in backend.keys() - {UNKNOWN})
