"""Every operation of the storage fails, in every use case, in every way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.storage import Fault
from tests.faults.use_cases import USE_CASES, UseCase
from tests.faults.world import (
    Answer,
    State,
    World,
    assert_originals_whole,
    assert_settled,
    settle,
)


def every_fault() -> Iterator[Any]:
    """Yield each use case with each of its operations and each way in which that may fail."""
    for case in USE_CASES:
        for number, operation in enumerate(case.operations, start=1):
            for fault in Fault:
                yield pytest.param(case, number, fault, id=f"{case}-{number} {operation}-{fault}")
        if not case.operations:
            yield pytest.param(case, 1, Fault.down, id=f"{case}-all-{Fault.down}")


@pytest.mark.parametrize("case", USE_CASES, ids=str)
def test_use_case__without_faults__asks_the_storage_for_what_the_table_says(
    world: World, case: UseCase
) -> None:
    begin(world, case)
    answer = Answer.of(case.send(world))

    assert world.faults.operations == list(case.operations)
    assert answer.status == case.status
    case.check(world, answer)


@pytest.mark.parametrize(("case", "at", "fault"), list(every_fault()))
def test_use_case__storage_fails__is_answered_cleanly_and_one_sweep_settles_it(
    world: World, case: UseCase, at: int, fault: Fault
) -> None:
    begin(world, case)
    world.faults.plan(at, fault)
    answer = Answer.of(case.send(world))
    world.faults.heal()

    is_done = assert_clean(world, case, answer, at, fault)
    assert_originals_whole(world.media_root)
    if case.is_short_lived:
        assert_succeeds_again(world, case, is_done=is_done)
    settle(world.media_root)
    assert_settled(world, is_lazy=case.is_lazy)
    if not case.is_short_lived:
        assert_succeeds_again(world, case, is_done=is_done)
        settle(world.media_root)
    assert_settled(world)


def begin(world: World, case: UseCase) -> None:
    """Prepare the world and remember how it is."""
    case.prepare(world)
    world.before = State.now()
    world.faults.operations.clear()


def assert_clean(world: World, case: UseCase, answer: Answer, at: int, fault: Fault) -> bool:
    """Show that it is what the table says, and that it is true; tell whether all went well."""
    refused_at = case.refused_at
    if fault is Fault.down and case.refused_when_down_from is not None:
        refused_at = case.refused_when_down_from
    assert answer.is_broken is (at in case.broken_at)
    if answer.is_broken:
        assert len(answer.body) < int(answer.headers["Content-Length"])
    elif at in refused_at:
        assert_refused(answer)
    else:
        assert answer.status == case.status, answer.body
        case.check(world, answer)
        return True
    assert State.now() == world.before
    for key, *_ in world.before.images.values():
        assert world.get(key).status == 200
    return False


def assert_refused(answer: Answer) -> None:
    """Show that it asks to come again later, in the terms of the API or of the media proxy."""
    assert answer.status == 503, answer.body
    assert int(answer.headers["Retry-After"]) > 0
    if answer.headers["Content-Type"] == "text/plain":
        assert answer.headers["Cache-Control"] == "no-store"
        return
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["code"] == "storage_unavailable"


def assert_succeeds_again(world: World, case: UseCase, *, is_done: bool) -> None:
    """Show that the same request does well now, whatever became of the first one."""
    if not is_done:
        world.before = State.now()
    again = Answer.of(case.send(world))
    if is_done:
        assert again.status == (case.again or case.status), again.body
    else:
        assert again.status == case.status, again.body
        case.check(world, again)
