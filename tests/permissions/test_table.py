"""The table is complete: every route and method there is, and none that is not."""

from __future__ import annotations

from collections import Counter

from tests.permissions.calls import CALLS
from tests.permissions.routes import routes
from tests.permissions.table import ROWS

THERE_ARE = {(route.name, method) for route in routes() for method in route.methods}
IN_THE_TABLE = {(row.route, row.method) for row in ROWS}


def test_routes__are_found() -> None:
    assert ("image-detail", "DELETE") in THERE_ARE
    assert ("gallery", "POST") in THERE_ARE


def test_routes__have_names_of_their_own() -> None:
    """Or one of them would hide behind the other's rows."""
    assert [name for name, count in Counter(r.name for r in routes()).items() if count > 1] == []


def test_table__has_a_row_for_every_route_and_method() -> None:
    assert sorted(THERE_ARE - IN_THE_TABLE) == []


def test_table__names_no_route_or_method_that_is_not_there() -> None:
    assert sorted(IN_THE_TABLE - THERE_ARE) == []


def test_table__says_everything_once() -> None:
    assert [name for name, count in Counter(map(str, ROWS)).items() if count > 1] == []
    assert sorted(CALLS.keys() - set(map(str, ROWS))) == []
