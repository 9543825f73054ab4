"""Every POST there is, sent twice with its key because the first answer was lost, is one POST."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.permissions.calls import prepare, visitor
from tests.permissions.table import ROWS, Row
from tests.permissions.world import World, everything

POSTS = [row for row in ROWS if row.method == "POST" and not row.is_open]


@pytest.mark.parametrize("row", POSTS, ids=str)
def test_post__sent_twice_with_its_key__is_one(world: World, media_root: Path, row: Row) -> None:
    client = visitor(world, "owner")
    client.defaults["HTTP_IDEMPOTENCY_KEY"] = "one"
    # A picture is drawn for each request: the same bytes, as from a client that kept them.
    first = prepare(world, row, "owner").send(client)
    before = everything(media_root)
    second = prepare(world, row, "owner").send(client)

    assert first.status_code == row.answers["owner"].status
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert (first.get("Location"), first.get("ETag")) == (
        second.get("Location"),
        second.get("ETag"),
    )
    assert second["Idempotency-Replayed"] == "true"
    assert everything(media_root) == before
