"""Direct uploads to any storage, as a client makes them."""

from __future__ import annotations

from typing import Any

import requests
from rest_framework.test import APIClient

from gallery import ledger
from gallery.models import MediaFile
from tests.gallery.api.direct import (
    announce,
    send,
)
from tests.gallery.heart import age
from tests.storages.backends import Backend, assert_nothing_lost

PART = 5 * 1024 * 1024
THREE_PARTS = bytes(range(256)) * 4 * 1024 * 11
"""11 MiB that are no picture."""


def put_part(part: dict[str, Any], data: bytes, **headers: str) -> int:
    piece = data[part["first"] : part["first"] + part["size"]]
    return requests.put(part["url"], piece, headers=headers, timeout=30).status_code


def post_form(instructions: dict[str, Any], data: bytes, **fields: str) -> int:
    """Send the form with other values in some of its fields."""
    form = {**instructions["fields"], **fields}
    url = instructions["url"]
    return requests.post(url, form, files={"file": ("a.jpg", data)}, timeout=30).status_code


def deliver(instructions: dict[str, Any], data: bytes) -> set[int]:
    """Do what the instructions say; parts in the wrong order."""
    if instructions["parts"]:
        missing = [part for part in instructions["parts"] if not part["has_arrived"]]
        return {put_part(part, data) for part in reversed(missing)}
    if instructions["method"] == "POST":
        return {post_form(instructions, data)}
    return {send(instructions, data).status_code}


def delivered(client: APIClient, data: bytes, **said: Any) -> dict[str, Any]:
    instructions = announce(client, data, **said)
    assert deliver(instructions, data) <= {200, 204}
    return instructions


def sweep_all(backend: Backend) -> None:
    """Let everything run out that is not in use, and sweep."""
    age()
    ledger.sweep()
    assert_nothing_lost(backend)


def assert_nothing_left(backend: Backend) -> None:
    sweep_all(backend)
    assert not MediaFile.objects.exists()
    assert backend.keys() == set()
