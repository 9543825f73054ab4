"""Files in a bucket of S3, Spaces, Ceph or whatever else speaks like them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from botocore.config import Config
from botocore.exceptions import ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage as DjangoS3Storage

from gallery.conf import gallery_settings
from gallery.storage.base import IMMUTABLE, StableUrlMixin, StoredFile
from gallery.storage.s3_uploads import DirectUploads
from gallery.storage.timing import timed

# How to talk to S3: without patience, for a request is waiting for the answer.
_IMPATIENT = Config(
    connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 3, "mode": "standard"}
)


@timed
class S3Storage(StableUrlMixin, DjangoS3Storage):
    """Files in an S3 bucket, with the options of django-storages.

    Objects are private unless `default_acl` says what public files are to have: then those of
    private images are put without it.
    """

    # The library's own defaults overwrite files of the same name and keep whole files in memory.
    file_overwrite = False

    def get_default_settings(self) -> dict[str, Any]:
        defaults: dict[str, Any] = super().get_default_settings()
        return {
            **defaults,
            "file_overwrite": False,
            "signature_version": defaults["signature_version"] or "s3v4",
            "max_memory_size": defaults["max_memory_size"] or 8 * 1024 * 1024,
        }

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if not options.get("client_config"):
            self.client_config: Any = self.client_config.merge(_IMPATIENT)

    @property
    def bucket_label(self) -> str | None:
        """The bucket's name, as recorded on each image."""
        name: str = self.bucket_name
        return name

    @property
    def has_acls(self) -> bool:
        """Whether public files are to have another ACL than the bucket's own."""
        return bool(self.default_acl)

    @cached_property
    def direct_uploads(self) -> DirectUploads:
        """How clients send files straight to the bucket."""
        return DirectUploads(self._client, self.bucket_name, self._normalize_name)

    def put(self, key: str, data: bytes, *, content_type: str, is_public: bool = False) -> None:
        """Write `data` under exactly `key` in one request, which S3 makes atomic."""
        more = {"ACL": self.default_acl} if is_public and self.default_acl else {}
        self._object(key).put(
            **{"CacheControl": IMMUTABLE, **self.get_object_parameters(key)},
            Body=data,
            ContentType=content_type,
            **more,
        )

    def receive(self, key: str, chunks: Iterable[bytes]) -> None:
        """Write what arrives piece by piece, in one request: nothing is there before all of it."""
        self.put(key, b"".join(chunks), content_type="application/octet-stream")

    def read(self, key: str) -> bytes:
        """Return a whole file with one request: `open` asks first whether it is there.

        Raises FileNotFoundError.
        """
        data: bytes = self._body(key).read()
        return data

    def open_part(self, key: str, *, first: int, length: int) -> File[Any]:
        """Return some bytes of a file, to be read as they arrive, with one request.

        Raises FileNotFoundError.
        """
        return File(self._body(key, Range=f"bytes={first}-{first + length - 1}"), name=key)

    def stat(self, key: str) -> StoredFile:
        """Return what the bucket says about a file, with one request. Raises FileNotFoundError."""
        found = self._object(key)
        try:
            found.load()
        except ClientError as error:
            raise _translated(error, key) from error
        return StoredFile(key, found.content_length, found.last_modified)

    def walk(self, folder: str) -> Iterator[StoredFile]:
        """Yield every file below a folder like `images/`, with one request for each thousand."""
        prefix = self._normalize_name(folder).rstrip("/") + "/"
        above = len(prefix) - len(folder)
        for found in self.bucket.objects.filter(Prefix=prefix):
            yield StoredFile(found.key[above:], found.size, found.last_modified)

    def set_acl(self, key: str, *, is_public: bool) -> None:
        """Let everybody have a file, or nobody; one that is gone is no error."""
        try:
            self._object(key).Acl().put(ACL=self.default_acl if is_public else "private")
        except ClientError as error:
            if not isinstance(_translated(error, key), FileNotFoundError):
                raise

    def public_url(self, key: str) -> str | None:
        """Return the URL on the CDN's own domain; None without one."""
        if not self.custom_domain:
            return None
        path = quote(self._normalize_name(key), safe="/~")
        return f"{self.url_protocol}//{self.custom_domain}/{path}"

    def unsigned_url(self, key: str) -> str | None:
        """Return a URL of a bucket that answers for public files by itself; None unless it does.

        `querystring_auth` says so. Asks nobody.
        """
        if self.querystring_auth:
            return None
        url: str = DjangoS3Storage.url(self, key)
        return url

    def temporary_url(self, key: str, *, seconds: int, **headers: str) -> str | None:
        """Return a URL of the bucket that answers anybody for so long. Asks nobody.

        Args:
            key: the file's.
            seconds: how long.
            headers: what the bucket is to answer with, as `ResponseContentType="image/webp"`.
        """
        url: str = self._client().generate_presigned_url(
            "get_object",
            Params={"Bucket": self.bucket_name, "Key": self._normalize_name(key), **headers},
            ExpiresIn=seconds,
            HttpMethod="GET",
        )
        return url

    def location_for(self, key: str, *, prefix: str) -> str:
        """Return where a web server in front gets a file: `prefix` stands for the service's host.

        Path and query are those of a URL that answers for a minute.
        """
        url = urlsplit(self.temporary_url(key, seconds=60) or "")
        return f"{prefix.rstrip('/')}{url.path}?{url.query}"

    def discard_unfinished(self, *, older_than: timedelta) -> int:
        """Abort uploads in parts that nobody finished; return how many.

        Their clients have all the time of a direct upload. Apart from those, S3 shows no object
        before all of it has arrived.
        """
        lifetime = timedelta(seconds=gallery_settings().direct_upload_seconds)
        return self.direct_uploads.abort_unfinished(older_than=lifetime + older_than)

    def _object(self, key: str) -> Any:
        return self.bucket.Object(self._normalize_name(key))

    def _client(self) -> Any:
        # django-storages keeps one for each thread, as boto3 wants it.
        return self.connection.meta.client

    def _body(self, key: str, **parameters: str) -> Any:
        try:
            return self._object(key).get(**parameters)["Body"]
        except ClientError as error:
            raise _translated(error, key) from error


def _translated(error: ClientError, key: str) -> Exception:
    is_missing = error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND
    return FileNotFoundError(key) if is_missing else error
