"""A client that never saw the answer to its POST asks again over a real connection."""

from __future__ import annotations

import json
import socket
import time
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import User
from gallery.models import Image
from tests.conftest import Upload
from tests.gallery.api.harness import MULTIPART, form, part

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_SECONDS = 20


def test_reply__lost__the_same_key_ends_in_the_same_state(
    live_server: Any, member: User, images_url: str, upload: Upload
) -> None:
    address = urlsplit(live_server.url)
    body = form(part("file", upload().read(), file_name=b"a.jpg"))
    headers = {
        "Host": address.netloc,
        "Authorization": f"Bearer {AccessToken.for_user(member)}",
        "Content-Type": MULTIPART,
        "Content-Length": str(len(body)),
        "Idempotency-Key": "lost",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(f"POST {images_url} HTTP/1.1\r\n{head}\r\n".encode() + body)
    # Gone before the server has begun to answer.

    until, status, answer = time.monotonic() + PATIENCE_SECONDS, 409, b""
    while status == 409 and time.monotonic() < until:
        client = HTTPConnection(address.hostname or "", address.port)
        client.request("POST", images_url, body, headers)
        response = client.getresponse()
        status, answer = response.status, response.read()
        client.close()

    assert status == 201
    assert json.loads(answer)["id"] == Image.objects.get().pk
