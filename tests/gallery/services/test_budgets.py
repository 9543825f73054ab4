"""What each verb costs, in statements and in calls of the storage: a rise is a decision.

`pytest tests/gallery/services/test_budgets.py -s` prints the numbers with milliseconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image
from gallery.renditions.urls import variants
from gallery.services.editing import update_image
from gallery.services.removal import delete_image
from gallery.services.uploads import replace_file
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import uploaded, watched_storage

pytestmark = pytest.mark.django_db(transaction=True)

STATEMENTS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def cost(work: Callable[[], object]) -> tuple[int, list[str], float]:
    """Return statements, storage calls and milliseconds."""
    with CaptureQueriesContext(connection) as queries, watched_storage() as calls:
        start = time.perf_counter()
        work()
        elapsed = (time.perf_counter() - start) * 1000
    statements = [query for query in queries if query["sql"].startswith(STATEMENTS)]
    return len(statements), calls, elapsed


def test_budgets__of_every_verb__are_kept(organization: Organization, upload: Upload) -> None:
    uploaded(organization, upload())  # whatever is cached is cached
    first, second = upload(size=(4000, 3000)), upload("b.png")
    image = Image()

    def add() -> None:
        nonlocal image
        image = uploaded(organization, first)

    found = {
        "upload 12 MP": cost(add),
        "list": cost(lambda: [variants(each) for each in Image.objects.with_renditions()]),
        "edit words": cost(lambda: update_image(image=image, title="new")),
        "move focal point": cost(lambda: update_image(image=image, focal_point=FocalPoint(1, 2))),
        "replace": cost(lambda: replace_file(image=image, upload=second)),
        "delete": cost(lambda: delete_image(image=image)),
    }
    for verb, (statements, calls, milliseconds) in found.items():
        print(f"\n{verb:18}{statements:4} statements, {len(calls):2} storage calls, "  # noqa: T201
              f"{milliseconds:6.0f} ms")  # fmt: skip

    puts = ["put", "put", "put", "put"]
    assert {verb: calls for verb, (_, calls, _) in found.items()} == {
        "upload 12 MP": ["put", *puts],
        "list": [],
        "edit words": [],
        "move focal point": ["read", "put"],
        "replace": ["put", *puts],
        "delete": ["delete"] * 11,  # with the old crop and the replaced file, all in their grace
    }
    limits = {
        "upload 12 MP": 27,  # the attempt at renditions is counted before it begins
        "list": 2,
        "edit words": 3,
        "move focal point": 26,
        "replace": 35,  # with the locks of the galleries it is in
        "delete": 60,
    }
    assert {verb: limit for verb, limit in limits.items() if found[verb][0] > limit} == {}
