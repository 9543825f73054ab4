"""The media proxy on every storage and in every mode: the same bytes, and each where it belongs."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from rest_framework.test import APIClient

from gallery.models import Image, MediaFile
from gallery.services.sharing import urls_for
from tests.gallery.media.http import body_of, status_of
from tests.storages.backends import ON_CEPH, ON_S3, S3, Backend
from tests.storages.conftest import PostImage, UseS3

pytestmark = pytest.mark.django_db(transaction=True)
IMMUTABLE = "public, max-age=31536000, immutable"
PRIVATE = "private, no-cache"


def deliver(settings: Any, mode: str, **more: Any) -> None:
    settings.GALLERY = {**settings.GALLERY, "DELIVERY": mode, **more}


def ledger_row(url: str) -> MediaFile:
    return MediaFile.objects.get(key=urlsplit(url).path.removeprefix("/media/"))


# --- stream -------------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_stream__every_file_by_one_request(
    backend: Backend, client: APIClient, post_image: PostImage, visibility: str
) -> None:
    image = post_image(size=(400, 300), visibility=visibility)
    for url in image["variants"].values():
        backend.requests.clear()
        response = client.get(url)

        row = ledger_row(url)
        assert body_of(response) == backend.bytes(row.key)
        assert response["Content-Type"] == row.content_type
        assert response["ETag"] == f'"{row.sha256}"'
        assert response["Cache-Control"] == (IMMUTABLE if visibility == "public" else PRIVATE)
        assert [each.method for each in backend.requests] in ([], ["GET"])


def test_stream__parts_are_asked_for_as_parts(backend: Backend, post_image: PostImage) -> None:
    url = post_image(size=(400, 300))["url"]
    row = ledger_row(url)
    whole = backend.bytes(row.key)
    for header, expected in {
        "bytes=0-9": whole[:10],
        "bytes=-7": whole[-7:],
        f"bytes={len(whole) - 1}-": whole[-1:],
        "bytes=5-": whole[5:],
    }.items():
        response = Client().get(url, headers={"range": header})
        assert (response.status_code, body_of(response)) == (206, expected)
    beyond = Client().get(url, headers={"range": f"bytes={len(whole)}-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(whole)}")


@pytest.mark.parametrize("mode", ["stream", "accelerate"])
def test_304_and_head__ask_no_storage(
    backend: Backend, post_image: PostImage, settings: Any, mode: str
) -> None:
    url = post_image()["url"]
    deliver(settings, mode)
    backend.requests.clear()
    etag = Client().head(url)["ETag"]

    assert Client().get(url, headers={"if-none-match": etag}).status_code == 304
    assert backend.requests == []


def test_missing_object__is_404_that_nobody_keeps(backend: Backend, post_image: PostImage) -> None:
    url = post_image()["url"]
    backend.storage.delete(ledger_row(url).key)
    response = Client().get(url)

    assert (response.status_code, response["Cache-Control"]) == (404, "no-store")


# --- redirect -----------------------------------------------------------------------------------


@ON_S3
def test_redirect__leads_to_the_bucket_for_a_while(
    backend: S3, post_image: PostImage, settings: Any
) -> None:
    image = post_image(size=(400, 300))
    deliver(settings, "redirect", REDIRECT_SECONDS=120)
    backend.requests.clear()
    for url in image["variants"].values():
        response: Any = Client().get(url)
        assert response.status_code == 302
        assert response["Cache-Control"] == "public, max-age=60"
        assert parse_qs(urlsplit(response["Location"]).query)["X-Amz-Expires"] == ["120"]
        assert backend.requests == []  # the bucket is not asked to sign

        row = ledger_row(url)
        got = requests.get(response["Location"], timeout=10)
        assert (got.status_code, got.content) == (200, backend.bytes(row.key))
        assert got.headers["Content-Type"] == row.content_type
        assert got.headers["Cache-Control"] == IMMUTABLE


@ON_S3
def test_redirect__of_a_private_file_is_kept_by_nobody(
    backend: S3, client: APIClient, post_image: PostImage, settings: Any
) -> None:
    image = post_image(visibility="private")
    deliver(settings, "redirect")
    assert Client().get(image["url"]).status_code == 404

    response: Any = client.get(image["url"])
    assert (response.status_code, response["Cache-Control"]) == (302, "private, no-store")
    got = requests.get(response["Location"], timeout=10)
    assert got.headers["Cache-Control"] == PRIVATE
    name = 'inline; filename="picture.jpg"'
    assert got.headers["Content-Disposition"] == name


@ON_S3
def test_redirect__to_a_bucket_that_shows_public_files_is_unsigned_for_them_alone(
    backend: S3, client: APIClient, post_image: PostImage, settings: Any, use_s3: UseS3
) -> None:
    use_s3(querystring_auth=False, default_acl="public-read")
    public, private = post_image(), post_image("private.png", visibility="private")
    deliver(settings, "redirect")
    unsigned: Any = Client().get(public["url"])
    signed: Any = client.get(private["url"])

    assert unsigned["Location"] == backend.plain_url(ledger_row(public["url"]).key)
    assert requests.get(unsigned["Location"], timeout=10).status_code == 200
    assert "X-Amz-Signature" in signed["Location"]


@ON_CEPH
def test_redirect__tampered_with_or_too_late_is_refused(
    backend: S3, post_image: PostImage, settings: Any
) -> None:
    image = post_image()
    other = post_image("other.png")
    deliver(settings, "redirect", REDIRECT_SECONDS=1)
    response: Any = Client().get(image["url"])
    location = response["Location"]
    key, another = (ledger_row(each["url"]).key for each in (image, other))
    for wrong in (
        location.replace(key, another),
        location.replace("X-Amz-Signature=", "X-Amz-Signature=0"),
        location.replace("X-Amz-Expires=1", "X-Amz-Expires=9999"),
        location.partition("?")[0],
    ):
        assert requests.get(wrong, timeout=10).status_code == 403
    assert requests.get(location, timeout=10).status_code == 200

    time.sleep(2.1)
    assert requests.get(location, timeout=10).status_code == 403


# --- accelerate ---------------------------------------------------------------------------------


def test_accelerate__names_the_place_and_keeps_the_headers(
    backend: Backend, post_image: PostImage, settings: Any
) -> None:
    image = post_image(size=(400, 300))
    streamed = {url: Client().get(url) for url in image["variants"].values()}
    deliver(settings, "accelerate")
    backend.requests.clear()
    for url, before in streamed.items():
        response: Any = Client().get(url)

        assert response.content == b""
        place = response["X-Accel-Redirect"]
        assert place.startswith("/_media/")
        kept = {name: value for name, value in before.items() if name != "Content-Length"}
        assert {name: response[name] for name in kept} == kept
        if isinstance(backend, S3):
            got = requests.get(backend.server.endpoint + place.removeprefix("/_media"), timeout=10)
            assert got.content == backend.bytes(ledger_row(url).key)
        else:
            assert place == f"/_media/{ledger_row(url).key}"
    assert backend.requests == []


def test_accelerate__parts_are_ours(backend: Backend, post_image: PostImage, settings: Any) -> None:
    url = post_image()["url"]
    deliver(settings, "accelerate")
    response = Client().get(url, headers={"range": "bytes=0-3"})

    assert "X-Accel-Redirect" not in response
    assert body_of(response) == backend.bytes(ledger_row(url).key)[:4]


def test_accelerate__of_a_private_file_is_for_its_members(
    backend: Backend, client: APIClient, post_image: PostImage, settings: Any
) -> None:
    image = post_image(visibility="private")
    deliver(settings, "accelerate")
    nobody = Client().get(image["url"])

    assert (nobody.status_code, "X-Accel-Redirect" in nobody) == (404, False)
    assert "X-Accel-Redirect" in client.get(image["url"])


@pytest.mark.parametrize("backend", ["disk"], indirect=True)
def test_sendfile__names_the_path_on_the_disk(
    backend: Backend, post_image: PostImage, settings: Any, media_root: Any
) -> None:
    url = post_image()["url"]
    deliver(settings, "accelerate", ACCELERATE_HEADER="X-Sendfile", ACCELERATE_PREFIX="")

    assert Client().get(url)["X-Sendfile"] == str(media_root / ledger_row(url).key)


# --- public -------------------------------------------------------------------------------------


@ON_S3
def test_public__everybodys_files_have_urls_of_the_cdn(
    backend: S3, client: APIClient, post_image: PostImage, settings: Any, use_s3: UseS3
) -> None:
    use_s3(custom_domain="cdn.example.com")
    deliver(settings, "public")
    image = post_image(size=(400, 300))
    private = post_image("private.png", visibility="private")

    stored = backend.keys()
    for url in (image["url"], *image["variants"].values()):
        assert url.startswith("https://cdn.example.com/images/")
        assert url.removeprefix("https://cdn.example.com/") in stored
        # What the CDN asks, if it asks us; and who keeps an address for ever, asks it for ever.
        assert status_of(Client().get(f"/media{urlsplit(url).path}")) == 200
    assert {item["url"] for item in image["renditions"].values()} < set(image["variants"].values())
    for url in private["variants"].values():
        assert url.startswith("/media/")
        assert status_of(Client().get(url)) == 404
        assert status_of(client.get(url)) == 200
    assert backend.storage.url("a b.jpg") == "/media/a%20b.jpg"


@ON_S3
def test_public__what_is_made_when_asked_for_has_our_url(
    backend: S3, post_image: PostImage, settings: Any, use_s3: UseS3
) -> None:
    use_s3(custom_domain="cdn.example.com")
    deliver(settings, "public", STRATEGY="just_in_time")
    image = post_image(size=(400, 300))

    assert image["url"].startswith("https://cdn.example.com/")
    thumb = image["variants"]["thumb"]
    assert thumb.startswith("/media/")
    assert status_of(Client().get(thumb)) == 200


@ON_S3
def test_public__signed_urls_of_a_private_image_are_ours(
    backend: S3, post_image: PostImage, settings: Any, use_s3: UseS3, member: Any
) -> None:
    use_s3(custom_domain="cdn.example.com")
    deliver(settings, "public")
    private = Image.objects.get(pk=post_image(visibility="private")["id"])
    for url in urls_for(image=private, user=member).variants.values():
        assert url.startswith("/media/")
        assert status_of(Client().get(url)) == 200


# --- signed, in every mode ----------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["stream", "accelerate", "redirect", "public"])
def test_signed__answers_in_every_mode_and_tampered_with_in_none(
    backend: Backend, post_image: PostImage, settings: Any, member: Any, mode: str
) -> None:
    private = Image.objects.get(pk=post_image(visibility="private")["id"])
    deliver(settings, mode)
    for url in urls_for(image=private, user=member).variants.values():
        assert status_of(Client().get(url)) in {200, 302}
        for wrong in (url.replace("signature=", "signature=0"), url.partition("?")[0]):
            assert status_of(Client().get(wrong, headers={"if-none-match": "*"})) == 404
