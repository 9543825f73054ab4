"""Every visitor at every route is answered what the table says, and nothing changes but by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.accounts.clients import problem_of
from tests.permissions.calls import Prepared, prepare, visitor
from tests.permissions.routes import route_named
from tests.permissions.table import FIRSTS, ROWS, Row
from tests.permissions.world import NOT_FOUND, World, everything

CODES = {400: "invalid_input", 403: "permission_denied", 404: "not_found", 409: "image_in_use"}
# One world for all who change nothing; a fresh one for each of the others.
CHANGES = [
    pytest.param(row, who, id=f"{row} by {who}")
    for row in ROWS
    for who, answer in row.answers.items()
    if answer.changes
]
# One row for each route where anybody is asked who they are.
CLOSED = {
    row.route: row for row in FIRSTS if not row.is_open and not route_named(row.route).is_public
}.values()
# But where the body says which organisation it is about.
UNSAFE = [
    row for row in FIRSTS if row.is_unsafe and not row.is_open and row.route != "product-list"
]


def assert_answered(response: Any, status: int, request: Prepared) -> None:
    """Check the status, and that an error is a problem that says so."""
    assert response.status_code == status, response.content
    assert ("WWW-Authenticate" in response) is (status == 401)
    if status == 401:
        assert response["WWW-Authenticate"].startswith("Bearer ")
    if status >= 400:
        problem = problem_of(response)
        assert response.json()["instance"] == request.path
        assert status == 401 or problem["code"] == CODES[status]
        assert status != 404 or problem == NOT_FOUND


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_visitor__who_changes_nothing(
    world: World, media_root: Path, subtests: pytest.Subtests, row: Row
) -> None:
    for who, answer in row.answers.items():
        if answer.changes:
            continue
        with subtests.test(who=who):
            request = prepare(world, row, who)
            before = everything(media_root)
            response = request.send(visitor(world, who))

            assert_answered(response, answer.status, request)
            assert everything(media_root) == before


@pytest.mark.parametrize(("row", "who"), CHANGES)
def test_visitor__who_changes_something(world: World, media_root: Path, row: Row, who: str) -> None:
    request = prepare(world, row, who)
    before = everything(media_root)
    response = request.send(visitor(world, who))

    assert_answered(response, row.answers[who].status, request)
    # So the request was a valid one, and what refused it above was the role and nothing else.
    assert everything(media_root) != before


@pytest.mark.parametrize("row", UNSAFE, ids=str)
def test_refusal__comes_before_the_body_is_read(world: World, media_root: Path, row: Row) -> None:
    request = prepare(world, row, "member")
    before = everything(media_root)
    for who, answer in row.answers.items():
        if answer.status < 400:
            continue
        path = request.path + request.query
        response = visitor(world, who).generic(
            row.method, path, "{", content_type="application/json"
        )

        assert_answered(response, answer.status, request)
    assert everything(media_root) == before


@pytest.mark.parametrize("row", CLOSED, ids=str)
def test_stranger__learns_nothing_by_head_and_options(world: World, row: Row) -> None:
    route = route_named(row.route)
    methods = ["OPTIONS", *(["HEAD"] if "GET" in route.methods else [])]
    for who, status in [("anonymous", 401), ("outsider", 404), ("removed", 404)]:
        if who != "anonymous" and not route.is_of_an_organization:
            continue
        path, client = prepare(world, row, who).path, visitor(world, who)
        for method in methods:
            assert client.generic(method, path).status_code == status, (who, method)


@pytest.mark.parametrize("who", ["outsider", "removed"])
def test_outsider__is_shown_nothing_of_acme(world: World, who: str) -> None:
    shown = [row for row in ROWS if row.method == "GET" and row.answers["outsider"].status == 200]
    for row in shown:
        content = prepare(world, row, who).send(visitor(world, who)).content
        assert row.is_open or b"acme" not in content.lower(), row
