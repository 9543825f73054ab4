"""Files that clients send straight to the bucket, as a form or in parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from gallery.storage.base import INCOMING


@dataclass(frozen=True, slots=True)
class PresignedForm:
    """A form that the bucket accepts: each field, and then the file."""

    url: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class DirectUploads:
    """What the bucket offers to those who have no credentials for it."""

    client: Callable[[], Any]
    bucket: str
    full_key: Callable[[str], str]
    """From a key of ours to that of the bucket, which may keep us in a folder."""

    def form(self, key: str, *, size: int, content_type: str, seconds: int) -> PresignedForm:
        """Return a form that takes one file of exactly this size and type. Asks nobody.

        Args:
            key: where the file will be.
            size: in bytes; the bucket refuses any other.
            content_type: likewise.
            seconds: how long it may be sent.
        """
        post = self.client().generate_presigned_post(
            self.bucket,
            self.full_key(key),
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", size, size]],
            ExpiresIn=seconds,
        )
        return PresignedForm(post["url"], post["fields"])

    def begin_parts(self, key: str, *, content_type: str) -> str:
        """Begin an upload in parts; return the name that the bucket gives it."""
        begun = self.client().create_multipart_upload(
            Bucket=self.bucket, Key=self.full_key(key), ContentType=content_type
        )
        name: str = begun["UploadId"]
        return name

    def part_url(self, key: str, name: str, *, number: int, size: int, seconds: int) -> str:
        """Return where one part, counted from 1 and of exactly this size, may be put."""
        parameters = {"PartNumber": number, "ContentLength": size}
        url: str = self.client().generate_presigned_url(
            "upload_part", Params={**self._upload(key, name), **parameters}, ExpiresIn=seconds
        )
        return url

    def arrived_parts(self, key: str, name: str) -> dict[int, int]:
        """Return the sizes of the parts that have arrived, by their numbers.

        Raises FileNotFoundError when the upload is over.
        """
        return {part["PartNumber"]: part["Size"] for part in self._parts(key, name)}

    def join_parts(self, key: str, name: str) -> None:
        """Make one file of the parts that have arrived.

        Raises FileNotFoundError when the upload is over.
        """
        parts = [
            {"PartNumber": part["PartNumber"], "ETag": part["ETag"]}
            for part in self._parts(key, name)
        ]
        with _missing_is_not_found(key):
            self.client().complete_multipart_upload(
                **self._upload(key, name), MultipartUpload={"Parts": parts}
            )

    def abort_parts(self, key: str, name: str) -> None:
        """Drop what has arrived of an upload in parts; one that is over is no error."""
        try:
            with _missing_is_not_found(key):
                self.client().abort_multipart_upload(**self._upload(key, name))
        except FileNotFoundError:
            return

    def abort_unfinished(self, *, older_than: timedelta) -> int:
        """Drop uploads in parts that began so long ago; return how many.

        Also those that nobody knows of: their process died before it could write the name down.
        """
        deadline = datetime.now(tz=UTC) - older_than
        folder = self.full_key(f"{INCOMING}/x").removesuffix("x")
        above = len(folder) - len(f"{INCOMING}/")
        pages = self.client().get_paginator("list_multipart_uploads")
        aborted = 0
        for page in pages.paginate(Bucket=self.bucket, Prefix=folder):
            for each in page.get("Uploads", []):
                if each["Initiated"] < deadline:
                    self.abort_parts(each["Key"][above:], each["UploadId"])
                    aborted += 1
        return aborted

    def _upload(self, key: str, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.full_key(key), "UploadId": name}

    def _parts(self, key: str, name: str) -> Iterator[dict[str, Any]]:
        pages = self.client().get_paginator("list_parts")
        with _missing_is_not_found(key):
            for page in pages.paginate(**self._upload(key, name)):
                yield from page.get("Parts", [])


# What S3 and Ceph call an upload in parts that is over.
_OVER = {"NoSuchUpload", "NoSuchKey"}


@contextmanager
def _missing_is_not_found(key: str) -> Iterator[None]:
    """Turn the bucket's words for an unknown upload into Python's."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in _OVER:
            raise FileNotFoundError(key) from error
        raise
