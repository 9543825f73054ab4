"""The shipped nginx-s3.conf: the site's headers, the bucket's bytes, and nothing else of either."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import User
from gallery.models import Image
from gallery.services.editing import update_image
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import uploaded
from tests.nginx.conftest import Deliver
from tests.nginx.test_delivery import as_user, get, paths, said
from tests.storages.backends import S3, moto, new_bucket
from tests.storages.conftest import configure

pytestmark = [pytest.mark.nginx, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def bucket(settings: Any) -> Iterator[S3]:
    """Keep the site's files in a bucket."""
    with moto() as server, new_bucket(server) as bucket:
        configure(bucket, settings)
        yield bucket


@pytest.fixture
def image(bucket: S3, organization: Organization, upload: Upload) -> Image:
    return uploaded(organization, upload(size=(800, 600)))


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_bucket__the_sites_headers_and_the_buckets_bytes(
    bucket: S3, image: Image, member: User, app: str, deliver: Deliver, visibility: str
) -> None:
    update_image(image=image, visibility=visibility)
    streamed = {path: get(app + path, **as_user(member)) for path in paths(image)}
    site = deliver("accelerate", bucket.server.endpoint)
    for path, expected in streamed.items():
        assert "X-Accel-Redirect" in get(app + path, **as_user(member)).headers
        response = get(site + path, **as_user(member), Cookie="a=b", Range="bytes=x")

        assert (response.status_code, response.content) == (200, expected.content)
        assert said(response) == said(expected)


def test_bucket__parts_are_the_sites(bucket: S3, image: Image, deliver: Deliver) -> None:
    site = deliver("accelerate", bucket.server.endpoint)
    response = get(f"{site}/media/{image.original_key}", Range="bytes=1-4")

    assert response.status_code == 206
    assert response.content == bucket.bytes(image.original_key)[1:5]


def test_bucket__what_is_missing_or_away_is_said_plainly_and_kept_by_nobody(
    bucket: S3, image: Image, deliver: Deliver
) -> None:
    site = deliver("accelerate", bucket.server.endpoint)
    away = deliver("accelerate", "http://127.0.0.1:9")
    bucket.client.delete_object(Bucket=bucket.bucket, Key=image.original_key)
    for address, status in ((site, 404), (away, 503)):
        response = get(f"{address}/media/{image.original_key}")
        assert response.status_code == status
        assert "no-store" in response.headers["Cache-Control"]
        assert "Xml" not in response.text
        assert "<" not in response.text
        assert "ETag" not in response.headers
        assert ("Retry-After" in response.headers) is (status == 503)


def test_bucket__nobody_gets_there_by_asking_nginx(
    bucket: S3, image: Image, deliver: Deliver
) -> None:
    site = deliver("accelerate", bucket.server.endpoint)
    path = bucket.plain_url(image.original_key).removeprefix(bucket.server.endpoint)

    assert get(f"{site}/_media{path}").status_code == 404
