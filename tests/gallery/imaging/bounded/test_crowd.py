"""Many threads, few children: every picture comes back to whoever asked for it."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from gallery.exceptions import DecodersBusy, OverBudget
from gallery.imaging.bounded import Budget, DecoderPool
from gallery.imaging.limits import Limits
from gallery.imaging.render import Operation, OutputFormat, RenderRequest
from tests.gallery.imaging.bounded.sabotage import (
    TRIGGER,
    assert_works,
    opened,
    processes_of,
    sabotaged,
    take,
)
from tests.gallery.imaging.pictures import file_of

THREADS, JOBS, CHILDREN = 16, 20, 2
PATIENT = Budget(patience_seconds=120)


def test_crowd__gets_each_its_own_picture__from_two_children() -> None:
    before, most, is_over = set(processes_of(os.getpid())), 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not is_over.wait(0.01):
            most = max(most, len(processes_of(os.getpid()).keys() - before))

    def work(thread: int) -> None:
        for job in range(JOBS):
            _assert_own(pool, thread * JOBS + job)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with opened(size=CHILDREN, budget=PATIENT) as pool:
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(work, range(THREADS)))
        used = {child._process.pid for child in pool._idle}
    is_over.set()
    watcher.join()
    assert len(used) == CHILDREN
    assert most == CHILDREN


def _assert_own(pool: DecoderPool, number: int) -> None:
    colour = (number % 256, number // 256 * 90, 200)
    size = (20 + number % 50, 20 + number // 50)
    data = file_of(Image.new("RGB", size, colour), "PNG")
    requests = [RenderRequest(Operation.fit, 10 + number % 7, 99, OutputFormat.jpeg, 90)]
    if number % 3:
        taken = pool.take_in(data, requests, limits=Limits())
        assert (taken.facts.width, taken.facts.height) == size
        assert taken.facts.placeholder.color == "#{:02x}{:02x}{:02x}".format(*colour)
        [rendered] = taken.renditions
    else:
        [rendered] = pool.render(data, requests, limits=Limits())
    assert rendered.width == 10 + number % 7


def test_crowd__among_which_some_kill_their_child__gets_all_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def work(number: int) -> None:
        if number % 4 == 0:
            with pytest.raises(OverBudget):
                take(pool, TRIGGER)
        else:
            _assert_own(pool, number)

    with sabotaged(monkeypatch, "os.abort()", size=CHILDREN, budget=PATIENT) as pool:
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(work, range(60)))
        assert len(pool._idle) <= CHILDREN


def test_job__is_told_that_decoders_are_busy__when_all_are_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    budget = Budget(wall_seconds=4, patience_seconds=1)
    with sabotaged(monkeypatch, "", size=CHILDREN, budget=budget) as pool:
        with ThreadPoolExecutor(CHILDREN) as threads:
            held = [threads.submit(take, pool, TRIGGER) for _ in range(CHILDREN)]
            time.sleep(0.5)
            started = time.monotonic()
            with pytest.raises(DecodersBusy):
                take(pool)
            assert 0.9 < time.monotonic() - started < 3
        assert [type(each.exception()) for each in held] == [OverBudget] * CHILDREN
        assert_works(pool)


def test_job__goes_on__when_a_child_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "time.sleep(1); os._exit(0)"
    with sabotaged(monkeypatch, code, budget=Budget(patience_seconds=30)) as pool:
        with ThreadPoolExecutor(1) as threads:
            held = threads.submit(take, pool, TRIGGER)
            time.sleep(0.3)
            assert_works(pool)
        assert isinstance(held.exception(), OverBudget)


def test_interrupt__leaves_no_child_in_the_middle_of_a_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with sabotaged(monkeypatch, "") as pool:
        assert_works(pool)
        [asked] = pool._idle
        timer = threading.Timer(0.5, signal.pthread_kill, [threading.get_ident(), signal.SIGINT])
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            take(pool, TRIGGER)
        timer.join()
        assert not pool._idle
        assert asked._process.returncode == -signal.SIGKILL
        assert_works(pool)
