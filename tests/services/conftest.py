"""What tests on real services stand on: an empty broker and workers that share a test's world."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.db import connection
from redis import Redis

from tests.services.harness import Worker, start_worker, worker_environment


class StartWorker(Protocol):
    """Start a worker with more options and variables; it is gone when the test is."""

    def __call__(self, *arguments: str, **environment: str) -> Worker: ...


@pytest.fixture(autouse=True)
def _needs_services(settings: Any) -> None:
    if not settings.CELERY_BROKER_URL or connection.vendor != "postgresql":
        pytest.fail("This needs PostgreSQL and Valkey: ./dev test --services")


@pytest.fixture
def broker(settings: Any) -> Iterator[Redis]:
    """Return a client of the broker, which is empty before the test and after it."""
    with Redis.from_url(settings.CELERY_BROKER_URL) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture
def workers(
    transactional_db: None, broker: Redis, media_root: Path, tmp_path: Path
) -> Iterator[StartWorker]:
    """Return a function that starts workers on the database, the broker and the files of the test.

    They see what is committed only, so the test's own transactions are real ones.
    """
    running: list[Worker] = []

    def start(*arguments: str, **environment: str) -> Worker:
        database = connection.settings_dict["NAME"]
        variables = worker_environment(database, media_root, tmp_path, **environment)
        running.append(start_worker(variables, tmp_path, *(arguments or ("--concurrency=1",))))
        return running[-1]

    yield start
    for worker in running:
        worker.kill()
