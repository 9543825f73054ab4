"""A worker starts, answers and leaves, as `./dev worker` and a process manager expect it to."""

import pytest

from tests.services.conftest import StartWorker

pytestmark = pytest.mark.services


def test_worker__answers_a_ping_and_stops_on_sigterm(workers: StartWorker) -> None:
    worker = workers()

    answer = worker.inspect("ping")

    assert answer.returncode == 0, answer.stderr
    assert f"{worker.node}: OK" in answer.stdout
    assert worker.stop() == 0, worker.said()
