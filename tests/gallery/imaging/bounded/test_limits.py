"""What a child has, and what it has given up."""

import json
import os
import resource
import time
from pathlib import Path
from typing import Any

import pytest

from gallery.exceptions import Corrupt
from gallery.imaging.bounded import Budget
from tests.gallery.imaging.bounded.sabotage import TRIGGER, assert_works, sabotaged, take

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="asks Linux")


def seen_by_a_child(
    monkeypatch: pytest.MonkeyPatch, question: str, budget: Budget | None = None
) -> Any:
    """Return what an expression is inside of a child."""
    code = f"raise Corrupt(json.dumps({question}))"
    with sabotaged(monkeypatch, code, budget=budget or Budget()) as pool:
        with pytest.raises(Corrupt) as caught:
            take(pool, TRIGGER)
        assert_works(pool)
    return json.loads(caught.value.message)


def test_child__knows_nothing_of_its_parents_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    monkeypatch.setenv("PYTHONPATH", "/secret")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/secret")
    environment = seen_by_a_child(monkeypatch, "dict(os.environ)")
    assert environment == {
        "LC_ALL": "C.UTF-8",
        "MALLOC_ARENA_MAX": "2",
        "OPENBLAS_NUM_THREADS": "1",
    }
    of_kernel = "open('/proc/self/environ').read()"
    assert "secret" not in seen_by_a_child(monkeypatch, of_kernel)


def test_child__has_none_of_its_parents_code(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = seen_by_a_child(monkeypatch, "sorted(sys.modules)")
    assert "PIL.Image" in loaded
    assert not {"django", "settings", "boto3", "psycopg"} & set(loaded)


def test_child__stands_at_the_root__in_a_session_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, session, process = seen_by_a_child(
        monkeypatch, "[os.getcwd(), os.getsid(0), os.getpid()]"
    )
    assert (folder, session) == ("/", process)


def test_child__inherits_no_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    listing = "{name: os.path.realpath(f'/proc/self/fd/{name}') for name in '0123456789'}"
    with (tmp_path / "ours").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        found = seen_by_a_child(monkeypatch, listing)
        everything = seen_by_a_child(monkeypatch, "os.listdir('/proc/self/fd')")
    assert "socket:" in found["0"]
    assert found["1"] == found["2"] == "/dev/null"
    assert {int(name) for name in everything} <= {0, 1, 2, 3}  # the last one is of the listing


def test_child__cannot_write_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    target = tmp_path / "leak"
    code = (
        f"handle = os.open({str(target)!r}, os.O_WRONLY | os.O_CREAT)\n"
        "    try: os.write(handle, b'x')\n"
        "    except OSError as error: raise Corrupt(error.strerror)"
    )
    with sabotaged(monkeypatch, code) as pool, pytest.raises(Corrupt, match="File too large"):
        take(pool, TRIGGER)
    assert target.read_bytes() == b""


def test_child__has_the_limits_it_was_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_NOFILE"]
    question = f"[resource.getrlimit(getattr(resource, name)) for name in {names}]"
    memory = 300 << 20
    found = seen_by_a_child(monkeypatch, question, Budget(memory=memory))
    assert found == [[memory, memory], [0, 0], [0, 0], [64, 64]]
    allowed = "[*resource.getrlimit(resource.RLIMIT_CPU), time.process_time()]"
    soft, _, used = seen_by_a_child(monkeypatch, allowed, Budget(cpu_seconds=7))
    assert used + 7 <= soft <= used + 9
    assert resource.getrlimit(resource.RLIMIT_CPU)[0] == resource.RLIM_INFINITY


def test_child__has_its_seconds_anew_for_each_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "end = time.process_time() + 0.6\n"
        "    while time.process_time() < end: pass\n"
        "    raise Corrupt(str(os.getpid()))"
    )
    seen = set()
    with sabotaged(monkeypatch, code, budget=Budget(cpu_seconds=1)) as pool:
        for _ in range(4):
            with pytest.raises(Corrupt) as caught:
                take(pool, TRIGGER)
            seen.add(caught.value.message)
    assert len(seen) == 1


def test_child__may_be_idle_for_longer_than_a_picture_may_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = set()
    code = "raise Corrupt(str(os.getpid()))"
    with sabotaged(monkeypatch, code, budget=Budget(wall_seconds=2)) as pool:
        for pause in (2.5, 0):
            with pytest.raises(Corrupt) as caught:
                take(pool, TRIGGER)
            seen.add(caught.value.message)
            time.sleep(pause)
    assert len(seen) == 1
