"""A bucket that is told which files are public: it follows the image, whatever dies meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from rest_framework.test import APIClient

from gallery import ledger
from gallery.models import Image, MediaFile
from gallery.services.editing import update_image
from gallery.storage import S3Storage
from tests.storages.backends import ON_CEPH, ON_S3, S3, assert_nothing_lost
from tests.storages.conftest import PostImage, UseS3

pytestmark = pytest.mark.django_db(transaction=True)
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


@pytest.fixture(autouse=True)
def public_read(use_s3: UseS3) -> None:
    use_s3(default_acl="public-read")


def shown_to_all(backend: S3) -> set[str]:
    """Return the keys that the bucket gives to everybody."""
    found, stored = set(), backend.keys()
    for key in stored:
        grants = backend.client.get_object_acl(Bucket=backend.bucket, Key=key)["Grants"]
        if any(grant["Grantee"].get("URI") == ALL_USERS for grant in grants):
            found.add(key)
    return found


@ON_S3
def test_put__public_files_alone_are_for_all(backend: S3, post_image: PostImage) -> None:
    public = post_image(size=(400, 300))
    post_image("private.png", visibility="private")

    keys = {url.removeprefix("/media/") for url in public["variants"].values()}
    assert shown_to_all(backend) == keys
    assert len(backend.keys()) == 2 * len(keys)


@ON_S3
def test_patch__the_bucket_follows_at_once(
    backend: S3, client: APIClient, post_image: PostImage
) -> None:
    image = post_image(size=(400, 300))
    for visibility, shown in (("private", set()), ("public", backend.keys())):
        answer: Any = client.patch(image["self"], {"visibility": visibility})
        assert answer.status_code == 200
        assert shown_to_all(backend) == shown
        assert not MediaFile.objects.acl_due().exists()


@ON_S3
def test_patch__what_the_bucket_was_not_told_is_found_by_the_sweep(
    backend: S3, post_image: PostImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = Image.objects.get(pk=post_image()["id"])
    with monkeypatch.context() as broken:

        def fail(*_: Any, **__: Any) -> None:
            raise TimeoutError

        broken.setattr(S3Storage, "set_acl", fail)
        update_image(image=image, visibility="private")
        assert shown_to_all(backend) == backend.keys()
        assert ledger.sweep().failed == MediaFile.objects.acl_due().count() == 5

    assert ledger.sweep().failed == 0
    assert shown_to_all(backend) == set()
    assert_nothing_lost(backend)


@ON_S3
def test_update__of_many_and_those_made_later_follow(backend: S3, post_image: PostImage) -> None:
    image = Image.objects.get(pk=post_image(size=(400, 300))["id"])
    Image.objects.update(visibility="private")
    for file in MediaFile.objects.exclude(original=None):
        backend.storage.delete(file.key)
        file.delete()
    image.refresh_from_db()
    image.create_image_sizes()

    assert len(backend.keys()) == 5
    assert shown_to_all(backend) == set()


@ON_CEPH
def test_bucket__gives_to_strangers_what_is_public(backend: S3, post_image: PostImage) -> None:
    image = Image.objects.get(pk=post_image()["id"])
    url = backend.plain_url(image.original_key)
    assert requests.get(url, timeout=10).status_code == 200

    update_image(image=image, visibility="private")
    assert requests.get(url, timeout=10).status_code == 403
