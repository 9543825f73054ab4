"""Measure how many requests for one file a second are answered: `python -m benchmarks.serving`.

All on this machine in one run, round by round: gunicorn with Django's FileResponse, this project on
granian (whole files, and 304s), and with the shipped nginx.conf in front. It needs `wrk` and
`nginx`, which are Debian's packages of these names.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import CannotInstall, set_up
from benchmarks.machine import processor
from benchmarks.paths import HERE, ROOT, environment_folder
from tests.nginx.server import free_port, nginx, shipped, wait_for

SIZE = 40 * 1024
WORKERS = "2"
ROUNDS, SECONDS, CONNECTIONS = 5, 3, 16
PROMISE = 3.0
BASELINE, OURS = "gunicorn, FileResponse", "this project on granian"

# A public file in the ledger and on the disk; prints its path and its ETag.
PREPARE = f"""
import hashlib, os, pathlib, django
django.setup()
from django.conf import settings
from django.core.management import call_command
call_command("migrate", verbosity=0)
from gallery.models import MediaFile
key, content = "images/2026/11/26/picture_md.webp", os.urandom({SIZE})
path = pathlib.Path(settings.MEDIA_ROOT) / key
path.parent.mkdir(parents=True)
path.write_bytes(content)
digest = hashlib.sha256(content).hexdigest()
MediaFile.objects.create(key=key, state="live", source="gallery.image.file", object_id="1",
    visibility="public", content_type="image/webp", width=1024, height=768, size=len(content),
    sha256=digest)
print(f"/media/{{key}} {{digest}}")
"""


@dataclass(frozen=True)
class Contestant:
    """Somebody who answers at a port, and what is asked of them."""

    name: str
    port: int
    header: str = ""


def main() -> int:
    """Measure, tell, and return whether the promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how many ({ROUNDS})")
    rounds = parser.parse_args().rounds
    try:
        set_up(["gunicorn"])
    except CannotInstall as error:
        print(error, file=sys.stderr)
        return 1
    with ExitStack() as running, tempfile.TemporaryDirectory() as folder:
        path, contestants = start(Path(folder), running)
        rates: dict[str, list[float]] = {each.name: [] for each in contestants}
        for _ in range(rounds):
            for each in contestants:
                rates[each.name].append(requests_per_second(each, path))
    ratios = {name: ratio(found, rates[BASELINE]) for name, found in rates.items()}
    print(
        f"{processor()}; {SIZE // 1024} KB, {CONNECTIONS} connections,"
        f" {rounds} rounds of {SECONDS} s"
    )
    for name, value in ratios.items():
        print(f"{name:42}{value:6.2f} ×{max(rates[name]):10.0f}/s at best")
    return 0 if ratios[OURS] >= PROMISE else 1


def start(folder: Path, running: ExitStack) -> tuple[str, list[Contestant]]:
    """Start everybody; return the path of the file, and who answers."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "settings.local",
        "DEBUG": "false",
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "MEDIA_ROOT": str(folder / "media"),
        "LOG_LEVEL": "ERROR",
        "PYTHONPATH": str(ROOT),
    }
    prepared = subprocess.run(
        [sys.executable, "-c", PREPARE],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    path, digest = prepared.stdout.split()
    gunicorn, bare, ours, accelerated = (free_port() for _ in range(4))
    programs = {
        gunicorn: file_response(gunicorn),
        bare: file_response(bare),
        ours: granian(ours),
        accelerated: granian(accelerated),
    }
    for port, command in programs.items():
        delivery = "accelerate" if port == accelerated else "stream"
        own = {"MEDIA_DELIVERY": delivery, "WITH_MIDDLEWARE": "0" if port == bare else "1"}
        running.enter_context(program(command, {**environment, **own}))
        wait_for(port)
    in_front = {name: free_port() for name in ("cache", "accelerate")}
    for name, port in in_front.items():
        behind = ours if name == "cache" else accelerated
        configuration = nginx_in_front(folder, port, behind, uses_cache=name == "cache")
        running.enter_context(nginx(folder / f"nginx-{name}", configuration))
        wait_for(port)
    return path, [
        Contestant(BASELINE, gunicorn),
        Contestant("gunicorn, FileResponse, no middleware", bare),
        Contestant(OURS, ours),
        Contestant("the same, 304 Not Modified", ours, f'If-None-Match: "{digest}"'),
        Contestant("nginx in front, accelerate", in_front["accelerate"]),
        Contestant("nginx in front, from its cache", in_front["cache"]),
    ]


def file_response(port: int) -> list[object]:
    """Return how most projects are served."""
    return [
        *(environment_folder("gunicorn") / "bin" / "gunicorn", "--workers", WORKERS),
        *("--bind", f"127.0.0.1:{port}", "--chdir", HERE / "workers"),
        *("--log-level", "error", "file_response:application"),
    ]


def granian(port: int) -> list[object]:
    """Return how the site is served, as docs/operations.md tells."""
    return [
        *(Path(sys.executable).with_name("granian"), "--interface", "wsgi", "--workers", WORKERS),
        *("--host", "127.0.0.1", "--port", str(port), "--no-ws", "--log-level", "error"),
        "settings.wsgi:application",
    ]


def nginx_in_front(folder: Path, port: int, behind: int, *, uses_cache: bool) -> str:
    """Return the shipped configuration with what operators change."""
    cache = "proxy_cache $gallery_cache;" if uses_cache else "proxy_cache off;"
    return shipped(
        "nginx.conf",
        {
            "127.0.0.1:8000": f"127.0.0.1:{behind}",
            "listen 80;": f"listen 127.0.0.1:{port};",
            "/srv/gallery/media/": f"{folder}/media/",
            "/var/cache/nginx/gallery": f"{folder}/cache-{port}",
            "proxy_cache $gallery_cache;": cache,
        },
    )


@contextmanager
def program(command: list[object], environment: dict[str, str]) -> Iterator[None]:
    """Run a program for as long as it is needed."""
    process = subprocess.Popen([str(part) for part in command], env=environment, cwd=ROOT)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def requests_per_second(contestant: Contestant, path: str) -> float:
    """Return what wrk counted; every answer was one that was asked for."""
    header = ["--header", contestant.header] if contestant.header else []
    url = f"http://127.0.0.1:{contestant.port}{path}"
    options = ["--threads", "2", "--connections", str(CONNECTIONS), "--duration", f"{SECONDS}s"]
    said = subprocess.run(
        ["wrk", *options, *header, url],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx or 3xx" in said:
        raise RuntimeError(f"{contestant.name} answered with errors:\n{said}")
    found = re.search(r"Requests/sec:\s*([\d.]+)", said)
    if found is None:
        raise RuntimeError(said)
    return float(found[1])


def ratio(rates: list[float], others: list[float]) -> float:
    """Return the geometric mean of the ratios, round by round."""
    logarithms = [math.log(a / b) for a, b in zip(rates, others, strict=True)]
    return math.exp(sum(logarithms) / len(logarithms))


if __name__ == "__main__":
    sys.exit(main())
