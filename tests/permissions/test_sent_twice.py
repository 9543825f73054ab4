"""Every POST there is, sent twice with its key because the first answer was lost, is one POST."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.permissions.calls import prepare, visitor
from tests.permissions.table import ROWS, Row
from tests.permissions.world import World, everything

POSTS = [row for row in ROWS if row.method == "POST" and not row.is_open]


def kept(response: Any) -> Any:
    """Return the body without what is shown once: the token of a share."""
    body = response.json()
    return {**body, "token": None} if "token" in body else body


@pytest.mark.parametrize("row", POSTS, ids=str)
def test_post__sent_twice_with_its_key__is_one(world: World, media_root: Path, row: Row) -> None:
    client = visitor(world, "owner")
    client.defaults["HTTP_IDEMPOTENCY_KEY"] = "one"
    # A picture is drawn for each request: the same bytes, as from a client that kept them.
    first = prepare(world, row, "owner").send(client)
    again = prepare(world, row, "owner")
    before = everything(media_root)
    second = again.send(client)

    assert first.status_code == row.answers["owner"].status
    assert (second.status_code, kept(second)) == (first.status_code, kept(first))
    assert first.get("Location") == second.get("Location")
    assert (first.get("ETag") == second.get("ETag")) is (first.content == second.content)
    assert second["Idempotency-Replayed"] == "true"
    assert everything(media_root) == before
