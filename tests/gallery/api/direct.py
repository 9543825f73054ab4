"""Direct uploads as a client makes them: announced, sent, completed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.test import Client
from PIL import Image as PillowImage
from rest_framework.test import APIClient

from tests.accounts.clients import problem_of
from tests.conftest import Upload
from tests.gallery.api.harness import stored_files

UPLOADS = "/api/v1/images/orgs/acme/uploads/"
SAID = {
    "title": "Harbour",
    "alt_text": "Boats",
    "description": "At dawn.",
    "decorative": False,
    "visibility": "private",
    "focal_point": {"x": 0.29, "y": 0.57},
}

DATA = b"0123456789" * 20_000
"""More than is read at once; nobody looks into it before it is completed."""


def arrived(media_root: Path, instructions: dict[str, Any]) -> bytes:
    """Return what was stored; it is the only file there is."""
    assert stored_files(media_root) == [f"incoming/{instructions['id']}"]
    [file] = (media_root / "incoming").iterdir()
    return file.read_bytes()


def bytes_of(upload: Upload, **options: Any) -> bytes:
    """Draw a small picture."""
    data: bytes = upload(size=(40, 30), **options).read()
    return data


def facts(data: bytes, **said: Any) -> dict[str, Any]:
    return {
        "file_name": "photo.jpg",
        "content_type": "image/jpeg",
        "file_size": len(data),
        **said,
    }


def announce(client: APIClient, data: bytes, **said: Any) -> dict[str, Any]:
    """Announce a file; return how to send it."""
    response: Any = client.post(UPLOADS, facts(data, **said))
    assert response.status_code == 201, response.content
    instructions: dict[str, Any] = response.json()
    return instructions


def send(instructions: dict[str, Any], data: bytes, **more: Any) -> Any:
    """Put the file as somebody who has its URL and nothing else."""
    visitor = Client(enforce_csrf_checks=True, raise_request_exception=False)
    kind = {"content_type": instructions["headers"].get("Content-Type")}
    return visitor.put(instructions["url"], data, **{**kind, **more})


def sent(client: APIClient, data: bytes, **said: Any) -> dict[str, Any]:
    """Announce a file and send it."""
    instructions = announce(client, data, **said)
    assert send(instructions, data).status_code == 204
    return instructions


def complete(client: APIClient, instructions: dict[str, Any], **more: Any) -> Any:
    return client.post(f"{UPLOADS}{instructions['id']}/complete/", **more)


def assert_over(client: APIClient, instructions: dict[str, Any], data: bytes) -> None:
    """Show that an upload cannot be gone on with, and that nothing is left of it after a sweep."""
    url = f"{UPLOADS}{instructions['id']}/"
    answers = [client.get(url), client.delete(url), complete(client, instructions)]
    missing = client.get(f"{UPLOADS}00000000-0000-4000-8000-000000000000/")
    for answer in [*answers, send(instructions, data)]:
        assert answer.status_code == 404
        assert problem_of(answer) == problem_of(missing)


def located(upload: Upload) -> bytes:
    """Return a JPEG that says where it was taken, and how the camera was held."""
    exif = PillowImage.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    data = bytes_of(upload, exif=exif.tobytes())
    assert b"Exif" in data
    return data
