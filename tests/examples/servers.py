"""What stands between a client and the site: Vite's server for development, a bad connection."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.examples.site import EXAMPLES
from tests.nginx.server import free_port

STARTING = 60  # seconds


@contextlib.contextmanager
def vite(node: str, site: str) -> Iterator[str]:
    """Run `npm run dev` of the React example for a site; yield its address."""
    port = free_port()
    command = [node, "node_modules/vite/bin/vite.js", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        command,
        cwd=EXAMPLES / "react",
        env={**os.environ, "SITE": site},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Return once a program listens, which Vite does when it has bundled what the page needs."""
    deadline = time.monotonic() + STARTING
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    pytest.fail(f"Vite did not listen within {STARTING} s.")


class _Lossy(BaseHTTPRequestHandler):
    """Passes requests on, and loses the answer to the first form of all."""

    server: LossyServer

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        content = self.rfile.read(length) if length else None
        headers = {name: value for name, value in self.headers.items() if name != "Host"}
        url = self.server.site + self.path
        request = Request(url, content, headers, method=self.command)  # noqa: S310  (http)
        with urlopen(request) as answer:  # noqa: S310
            body = answer.read()
        if self.headers.get("Content-Type", "").startswith("multipart/"):
            self.server.keys.append(self.headers["Idempotency-Key"])
            if len(self.server.keys) == 1:
                return
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PATCH = do_GET  # noqa: N815  (the names are http.server's)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class LossyServer(ThreadingHTTPServer):
    """A proxy of a site; `keys` are those of the forms that came."""

    def __init__(self, site: str) -> None:
        super().__init__(("127.0.0.1", 0), _Lossy)
        self.site = site
        self.keys: list[str] = []

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


@contextlib.contextmanager
def lossy(site: str) -> Iterator[LossyServer]:
    """Run a proxy that loses an answer."""
    with LossyServer(site) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
