"""What runs inside a child: take a job, do it within its limits, answer, until nobody asks."""

import resource
import socket
import sys
from contextlib import suppress
from io import BytesIO
from typing import Final

from gallery.exceptions import ImageRejected, OverBudget
from gallery.imaging import engines
from gallery.imaging.bounded.wire import (
    Channel,
    Closed,
    Job,
    Message,
    facts_to_json,
    refusal_to_json,
)
from gallery.imaging.intake import take_in
from gallery.imaging.render import render

# The socket, the libraries that are loaded when the first HEIC comes, and some to spare.
_MAX_OPEN_FILES: Final = 64


def main() -> None:
    """Serve the socket that is standard input, with as much memory as the first argument says."""
    _confine(memory=int(sys.argv[1]))
    channel = Channel(socket.socket(fileno=0))
    with suppress(Closed, KeyboardInterrupt):
        while True:
            message, (data,) = channel.receive(deadline=None)
            channel.send(*_answer(Job.from_message(message), data), deadline=None)


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
    try:
        return _work(job, data)
    except ImageRejected as error:
        return {"refusal": refusal_to_json(error)}, []
    except MemoryError:
        return {"refusal": refusal_to_json(OverBudget())}, []


def _work(job: Job, data: bytes) -> tuple[Message, list[bytes]]:
    engines.use(job.engine)
    source = BytesIO(data)
    if not job.is_upload:
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
