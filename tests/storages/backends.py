"""Places to keep files in, which tests look into from behind: what is there, what was asked."""

from __future__ import annotations

import builtins
import os
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, urlsplit

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from gallery.models import Image, MediaFile
from gallery.storage import MediaStorage, media_storage
from tests.gallery.heart import keys, on_disk

CEPH = pytest.param("ceph", marks=pytest.mark.s3)
ON_S3 = pytest.mark.parametrize("backend", ["moto", CEPH], indirect=True)
"""Marks a test whose `backend` is to be an S3: moto always, Ceph with ./dev test --s3."""
ON_CEPH = pytest.mark.parametrize("backend", [CEPH], indirect=True)
"""Marks a test of what moto does not do like an S3: rights, signatures that run out."""


class Request(NamedTuple):
    """One request as it left for S3; equal to a plain pair."""

    method: str
    path: str
    """From the bucket on, quoted, with its query: `/images/a%20b.webp`, `/?list-type=2&…`."""


class Backend(Protocol):
    """What `media_storage()` is for a test, as seen from behind."""

    name: str
    requests: list[Request]
    """Everything that the storage sent to S3, by any thread and for each attempt; clear it."""

    @property
    def storage(self) -> MediaStorage:
        """What the site uses."""

    def keys(self) -> set[str]:
        """Return the keys of all files there really are, unfinished ones included."""

    def bytes(self, key: str) -> builtins.bytes:
        """Return what is really stored under a key."""


class Disk:
    """A folder."""

    name = "disk"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.requests: list[Request] = []

    @property
    def storage(self) -> MediaStorage:
        return media_storage()

    def keys(self) -> set[str]:
        return on_disk(self.folder)

    def bytes(self, key: str) -> builtins.bytes:
        return (self.folder / key).read_bytes()


class Server(NamedTuple):
    """An S3 and the keys of somebody who may make buckets there."""

    name: str
    endpoint: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"

    def client(self) -> Any:
        """Return a client that is no part of what is tested."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(s3={"addressing_style": "path"}),
        )


class S3:
    """A bucket of its own on some S3.

    `client` and `bucket` are for looking and preparing; what they ask is not among the requests.
    """

    def __init__(self, server: Server, client: Any) -> None:
        self.name = server.name
        self.server = server
        self.client = client
        self.bucket = f"test-{uuid.uuid4()}"
        self.requests: list[Request] = []

    @property
    def storage(self) -> MediaStorage:
        return media_storage()

    def options(self, **more: Any) -> dict[str, Any]:
        """Return the options of `S3Storage` for this bucket, and more of them."""
        return {
            "access_key": self.server.access_key,
            "secret_key": self.server.secret_key,
            "region_name": self.server.region,
            "endpoint_url": self.server.endpoint,
            "addressing_style": "path",
            "bucket_name": self.bucket,
            **more,
        }

    def record(self, request: Any, **_event: Any) -> None:
        """Take down a request that is about to be sent (an event of botocore's)."""
        sent = urlsplit(request.url)
        path = sent.path.removeprefix(f"/{self.bucket}") or "/"
        full_path = f"{path}?{sent.query}" if sent.query else path
        self.requests.append(Request(request.method, full_path))

    def keys(self) -> set[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return {found["Key"] for page in pages for found in page.get("Contents", ())}

    def bytes(self, key: str) -> builtins.bytes:
        content: builtins.bytes = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return content

    def head(self, key: str) -> dict[str, Any]:
        """Return what S3 says about an object: `ContentType`, `CacheControl`, `ETag` …."""
        said: dict[str, Any] = self.client.head_object(Bucket=self.bucket, Key=key)
        return said

    def plain_url(self, key: str) -> str:
        """Return the object's URL without any signature, as somebody might guess it."""
        return f"{self.server.endpoint}/{self.bucket}/{quote(key)}"

    def unfinished(self) -> list[str]:
        """Return the keys of uploads in parts that nobody joined."""
        pages = self.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket)
        return [upload["Key"] for page in pages for upload in page.get("Uploads", ())]

    def remove(self) -> None:
        """Delete the bucket with everything in it."""
        pages = self.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket)
        for upload in [each for page in pages for each in page.get("Uploads", ())]:
            which = {"Key": upload["Key"], "UploadId": upload["UploadId"]}
            self.client.abort_multipart_upload(Bucket=self.bucket, **which)
        for key in self.keys():
            self.client.delete_object(Bucket=self.bucket, Key=key)
        self.client.delete_bucket(Bucket=self.bucket)


@contextmanager
def moto() -> Iterator[Server]:
    """Start moto on a free loopback port."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Server("moto", f"http://{host}:{port}", "key", "secret")
    server.stop()


def ceph() -> Server:
    """Return the Ceph that `./dev test --s3` started."""
    names = ("AWS_S3_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    said = [os.environ.get(name, "") for name in names]
    if not all(said) or urlsplit(said[0]).hostname != "127.0.0.1":
        pytest.fail("This needs an S3 on this machine: ./dev test --s3")
    return Server("ceph", *said)


@contextmanager
def new_bucket(server: Server) -> Iterator[S3]:
    """Make a bucket for one test."""
    with closing(server.client()) as client:
        backend = S3(server, client)
        client.create_bucket(Bucket=backend.bucket)
        yield backend
        backend.remove()


def assert_nothing_lost(backend: Backend) -> None:
    """Show that rows and files agree, and that every image has its original."""
    files = backend.keys()
    assert keys(state=MediaFile.State.LIVE) <= files
    assert files <= keys()
    assert set(Image.objects.values_list("file", flat=True)) == keys(
        state=MediaFile.State.LIVE, original=None, source="gallery.image.file"
    )
