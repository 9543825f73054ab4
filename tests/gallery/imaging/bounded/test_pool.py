"""A child that does anything else than its work costs one picture, and nothing else."""

import os
import threading
import time
from collections.abc import Iterator

import pytest

from gallery.exceptions import Corrupt, OverBudget
from gallery.imaging.bounded import Budget
from tests.gallery.imaging.bounded.sabotage import (
    BUDGET,
    TRIGGER,
    assert_works,
    open_files,
    processes_of,
    sabotaged,
    take,
)

DEATHS = {
    "aborts": "os.abort()",
    "reads where nothing is": "ctypes.string_at(0)",
    "ends well": "os._exit(0)",
    "exits": "sys.exit()",
    "is interrupted": "raise KeyboardInterrupt",
    "has a bug": "raise ValueError",
    "goes too deep": "raise RecursionError",
    "is killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "hangs up": "os.close(0)",
    "has no memory": "bytearray(4 << 30)",
    "has no more memory": "held = []\n    while True: held.append(bytearray(1 << 20))",
    "refuses for lack of memory": (
        "try: bytearray(4 << 30)\n    except MemoryError as error: raise Corrupt from error"
    ),
}
_REFUSAL = """say(b'{"refusal": {"code": "%s", "message": "", "context": %s}, "parts": []}')"""
NONSENSE = {
    "a header without end": 'os.write(0, b"\\xff" * 4)',
    "no JSON": 'say(b"{")',
    "no text": 'say(b"\\xff\\xfe")',
    "deep JSON": 'say(b"[" * 500_000)',
    "a long number": """say(b'{"parts": [' + b"9" * 9_000 + b"]}")""",
    "a list": "say([])",
    "a word": 'say("parts")',
    "no parts": "say({})",
    "a number of parts": 'say({"parts": 2})',
    "a part without end": 'say({"parts": [2**40]})',
    "a negative part": 'say({"parts": [300 << 20, -(200 << 20)]})',
    "half a part": 'say({"parts": [0.5]})',
    "an infinite part": """say(b'{"parts": [Infinity]}')""",
    "a part that is no number": """say(b'{"parts": [NaN]}')""",
    "a part in words": 'say({"parts": ["0"]})',
    "too many parts": 'say({"parts": [100 << 20] * 3})',
    "half an answer": 'say({"parts": [9]}, b"123"); os._exit(0)',
    "nothing but parts": 'say({"parts": [0, 0]})',
    "an unknown refusal": _REFUSAL % ("x", "{}"),
    "a refusal that is none": _REFUSAL % ("gallery_full", "{}"),
    "a refusal of nothing": 'say({"refusal": None, "parts": []})',
    "a refusal with a message of its own": _REFUSAL % ("corrupt", '{"message": 1}'),
    "a refusal with infinity": _REFUSAL % ("corrupt", '{"width": Infinity}'),
    "a refusal with words": _REFUSAL % ("corrupt", '{"width": "1"}'),
    "a refusal with less than nothing": _REFUSAL % ("corrupt", '{"width": -1}'),
}


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Show that no process, thread or file outlives a pool."""
    before = processes_of(os.getpid()).keys(), threading.active_count(), open_files()
    yield
    assert (processes_of(os.getpid()).keys(), threading.active_count(), open_files()) == before


@pytest.mark.parametrize("name", DEATHS)
def test_pool__heals__when_a_child_dies(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with sabotaged(monkeypatch, DEATHS[name]) as children:
        with pytest.raises(OverBudget):
            take(children, TRIGGER)
        assert_works(children)


@pytest.mark.parametrize("name", NONSENSE)
def test_pool__ends_a_child_at_once__when_it_answers(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    started = time.monotonic()
    with sabotaged(monkeypatch, NONSENSE[name]) as children:
        with pytest.raises(OverBudget):
            take(children, TRIGGER)
        assert time.monotonic() - started < BUDGET.wall_seconds
        assert_works(children)


@pytest.mark.parametrize(
    "code", ["while True: pass", "sum(range(10**15))", "pow(3, 10**9)"], ids=["Python", "C", "long"]
)
def test_child__is_ended_by_the_kernel__after_its_seconds_of_work(
    monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    with sabotaged(monkeypatch, code) as children:
        before = os.times()
        with pytest.raises(OverBudget) as caught:
            take(children, TRIGGER)
        after = os.times()
        assert not isinstance(caught.value.__cause__, TimeoutError)
        assert_works(children)
    used = sum(after[2:4]) - sum(before[2:4])
    assert BUDGET.cpu_seconds <= used < BUDGET.cpu_seconds + 3


@pytest.mark.parametrize(
    "code",
    [
        "",
        'os.write(0, b"\\0\\0")',
        'say({"parts": [9]}, b"12345678")',
        'say({"parts": [99 << 20]})\n    while True: os.write(0, b" "); time.sleep(0.05)',
    ],
    ids=["nothing", "half a length", "almost all", "ever more"],
)
def test_pool__ends_a_child_in_time__when_it_sleeps_over_its_answer(
    monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    budget = Budget(wall_seconds=2)
    with sabotaged(monkeypatch, f"signal.alarm(0); {code}", budget=budget) as children:
        started = time.monotonic()
        with pytest.raises(OverBudget):
            take(children, TRIGGER)
        assert time.monotonic() - started < 4
        assert_works(children)


def test_pool__ends_a_child_in_time__when_it_does_not_listen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        sabotaged(
            monkeypatch, "", before="time.sleep(600)", budget=Budget(wall_seconds=1)
        ) as children,
        pytest.raises(OverBudget),
    ):
        take(children, bytes(10_000_000))


def test_child__that_spoke_before_it_was_asked__is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = "say({'parts': []})"
    with sabotaged(monkeypatch, "", before=before) as children, pytest.raises(OverBudget):
        take(children)


def test_child__that_answers_twice__is_asked_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = '{"refusal": {"code": "corrupt", "message": "", "context": {}}, "parts": []}'
    with sabotaged(monkeypatch, f"say({refusal}); raise Corrupt") as children:
        with pytest.raises(Corrupt):
            take(children, TRIGGER)
        time.sleep(0.3)
        assert_works(children)


def test_child__that_died_of_boredom__is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with sabotaged(monkeypatch, "") as children:
        assert_works(children)
        before = processes_of(os.getpid())
        for child in children._idle:
            child._process.kill()
        time.sleep(0.3)
        assert_works(children)
        assert processes_of(os.getpid()).keys() != before.keys()


def test_refusal__arrives_with_its_words_and_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    with sabotaged(monkeypatch, "raise Corrupt('äöü \\0', width=2**32 - 1)") as children:
        with pytest.raises(Corrupt) as caught:
            take(children, TRIGGER)
        assert (caught.value.message, caught.value.context) == ("äöü \0", {"width": 2**32 - 1})
        [first] = processes_of(os.getpid()).keys() & {each._process.pid for each in children._idle}
        assert_works(children)
        assert [each._process.pid for each in children._idle] == [first]


def test_pool__leaks_nothing__over_thirty_deaths(monkeypatch: pytest.MonkeyPatch) -> None:
    with sabotaged(monkeypatch, "os._exit(1)", size=2) as children:
        assert_works(children)
        files, threads = open_files(), threading.active_count()
        for _ in range(30):
            with pytest.raises(OverBudget):
                take(children, TRIGGER)
        assert_works(children)
        assert (open_files(), threading.active_count()) == (files, threads)
        assert "Z" not in processes_of(os.getpid()).values()


def test_child__is_replaced__when_it_has_done_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gallery.imaging.bounded.pool._JOBS_PER_CHILD", 2)
    seen = []
    with sabotaged(monkeypatch, "") as children:
        for _ in range(5):
            assert_works(children)
            seen.append(children._idle[0]._process.pid)
    assert [seen[0] == seen[1], seen[2] == seen[3], len(set(seen))] == [True, True, 3]
