"""The same promises on S3, kept by a server on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.core.files.storage import storages
from django.test import override_settings
from moto.server import ThreadedMotoServer

from gallery.exceptions import StorageUnavailable
from gallery.models import Image, MediaFile
from gallery.services.removal import delete_image
from gallery.storage import IMMUTABLE, S3Storage, media_storage, storage_errors
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import keys, uploaded

ROOT = Path(__file__).resolve().parents[3]
BUCKET = "gallery"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def options(endpoint: str) -> dict[str, Any]:
    return {
        "access_key": "key",
        "secret_key": "secret",
        "bucket_name": BUCKET,
        "region_name": "us-east-1",
        "endpoint_url": endpoint,
    }


@pytest.fixture
def bucket(options: dict[str, Any]) -> Iterator[Any]:
    s3 = boto3.resource(
        "s3",
        endpoint_url=options["endpoint_url"],
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    bucket = s3.create_bucket(Bucket=BUCKET)
    yield bucket
    bucket.objects.all().delete()
    bucket.delete()
    s3.meta.client.close()


@pytest.fixture
def s3(bucket: Any, options: dict[str, Any], settings: Any) -> S3Storage:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "gallery.storage.S3Storage", "OPTIONS": options},
    }
    storage = storages["default"]
    assert isinstance(storage, S3Storage)
    return storage


def test_put__exact_key__with_type_and_cache_header(s3: S3Storage, bucket: Any) -> None:
    s3.put("images/a b.webp", b"12345", content_type="image/webp")
    s3.put("images/a b.webp", b"67890", content_type="image/webp")

    [found] = bucket.objects.all()
    stored = found.Object()
    assert (found.key, stored.content_type, stored.cache_control) == (
        *("images/a b.webp", "image/webp"),
        IMMUTABLE,
    )
    with s3.open("images/a b.webp") as file:
        assert file.read() == b"67890"
    assert s3.url("images/a b.webp") == "/media/images/a%20b.webp"
    assert s3.bucket_label == BUCKET


def test_delete__twice__is_done(s3: S3Storage, bucket: Any) -> None:
    s3.put("a.webp", b"1", content_type="image/webp")
    s3.delete("a.webp")
    s3.delete("a.webp")

    assert list(bucket.objects.all()) == []
    assert s3.discard_unfinished(older_than=timedelta()) == 0


def test_open__missing__is_unavailable_with_its_cause(s3: S3Storage) -> None:
    with pytest.raises(StorageUnavailable) as caught, storage_errors(), s3.open("no.jpg") as file:
        file.read()

    assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_server__that_does_not_answer__is_unavailable_soon(options: dict[str, Any]) -> None:
    storage = S3Storage(**{**options, "endpoint_url": "http://127.0.0.1:9"})

    assert storage.client_config.connect_timeout == 3
    assert storage.client_config.read_timeout == 10
    with pytest.raises(StorageUnavailable), storage_errors():
        storage.put("a.webp", b"1", content_type="image/webp")


@pytest.mark.django_db(transaction=True)
def test_upload__and_delete__on_s3(
    s3: S3Storage, bucket: Any, organization: Organization, upload: Upload
) -> None:
    assert media_storage().bucket_label == BUCKET
    image = uploaded(organization, upload())

    assert image.bucket == BUCKET
    assert image.status == Image.Status.READY
    assert {found.key for found in bucket.objects.all()} == keys(state="live")
    sizes = {found.key: found.size for found in bucket.objects.all()}
    assert sizes == dict(MediaFile.objects.values_list("key", "size"))
    delete_image(image=image)
    assert list(bucket.objects.all()) == []
    assert keys() == set()


@pytest.mark.parametrize("module", ["settings.local", "settings.production"])
def test_settings__use_s3_storage__boot(module: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": module,
        "SECRET_KEY": "x" * 60,
        "ALLOWED_HOSTS": "example.com",
        "DATABASE_URL": "sqlite:////tmp/never-opened.sqlite3",
        "USE_S3_STORAGE": "True",
        "AWS_STORAGE_BUCKET_NAME": BUCKET,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_S3_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_S3_REGION_NAME": "us-east-1",
    }
    script = (
        "import django; django.setup(); from gallery.storage import media_storage as m;"
        "print(m().bucket_label, m().url('a.jpg'), m().endpoint_url)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.split() == [BUCKET, "/media/a.jpg", "http://127.0.0.1:9"], done.stderr


def test_settings__lifted_by_the_library__are_not_its_defaults(options: dict[str, Any]) -> None:
    with override_settings(AWS_S3_FILE_OVERWRITE=True, AWS_DEFAULT_ACL="public-read"):
        storage = S3Storage(**options)

    assert storage.file_overwrite is False
    assert storage.max_memory_size == 8 * 1024 * 1024
    assert storage.client_config.signature_version == "s3v4"
