"""The site behind nginx."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.db import connections

from gallery.models import Image
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import uploaded
from tests.nginx.server import free_port, nginx, shipped, wait_for

CACHES = {"stream": "proxy_cache $gallery_cache;", "accelerate": "proxy_cache off;"}
Deliver = Callable[..., str]


def with_bucket(configuration: str, origin: str) -> str:
    """Exchange the location of the disk's files for that of a bucket's, as the comment says."""
    first = configuration.index("    location /_media/ {")
    end = configuration.index("\n    }\n", first) + len("\n    }\n")
    location = shipped("nginx-s3.conf", {"https://storage.example.com": origin})
    return configuration[:first] + location + configuration[end:]


@pytest.fixture
def image(organization: Organization, upload: Upload, transactional_db: None) -> Image:
    """Return a public image with its renditions."""
    return uploaded(organization, upload(size=(800, 600)))


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def app(transactional_db: None) -> Iterator[str]:
    """Return the address of the site itself.

    Not pytest-django's live server, which takes everything below /media/ from the disk by itself.
    """

    def handle(*arguments: Any) -> Any:
        try:
            return handler(*arguments)
        finally:
            connections.close_all()

    handler = WSGIHandler()
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
    server.daemon_threads = True
    server.set_app(handle)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def deliver(app: str, settings: Any, media_root: Path, tmp_path: Path) -> Iterator[Deliver]:
    """Return a function that starts nginx for a delivery, of a bucket's files if one is named.

    It returns its address.
    """
    with ExitStack() as running:

        def start(delivery: str, bucket: str = "") -> str:
            settings.GALLERY = {**settings.GALLERY, "DELIVERY": delivery}
            port = free_port()
            configuration = shipped(
                "nginx.conf",
                {
                    "127.0.0.1:8000": app.removeprefix("http://"),
                    "listen 80;": f"listen 127.0.0.1:{port};",
                    "images.example.com": "localhost",
                    "/srv/gallery/media/": f"{media_root}/",
                    "/var/cache/nginx/gallery": str(tmp_path / f"cache-{port}"),
                    # As the comment beside it says.
                    "proxy_cache $gallery_cache;": CACHES[delivery],
                },
            )
            if bucket:
                configuration = with_bucket(configuration, bucket)
            running.enter_context(nginx(tmp_path / f"nginx-{port}", configuration))
            wait_for(port)
            return f"http://127.0.0.1:{port}"

        yield start
