"""Who dispatches a task learns within two seconds that the broker is down, however it is down."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from kombu.exceptions import OperationalError
from redis import Redis

from settings import celery_app

pytestmark = pytest.mark.services


@contextlib.contextmanager
def closed() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    yield port


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """Accept connections and say nothing, as a server that hangs does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """Answer no attempt to connect: the queue of those that nobody accepts is full."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield server.getsockname()[1]


@pytest.mark.parametrize("down", [closed, silent, black_hole])
def test_dispatch__to_a_broker_that_is_down__fails_soon(
    down: Callable[[], AbstractContextManager[int]],
) -> None:
    with down() as port:
        started = time.monotonic()
        with (
            celery_app.connection_for_write(f"redis://127.0.0.1:{port}/1") as connection,
            pytest.raises(OperationalError),
        ):
            celery_app.send_task("nobody.knows", connection=connection)
        assert time.monotonic() - started < 2.5


def test_dispatch__puts_the_task_into_the_queue(broker: Redis) -> None:
    celery_app.send_task("nobody.knows")

    assert broker.llen("celery") == 1
