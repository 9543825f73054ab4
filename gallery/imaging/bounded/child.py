"""What runs inside a child: take a job, do it within its limits, answer, until nobody asks."""

import resource
import signal
import socket
import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image

from gallery.exceptions import ImageRejected, OverBudget
from gallery.imaging import engines
from gallery.imaging.bounded.wire import (
    Channel,
    Closed,
    Job,
    Message,
    Task,
    facts_to_json,
    refusal_to_json,
)
from gallery.imaging.intake import take_in
from gallery.imaging.render import render
from gallery.imaging.suggest import suggest

# Half of what a child has by default. A WebP of 49 million pixels takes nearly all of it.
_MUCH: Final = 512 * 1024 * 1024
# The socket, the libraries that are loaded when the first HEIC comes, and some to spare.
_MAX_OPEN_FILES: Final = 64


def main() -> None:
    """Serve the socket that is standard input, with as much memory as the first argument says."""
    _confine(memory=int(sys.argv[1]))
    # Ours are checked by the header, and are higher for a JPEG that is read in a coarser scale.
    Image.MAX_IMAGE_PIXELS = None
    channel = Channel(socket.socket(fileno=0))
    with suppress(Closed, KeyboardInterrupt):
        while True:
            message, (data,) = channel.receive(deadline=None)
            answer, parts = _answer(Job.from_message(message), data)
            channel.send({**answer, "is_spent": _is_spent()}, parts, deadline=None)


def _confine(*, memory: int) -> None:
    """Give up what decoding has no need of, before the first stranger's byte arrives."""
    # macOS knows the limit and does not take it.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MAX_OPEN_FILES, _MAX_OPEN_FILES))
    for nothing in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(nothing, (0, 0))


def _answer(job: Job, data: bytes) -> tuple[Message, list[bytes]]:
    _allow_cpu(job.cpu_seconds)
    signal.alarm(job.wall_seconds)  # for the case that nobody is there to end this process
    try:
        return _work(job, data)
    except ImageRejected as error:
        # What `decode` takes for a picture that is too large may be one that this child is too
        # small for.
        refusal = OverBudget() if isinstance(error.__cause__, MemoryError) else error
        return {"refusal": refusal_to_json(refusal)}, []
    except MemoryError:
        return {"refusal": refusal_to_json(OverBudget())}, []
    finally:
        signal.alarm(0)


def _is_spent() -> bool:
    """Tell whether a large picture has left memory behind that the next one may be short of."""
    try:
        # Not from `getrusage`, which counts what the parent had when this process was started.
        status = Path("/proc/self/status").read_text()
    except OSError:
        return False
    peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
    return int(peak) * 1024 > _MUCH


def _work(job: Job, data: bytes) -> tuple[Message, list[bytes]]:
    engines.use(job.engine)
    source = BytesIO(data)
    if job.task is Task.suggest:
        point = suggest(source, limits=job.limits)
        return {"focal_point": [point.x, point.y]}, []
    if job.task is Task.render:
        made = render(source, job.requests, limits=job.limits, company=job.company)
        return {"sizes": [(each.width, each.height) for each in made]}, [one.data for one in made]
    taken = take_in(source, job.requests, limits=job.limits)
    sizes = [(each.width, each.height) for each in taken.renditions]
    message: Message = {"facts": facts_to_json(taken.facts), "sizes": sizes}
    return message, [taken.file, *(each.data for each in taken.renditions)]


def _allow_cpu(seconds: int) -> None:
    """Let this job have so many seconds from now on; the kernel ends the process after them."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(
        resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, hard)
    )
