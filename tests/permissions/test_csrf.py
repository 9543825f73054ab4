"""A session changes nothing without a CSRF token, at no route, whatever the request looks like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.accounts.clients import problem_of
from tests.permissions.calls import Prepared, prepare
from tests.permissions.table import FIRSTS, Row
from tests.permissions.world import World, everything

TOKEN, FORGED = "a" * 32, "b" * 32
CLOSED = [row for row in FIRSTS if row.is_unsafe and not row.is_open]
OPEN = [row for row in FIRSTS if row.is_unsafe and row.is_open]


def browser_of(world: World, *, cookie: str = "", header: str = "") -> APIClient:
    """Return a client with the owner's session."""
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(world.user("owner"))
    if cookie:
        client.cookies["csrftoken"] = cookie
    if header:
        client.credentials(HTTP_X_CSRFTOKEN=header)
    return client


def send_plain_text(client: APIClient, request: Prepared) -> Any:
    """Send what a form of another site can without asking: JSON that is called text."""
    path = request.path + request.query
    return client.generic(request.method, path, '{"name": "x"}', content_type="text/plain")


@pytest.mark.parametrize("row", CLOSED, ids=str)
def test_session__changes_something_with_a_csrf_token_only(
    world: World, media_root: Path, row: Row
) -> None:
    newcomer, victim = browser_of(world), browser_of(world, cookie=TOKEN)
    forger = browser_of(world, cookie=TOKEN, header=FORGED)
    owner = browser_of(world, cookie=TOKEN, header=TOKEN)
    requests = [prepare(world, row, "owner") for _ in range(4)]
    before = everything(media_root)
    refusals = [send_plain_text(newcomer, requests[0])]
    refusals += [requests.pop().send(browser) for browser in (newcomer, victim, forger)]
    for refusal in refusals:
        assert refusal.status_code == 403
        assert problem_of(refusal)["code"] == "permission_denied"
        assert "CSRF" in problem_of(refusal)["detail"]
    # Where a POST has a cookie, the token is looked for in its body first.
    assert problem_of(send_plain_text(victim, requests[0]))["status"] in {403, 415}
    assert everything(media_root) == before

    response, answer = requests.pop().send(owner), row.answers["owner"]
    assert response.status_code == answer.status, response.content
    assert (everything(media_root) != before) is answer.changes


@pytest.mark.parametrize("row", OPEN, ids=str)
def test_session__gets_tokens_without_one(world: World, row: Row) -> None:
    """They look at no session, so there is none to abuse."""
    response = prepare(world, row, "owner").send(browser_of(world))

    assert response.status_code == row.answers["owner"].status
