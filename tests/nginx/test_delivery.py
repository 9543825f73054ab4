"""The shipped nginx.conf: the site's headers, the disk's bytes, and a cache that keeps secrets."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.core.signals import request_started
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import User
from gallery.models import Image, MediaFile
from gallery.services.editing import update_image
from gallery.services.sharing import urls_for
from tests.gallery.media.test_traversal import GENERATED
from tests.nginx.conftest import Deliver

pytestmark = [pytest.mark.nginx, pytest.mark.django_db(transaction=True)]
# Of one connection, or of nginx itself.
OWN = {"date", "server", "connection", "x-cache", "keep-alive"}
# Of pages, which these are not: their Content-Security-Policy says more than all of them.
OF_PAGES = {"referrer-policy", "x-frame-options", "cross-origin-opener-policy"}


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers=headers, timeout=20, allow_redirects=False)


def said(response: requests.Response) -> dict[str, str]:
    return {
        name.lower(): value
        for name, value in response.headers.items()
        if name.lower() not in OWN | OF_PAGES
    }


def paths(image: Image) -> list[str]:
    family = MediaFile.objects.of_object("gallery.image.file", image.pk)
    return [f"/media/{key}" for key in family.values_list("key", flat=True)]


def as_user(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {AccessToken.for_user(user)}"}


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_accelerate__the_sites_headers_and_the_disks_bytes(
    image: Image, member: User, app: str, deliver: Deliver, visibility: str
) -> None:
    update_image(image=image, visibility=visibility)
    found = paths(image)
    assert len(found) == 5
    streamed = {path: get(app + path, **as_user(member)) for path in found}
    site = deliver("accelerate")
    for path, expected in streamed.items():
        assert "X-Accel-Redirect" in get(app + path, **as_user(member)).headers
        response = get(site + path, **as_user(member))

        assert (response.status_code, response.content) == (200, expected.content)
        assert said(response) == said(expected)


def test_accelerate__conditions_and_parts_are_the_sites(
    image: Image, media_root: Path, deliver: Deliver
) -> None:
    site = deliver("accelerate")
    url = f"{site}/media/{image.original_key}"
    content = (media_root / image.original_key).read_bytes()
    etag = get(url).headers["ETag"]

    for headers, status in (
        ({"If-None-Match": etag}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-Match": etag}, 200),
        ({"If-Match": '"other"'}, 412),
        ({"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}, 200),
        ({"Range": "bytes=2-5"}, 206),
        ({"Range": "bytes=2-5", "If-Range": etag}, 206),
        ({"Range": "bytes=2-5", "If-Range": '"other"'}, 200),
        ({"Range": "bytes=0-1,3-4"}, 200),
        ({"Range": f"bytes={len(content)}-"}, 416),
    ):
        response = get(url, **headers)
        assert response.status_code == status, headers
        if status == 200:
            assert response.content == content
        if status == 206:
            assert response.content == content[2:6]
    head = requests.head(url, timeout=20)
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(content)))


def test_accelerate__the_files_are_for_nobody_who_asks_nginx(
    image: Image, deliver: Deliver
) -> None:
    site = deliver("accelerate")

    for path in (f"/_media/{image.original_key}", "/_media/", "/_media/../media/x"):
        assert get(site + path).status_code == 404


def test_accelerate__a_file_that_is_gone_is_a_404_that_nobody_keeps(
    image: Image, media_root: Path, deliver: Deliver
) -> None:
    site = deliver("accelerate")
    (media_root / image.original_key).unlink()
    response = get(f"{site}/media/{image.original_key}")

    assert response.status_code == 404
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "ETag" not in response.headers


# --- the cache ----------------------------------------------------------------------------------


def test_cache__public_files_answer_without_the_site(
    image: Image, media_root: Path, deliver: Deliver
) -> None:
    site = deliver("stream")
    for path in paths(image):
        first = get(site + path)
        MediaFile.objects.filter(key=path.removeprefix("/media/")).update(state="live", size=1)
        again = get(site + path)

        assert (first.headers["X-Cache"], again.headers["X-Cache"]) == ("MISS", "HIT")
        assert (again.status_code, again.content) == (200, first.content)
        assert said(again) == said(first)
        part = get(site + path, Range="bytes=1-3")
        assert (part.status_code, part.content) == (206, first.content[1:4])
        assert get(site + path, **{"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_cache__a_part_that_is_asked_for_first_is_no_whole(image: Image, deliver: Deliver) -> None:
    url = f"{deliver('stream')}/media/{image.original_key}"
    part = get(url, Range="bytes=0-9")
    whole = get(url)

    assert (part.status_code, whole.status_code) == (206, 200)
    assert len(whole.content) == image.file_size
    assert whole.content[:10] == part.content


@pytest.mark.parametrize("delivery", ["stream", "accelerate"])
def test_cache__private_files_are_asked_for_each_time(
    image: Image, member: User, viewer: User, outsider: User, deliver: Deliver, delivery: str
) -> None:
    update_image(image=image, visibility="private")
    site = deliver(delivery)
    url = f"{site}/media/{image.original_key}"
    signed = site + urls_for(image=image, user=member).url
    for _ in range(2):
        assert get(url, **as_user(member)).status_code == 200
        assert get(url, **as_user(viewer)).status_code == 200
        assert get(signed).status_code == 200
        assert get(url).status_code == 404
        assert get(url, **as_user(outsider)).status_code == 404
        assert get(signed.replace("signature=", "signature=0")).status_code == 404
    held = get(url, **as_user(member)).headers["ETag"]
    assert get(url, **as_user(member), **{"If-None-Match": held}).status_code == 304
    update_image(image=image, visibility="public")
    assert get(url).status_code == 200  # the 404 was not kept either


def test_cache__a_refusal_is_not_kept(image: Image, media_root: Path, deliver: Deliver) -> None:
    url = f"{deliver('stream')}/media/{image.original_key}"
    content = (media_root / image.original_key).read_bytes()
    (media_root / image.original_key).unlink()
    assert get(url).status_code == 404
    (media_root / image.original_key).write_bytes(content)

    assert get(url).status_code == 200


# --- what clients say ---------------------------------------------------------------------------


def test_proxy__forged_addresses_and_hosts_do_not_pass(image: Image, deliver: Deliver) -> None:
    seen: list[dict[str, str]] = []

    def note(environ: dict[str, str], **_: Any) -> None:
        names = ("Host", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded")
        keys = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in names}
        seen.append({name: environ.get(key, "") for name, key in keys.items()})

    site = deliver("stream")
    request_started.connect(note, dispatch_uid="note")
    forged = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=6.6.6.6",
    }
    try:
        get(f"{site}/api/v1/schema/", **forged)
    finally:
        request_started.disconnect(dispatch_uid="note")

    assert seen == [
        {
            "Host": urlsplit(site).hostname,
            "X-Forwarded-For": "127.0.0.1",
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Host": "",
            "Forwarded": "",
        }
    ]


def test_proxy__a_body_that_is_too_large_does_not_reach_the_site(
    image: Image, deliver: Deliver
) -> None:
    site = deliver("stream")
    host, port = urlsplit(site).hostname, urlsplit(site).port
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(
            b"POST /api/v1/images/orgs/acme/images/ HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Length: 27262977\r\n\r\n"
        )
        assert connection.recv(4096).split(b"\r\n")[0] == b"HTTP/1.1 413 Request Entity Too Large"


@pytest.mark.parametrize("delivery", ["stream", "accelerate"])
def test_proxy__no_path_leads_out(
    image: Image, media_root: Path, deliver: Deliver, delivery: str
) -> None:
    (media_root.parent / "secret.txt").write_text("very-secret")
    (media_root / "secret.txt").write_text("very-secret")
    site = urlsplit(deliver(delivery))
    statuses = set()
    for path in GENERATED[::44]:
        for folder in ("media", "_media"):
            answer = _raw(site.hostname, site.port, f"/{folder}/{path}")
            statuses.add(answer.split(b" ", 2)[1])
            assert b"very-secret" not in answer, path
            assert b"root:x:" not in answer, path
    assert statuses <= {b"400", b"404", b"301", b"302"}, statuses


def _raw(host: str | None, port: int | None, path: str) -> bytes:
    """Return the answer to a path that no library has tidied up."""
    line = path.encode("utf-8", "replace").replace(b" ", b"%20")
    with socket.create_connection((host or "", port or 0), timeout=10) as connection:
        connection.sendall(
            b"GET " + line + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer
