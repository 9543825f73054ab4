"""Every test of this folder that asks for a `backend` runs on each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from rest_framework.test import APIClient

from accounts.models import User
from gallery.conf import LEAST_PART_BYTES
from gallery.storage import S3Storage
from orgs.models import Organization
from tests.accounts.clients import client_of
from tests.conftest import Upload
from tests.gallery.api.direct import bytes_of
from tests.storages.backends import CEPH, S3, Backend, Disk, Server, ceph, moto, new_bucket

UseS3 = Callable[..., None]
PostImage = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def moto_server() -> Iterator[Server]:
    """Return moto, for all tests of this process."""
    with moto() as server:
        yield server


@pytest.fixture(params=["disk", "moto", CEPH])
def backend(
    request: pytest.FixtureRequest,
    settings: Any,
    media_root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Backend]:
    """Make `media_storage()` an empty folder, or an empty bucket on moto or Ceph."""
    if request.param == "disk":
        yield Disk(media_root)
        return
    server = ceph() if request.param == "ceph" else request.getfixturevalue("moto_server")
    with new_bucket(server) as bucket:
        listen(bucket, monkeypatch)
        configure(bucket, settings)
        yield bucket


@pytest.fixture
def use_s3(backend: S3, settings: Any) -> UseS3:
    """Return a function that gives the storage more options, such as `custom_domain="cdn…"`."""
    return lambda **options: configure(backend, settings, **options)


@pytest.fixture
def client(member: User) -> APIClient:
    """Return a client with the access token of a member of `organization`."""
    return client_of(member)


@pytest.fixture
def images_url(organization: Organization) -> str:
    """Return where the images of `organization` are."""
    return "/api/v1/images/orgs/acme/images/"


@pytest.fixture
def post_image(client: APIClient, images_url: str, upload: Upload) -> PostImage:
    """Return a function that uploads a picture by the API; its JSON, and its own URL as `self`."""

    def post(
        name: str = "picture.jpg", size: tuple[int, int] = (40, 30), **fields: Any
    ) -> dict[str, Any]:
        form = {"file": upload(name, size), **fields}
        response: Any = client.post(images_url, form, format="multipart")
        assert response.status_code == 201, response.content
        return {**response.json(), "self": response["Location"]}

    return post


@pytest.fixture
def smallest_parts(settings: Any) -> None:
    """Have direct uploads sent in parts as small as S3 takes them."""
    settings.GALLERY = {**settings.GALLERY, "DIRECT_UPLOAD_PART_BYTES": LEAST_PART_BYTES}


@pytest.fixture
def data(upload: Upload) -> bytes:
    """Return the bytes of a picture."""
    return bytes_of(upload)


def configure(bucket: S3, settings: Any, **options: Any) -> None:
    """Make the bucket what the site keeps its files in."""
    default = {"BACKEND": "gallery.storage.S3Storage", "OPTIONS": bucket.options(**options)}
    settings.STORAGES = {**settings.STORAGES, "default": default}


def listen(bucket: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """Record what the site's storage sends.

    On the session, of which django-storages makes a client for each thread: so nobody is missed.
    """
    original = S3Storage._create_session

    def create_session(storage: S3Storage) -> boto3.Session:
        session: boto3.Session = original(storage)
        session.events.register("before-send.s3", bucket.record)
        return session

    monkeypatch.setattr(S3Storage, "_create_session", create_session)
