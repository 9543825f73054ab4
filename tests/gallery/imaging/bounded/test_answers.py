"""What a child answers is data from a stranger: anything that we would not write is refused."""

import json
from typing import Any

import pytest

from gallery.exceptions import OverBudget
from gallery.imaging.limits import Limits
from tests.gallery.imaging.bounded.sabotage import (
    GOOD,
    REQUESTS,
    TRIGGER,
    assert_works,
    sabotaged,
    take,
)

FACTS = {
    "format": "PNG",
    "width": 120,
    "height": 80,
    "orientation": 1,
    "frames": 1,
    "has_alpha": False,
    "size": 10,
    "placeholder": {"color": "#808080", "thumbhash": "1QcSHQRnh493V4dIh4eXh1h4kJUI"},
}
ANSWER: dict[str, Any] = {"facts": FACTS, "sizes": [[60, 40]], "parts": [1, 2]}
WRONG_FACTS: dict[str, dict[str, Any]] = {
    "words for numbers": {"width": "120"},
    "a fraction": {"height": 80.0},
    "nothing": {"width": None},
    "no width": {"width": 0},
    "a negative size": {"size": -1},
    "more than a column holds": {"width": 2**31},
    "infinity": {"frames": float("inf")},
    "no number": {"frames": float("nan")},
    "an unknown format": {"format": "EXE"},
    "a list of formats": {"format": ["PNG"]},
    "a style": {"placeholder": {"color": "red;x:url(//a)", "thumbhash": "AAAAAAAA"}},
    "a script": {"placeholder": {"color": "#808080", "thumbhash": "<script>"}},
    "a number for a colour": {"placeholder": {"color": 1, "thumbhash": "AAAAAAAA"}},
    "half a placeholder": {"placeholder": {"color": "#808080"}},
    "more than a placeholder": {"placeholder": {"color": "#808080", "thumbhash": "", "x": 1}},
    "no placeholder": {"placeholder": None},
}
WRONG_ANSWERS: dict[str, dict[str, Any]] = {
    "no facts": {"facts": None},
    "a list of facts": {"facts": []},
    "no sizes": {"sizes": None},
    "too few sizes": {"sizes": []},
    "too many sizes": {"sizes": [[60, 40]] * 2},
    "half a size": {"sizes": [[60]]},
    "sizes in words": {"sizes": [["60", "40"]]},
    "a size of nothing": {"sizes": [[60, 0]]},
    "an infinite size": {"sizes": [[60, float("inf")]]},
    "a size that is a number": {"sizes": [60]},
    "sizes by name": {"sizes": {"60": 40}},
    "no file": {"parts": []},
    "no renditions": {"parts": [1]},
    "too many renditions": {"parts": [1, 1, 1]},
}


def _saying(answer: object, parts: bytes = b"abc") -> str:
    return f"say({json.dumps(answer).encode()!r}, {parts!r})"


def test_answer__is_taken__when_it_is_as_it_should_be(monkeypatch: pytest.MonkeyPatch) -> None:
    with sabotaged(monkeypatch, _saying(ANSWER)) as children:
        taken = take(children, TRIGGER)
    assert (taken.facts.width, taken.file, taken.renditions[0].data) == (120, b"a", b"bc")


@pytest.mark.parametrize("name", WRONG_FACTS)
def test_answer__is_refused_with_its_child__when_facts_have(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _assert_refused(monkeypatch, _saying({**ANSWER, "facts": {**FACTS, **WRONG_FACTS[name]}}))


@pytest.mark.parametrize("name", WRONG_ANSWERS)
def test_answer__is_refused_with_its_child__when_it_has(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    answer = {**ANSWER, **WRONG_ANSWERS[name]}
    _assert_refused(monkeypatch, _saying(answer, b"abc"[: sum(answer["parts"])]))


def _assert_refused(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    # Not asleep afterwards: only what it said counts against it.
    with sabotaged(monkeypatch, f"{code}; return real(source, requests, limits=limits)") as pool:
        with pytest.raises(OverBudget):
            take(pool, TRIGGER)
        assert not pool._idle
        assert_works(pool)


def test_rendering__is_refused_with_its_child__when_it_is_of_no_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = (
        "child.render = lambda *_, **__: [type('R', (), dict(width='1', height=1, data=b''))()]"
    )
    with sabotaged(monkeypatch, "", before=before) as pool:
        with pytest.raises(OverBudget):
            pool.render(GOOD, REQUESTS, limits=Limits())
        assert not pool._idle
