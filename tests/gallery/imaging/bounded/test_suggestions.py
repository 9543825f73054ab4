"""Suggestions come out of a child, and what it says is looked at as all else is."""

from __future__ import annotations

from typing import Any

import pytest

from gallery.exceptions import Corrupt
from gallery.imaging.bounded.wire import Closed, focal_point_from_json
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.limits import Limits
from tests.gallery.imaging.bounded.sabotage import GOOD, assert_works, opened


def test_suggest__by_a_child__which_goes_on_to_do_other_work() -> None:
    with opened() as children:
        point = children.suggest(GOOD, limits=Limits())
        assert_works(children)

    assert isinstance(point, FocalPoint)


def test_suggest__damaged_file__is_refused_and_the_child_lives() -> None:
    with opened() as children:
        with pytest.raises(Corrupt):
            children.suggest(GOOD[:60], limits=Limits())
        assert_works(children)


@pytest.mark.parametrize(
    "nonsense",
    [None, [], [1], [1, 2, 3], [101, 0], [-1, 0], [0.5, 0.5], ["1", "2"], 5, {"x": 1}, [None, 1]],
    ids=str,
)
def test_answer__that_is_no_point__is_refused(nonsense: Any) -> None:
    with pytest.raises(Closed):
        focal_point_from_json(nonsense)
