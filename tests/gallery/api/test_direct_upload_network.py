"""Files sent over a bad network: what lies, breaks off or vanishes stores nothing."""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from rest_framework.test import APIClient

from tests.gallery.api.direct import DATA, announce, arrived, complete
from tests.gallery.api.harness import CommittingClient, stored_files

pytestmark = pytest.mark.django_db
LENGTH = "Content-Length: "


@pytest.fixture
def client(committing_client: CommittingClient) -> APIClient:
    return committing_client


def request_of(instructions: dict[str, Any], body: bytes, *more: str) -> bytes:
    """Return a request byte by byte, with no header but these."""
    head = [
        f"PUT {instructions['url']} HTTP/1.1",
        *("Host: localhost", "Connection: close", "Content-Type: image/jpeg", *more),
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def answer_to(server: Any, request: bytes) -> str:
    """Send a request and nothing after it; return the status line and the code of the problem."""
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        connection.sendall(request)
        with suppress(OSError):  # it may have answered and hung up by now
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer.decode()


def break_off(server: Any, request: bytes) -> None:
    """Send a request and vanish."""
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        connection.sendall(request)
        time.sleep(0.2)  # the server is waiting for the rest
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("body", "header", "status", "code"),
    [
        (DATA, f"{LENGTH}{len(DATA)}", 204, ""),
        (DATA + b"GET / HTTP/1.1\r\n\r\n", f"{LENGTH}{len(DATA)}", 204, ""),
        (DATA[:-1], f"{LENGTH}{len(DATA)}", 400, "wrong_size"),
        (b"", f"{LENGTH}{len(DATA)}", 400, "wrong_size"),
        (DATA[:-1], f"{LENGTH}{len(DATA) - 1}", 400, "wrong_size"),
        (DATA, f"{LENGTH}{len(DATA) - 1}", 400, "wrong_size"),
        (DATA + b"1", f"{LENGTH}{len(DATA) + 1}", 413, "too_large"),
        (b"", f"{LENGTH}{10**15}", 413, "too_large"),
        *[(DATA, f"{LENGTH}{length}", 400, "wrong_size") for length in ("0", "-1", "many", "")],
        (DATA, "X-Length: none", 400, "wrong_size"),
        (b"5\r\n01234\r\n0\r\n\r\n", "Transfer-Encoding: chunked", 400, "wrong_size"),
    ],
)
def test_network__only_what_was_announced_is_stored(
    live_server: Any,
    client: APIClient,
    media_root: Path,
    body: bytes,
    header: str,
    status: int,
    code: str,
) -> None:
    instructions = announce(client, DATA)
    answer = answer_to(live_server, request_of(instructions, body, header))

    assert answer.startswith(f"HTTP/1.1 {status} "), answer
    if code:
        assert f'"code":"{code}"' in answer
        assert stored_files(media_root) == []
    else:
        assert arrived(media_root, instructions) == DATA


@pytest.mark.django_db(transaction=True)
def test_network__a_client_that_vanishes_leaves_nothing_and_may_come_back(
    live_server: Any, client: APIClient, media_root: Path
) -> None:
    instructions = announce(client, DATA)
    length = f"{LENGTH}{len(DATA)}"
    for sent_so_far in (0, 1, 100_000, len(DATA) - 1):
        break_off(live_server, request_of(instructions, DATA[:sent_so_far], length))
    for _ in range(100):
        if not stored_files(media_root):
            break
        time.sleep(0.05)

    assert stored_files(media_root) == []
    assert complete(client, instructions).status_code == 409
    whole = request_of(instructions, DATA, length)
    assert answer_to(live_server, whole).startswith("HTTP/1.1 204 ")
    # Nor does what had arrived before go with those that come to nothing after it.
    break_off(live_server, request_of(instructions, b"x" * 100_000, length))
    assert '"code":"wrong_size"' in answer_to(live_server, request_of(instructions, b"x", length))
    assert arrived(media_root, instructions) == DATA
