"""What S3 is asked: its requests are paid one by one, and each takes its time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from django.core.files.storage import storages
from django.test import Client
from moto.server import ThreadedMotoServer

from gallery import tasks
from gallery.models import Image, MediaFile
from gallery.renditions.urls import variants
from gallery.services.removal import delete_image
from gallery.storage import S3Storage
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import SETS, uploaded
from tests.gallery.media.http import assert_refused, body_of

pytestmark = pytest.mark.django_db(transaction=True)
THREE = {
    "gallery": [
        ("thumb", "webp_crop__16x16-q65"),
        ("sm", "webp_fit__32x32-q80"),
        ("md", "webp_fit__64x64-q80"),
    ]
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def asked(endpoint: str, settings: Any) -> Iterator[Counter[str]]:
    """Store everything on S3, and count what is sent there by its HTTP method."""
    s3 = boto3.resource(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    bucket = s3.create_bucket(Bucket="cost")
    options = {
        "access_key": "key",
        "secret_key": "secret",
        "region_name": "us-east-1",
        "bucket_name": "cost",
        "endpoint_url": endpoint,
    }
    backend = {"BACKEND": "gallery.storage.S3Storage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    setattr(settings, SETS, THREE)
    storage, counts = storages["default"], Counter[str]()
    assert isinstance(storage, S3Storage)

    def count(request: Any, **_: Any) -> None:
        counts[request.method] += 1

    storage.connection.meta.client.meta.events.register("before-send.s3", count)
    yield counts
    bucket.objects.all().delete()
    bucket.delete()
    s3.meta.client.close()


def spent(counts: Counter[str]) -> Counter[str]:
    """Return what was counted so far, and begin again."""
    found = counts.copy()
    counts.clear()
    return found


def forget(*names: str) -> None:
    MediaFile.objects.filter(rendition__in=names).delete()


def test_upload__with_three_renditions__puts_each_file_and_asks_nothing(
    asked: Counter[str], organization: Organization, upload: Upload
) -> None:
    image = uploaded(organization, upload())

    assert asked == {"PUT": 1 + 3}
    assert image.status == Image.Status.READY


def test_warm__three_missing__gets_the_original_once(
    asked: Counter[str], organization: Organization, upload: Upload
) -> None:
    image = uploaded(organization, upload())
    forget("thumb", "sm", "md")
    spent(asked)

    assert tasks.warm("gallery.image.file", image.pk) == 3
    assert spent(asked) == {"GET": 1, "PUT": 3}
    assert tasks.warm("gallery.image.file", image.pk) == 0
    assert asked == {}


def test_media__just_in_time__gets_the_original_puts_one_and_gets_that(
    asked: Counter[str], organization: Organization, upload: Upload, settings: Any
) -> None:
    settings.GALLERY = {"STRATEGY": "just_in_time"}
    image = uploaded(organization, upload())
    assert spent(asked) == {"PUT": 1}
    url = image.rendition("sm").url

    first = body_of(Client().get(url))
    assert spent(asked) == {"GET": 2, "PUT": 1}
    assert body_of(Client().get(url)) == first
    assert spent(asked) == {"GET": 1}
    assert Client().head(url).status_code == 200
    assert asked == {}


def test_media__any_part_of_a_file__is_one_get(
    asked: Counter[str], organization: Organization, upload: Upload
) -> None:
    image = uploaded(organization, upload())
    url = image.rendition("md").url
    whole = body_of(Client().get(url))
    spent(asked)
    for header, part in [
        ("bytes=0-", whole),
        ("bytes=5-9", whole[5:10]),
        ("bytes=-7", whole[-7:]),
        ("bytes=0-0", whole[:1]),
    ]:
        response = Client().get(url, headers={"range": header})
        assert (response.status_code, body_of(response)) == (206, part)
        assert spent(asked) == {"GET": 1}
    assert len(whole) == image.rendition("md").generate().size


def test_media__lost_in_the_bucket__is_404(
    asked: Counter[str], organization: Organization, upload: Upload
) -> None:
    image = uploaded(organization, upload())
    handle = image.rendition("md")
    storages["default"].delete(handle.key)

    assert_refused(Client().get(handle.url), 404)


@pytest.mark.parametrize("strategy", ["on_upload", "just_in_time"])
def test_lists_and_handles__cost_nothing(
    asked: Counter[str], organization: Organization, upload: Upload, settings: Any, strategy: str
) -> None:
    settings.GALLERY = {"STRATEGY": strategy}
    for _ in range(3):
        uploaded(organization, upload())
    spent(asked)

    for image in Image.objects.with_renditions():
        assert len(set(variants(image).values())) == 4
        assert [handle.width for handle in image.renditions()] == [16, 32, 64]
    assert asked == {}


def test_delete__costs_a_delete_for_each_file(
    asked: Counter[str], organization: Organization, upload: Upload
) -> None:
    image = uploaded(organization, upload())
    spent(asked)

    delete_image(image=image)
    assert asked == {"DELETE": 4}
