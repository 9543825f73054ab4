"""Reading never touches the storage, and deleting leaves nothing in it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from gallery.ledger import sweep
from gallery.models import Image, MediaFile
from tests.conftest import Upload
from tests.gallery.heart import age, keys
from tests.gallery.media.http import body_of
from tests.storages.backends import Backend, assert_nothing_lost
from tests.storages.conftest import PostImage

pytestmark = pytest.mark.django_db(transaction=True)


def key_of(url: str) -> str:
    return url.removeprefix("/media/")


def assert_all_served(backend: Backend, image: dict[str, Any]) -> None:
    """Show that a visitor gets every file of an image, byte for byte as it is stored."""
    for url in image["variants"].values():
        response = Client().get(url)
        assert response.status_code == 200
        assert body_of(response) == backend.bytes(key_of(url))


def forget_renditions(backend: Backend) -> None:
    """Leave nothing but originals, as if nobody had come to make the rest."""
    for file in MediaFile.objects.exclude(original=None):
        backend.storage.delete(file.key)
        file.delete()


def test_reading__asks_the_storage_nothing(
    backend: Backend, client: APIClient, images_url: str, post_image: PostImage
) -> None:
    images = [post_image(title=f"Number {number}") for number in range(5)]
    assert_nothing_lost(backend)
    backend.requests.clear()

    listed: Any = client.get(images_url)
    assert [image["id"] for image in listed.json()["results"]] == [
        image["id"] for image in reversed(images)
    ]
    for image in images:
        shown: Any = client.get(image["self"])
        assert shown.json()["variants"] == image["variants"]
        assert set(image["variants"]) == {"original", "thumb", "sm", "md", "lg"}
    assert backend.requests == []


def test_upload__stores_the_original_and_its_renditions_and_nothing_else(
    backend: Backend, post_image: PostImage
) -> None:
    image = post_image(size=(400, 300))

    stored = {key_of(url) for url in image["variants"].values()}
    assert backend.keys() == stored == keys(state="live")
    sizes = {key: len(backend.bytes(key)) for key in stored}
    assert sizes == dict(MediaFile.objects.values_list("key", "size"))


def test_upload_warm_replace_delete_sweep__leaves_no_object(
    backend: Backend, client: APIClient, post_image: PostImage, upload: Upload
) -> None:
    first = post_image(size=(400, 300))
    forget_renditions(backend)
    warmed: Any = client.post(f"{first['self']}warm/")
    assert (warmed.status_code, warmed.json()["variants"]) == (200, first["variants"])
    assert_all_served(backend, first)

    form = {"file": upload("new.png", (300, 200))}
    replaced: Any = client.put(f"{first['self']}file/", form, format="multipart")
    assert replaced.status_code == 200, replaced.content
    assert_all_served(backend, replaced.json())
    assert_nothing_lost(backend)
    assert {key_of(first["url"])} <= backend.keys()  # a page that was loaded before may ask for it

    age()
    sweep()
    assert backend.keys() == {key_of(url) for url in replaced.json()["variants"].values()}
    assert client.delete(first["self"]).status_code == 204
    age()
    sweep()
    assert backend.keys() == keys() == set()
    assert not Image.objects.exists()
