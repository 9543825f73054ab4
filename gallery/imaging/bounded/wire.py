"""What travels between a process that wants pictures and the child that decodes them.

A message is a JSON object and some parts of bytes. Nothing is ever unpickled: a child has looked at
what strangers sent, and what it answers is data, not code.
"""

import json
import re
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Final, Self

from gallery.exceptions import GalleryError, ImageRejected
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.formats import ACCEPTED
from gallery.imaging.limits import Limits
from gallery.imaging.placeholder import Placeholder
from gallery.imaging.probe import ImageFacts
from gallery.imaging.render import Operation, OutputFormat, Rendered, RenderRequest

_LENGTH: Final = struct.Struct("!I")
_MAX_HEADER: Final = 1024 * 1024
# Far above the original with all its renditions, far below what a server has for many at once.
_MAX_PARTS: Final = 256 * 1024 * 1024
_MAX_NUMBER: Final = 2**31 - 1  # what a column of the database holds
_MAX_CLAIM: Final = 2**64 - 1  # what a header may say of a picture that is refused
_COLOR: Final = re.compile(r"#[0-9a-f]{6}")
_THUMBHASH: Final = re.compile(r"[A-Za-z0-9+/]{4,60}={0,2}")
# What reading an answer may raise when it is not as we would write it.
_NONSENSE: Final = (TypeError, ValueError, LookupError, AttributeError, RecursionError)

# The numbers behind a refusal: its own, and those of `Limits`.
_CLAIMS: Final = {"width", "height", *(limit.name for limit in fields(Limits))}

Message = dict[str, Any]


class Closed(Exception):
    """The other side is gone, or talks nonsense."""


class Channel:
    """One end of a socket, with a deadline on everything that is said."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def send(self, message: Message, parts: Sequence[bytes], *, deadline: float | None) -> None:
        """Send a message and its parts; `deadline` is a `time.monotonic()`, None for ever.

        Raises TimeoutError or Closed.
        """
        header = json.dumps({**message, "parts": [len(part) for part in parts]}).encode()
        try:
            for data in (_LENGTH.pack(len(header)) + header, *parts):
                self._await(deadline)
                self._socket.sendall(data)
        except (BrokenPipeError, ConnectionError) as error:
            raise Closed from error

    def receive(self, *, deadline: float | None) -> tuple[Message, list[bytes]]:
        """Return the next message and its parts. Raises TimeoutError or Closed."""
        try:
            (length,) = _LENGTH.unpack(self._read(_LENGTH.size, deadline))
            if length > _MAX_HEADER:
                raise Closed
            message = json.loads(self._read(length, deadline))
            lengths = [_number(size, least=0) for size in message["parts"]]
            if sum(lengths) > _MAX_PARTS:
                raise Closed
            return message, [self._read(size, deadline) for size in lengths]
        except (ConnectionError, *_NONSENSE) as error:
            raise Closed from error

    @property
    def is_quiet(self) -> bool:
        """Whether the other side is there and says nothing; does not wait."""
        self._socket.settimeout(0)
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _read(self, size: int, deadline: float | None) -> bytes:
        data = bytearray(size)
        view, filled = memoryview(data), 0
        while filled < size:
            self._await(deadline)
            received = self._socket.recv_into(view[filled:])
            if not received:
                raise Closed
            filled += received
        return bytes(data)

    def _await(self, deadline: float | None) -> None:
        """Let the next call on the socket take what is left of the time."""
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)


class Task(StrEnum):
    """What a child can do with a file."""

    take_in = "take_in"
    render = "render"
    suggest = "suggest"


@dataclass(frozen=True, slots=True)
class Job:
    """What is wanted of one file: its renditions and, for an upload, its facts; or a suggestion."""

    requests: Sequence[RenderRequest]
    company: Sequence[RenderRequest]
    limits: Limits
    task: Task
    cpu_seconds: int
    wall_seconds: int
    engine: str

    def to_message(self) -> Message:
        """Return this as JSON."""
        limits = {**asdict(self.limits), "formats": sorted(self.limits.formats)}
        return {
            "requests": [_request_to_json(request) for request in self.requests],
            "company": [_request_to_json(request) for request in self.company],
            "limits": limits,
            "task": self.task,
            "cpu_seconds": self.cpu_seconds,
            "wall_seconds": self.wall_seconds,
            "engine": self.engine,
        }

    @classmethod
    def from_message(cls, message: Message) -> Self:
        """Read what `to_message` wrote."""
        limits = {**message["limits"], "formats": frozenset(message["limits"]["formats"])}
        return cls(
            requests=[_request_from_json(request) for request in message["requests"]],
            company=[_request_from_json(request) for request in message["company"]],
            limits=Limits(**limits),
            task=Task(message["task"]),
            cpu_seconds=message["cpu_seconds"],
            wall_seconds=message["wall_seconds"],
            engine=message["engine"],
        )


def _request_to_json(request: RenderRequest) -> Message:
    point = request.focal_point
    return {**asdict(request), "focal_point": [point.x, point.y]}


def _request_from_json(message: Message) -> RenderRequest:
    operation, output = Operation(message["operation"]), OutputFormat(message["format"])
    point = FocalPoint(*message["focal_point"])
    changed = {"operation": operation, "format": output, "focal_point": point}
    return RenderRequest(**{**message, **changed})


def facts_to_json(facts: ImageFacts) -> Message:
    """Return facts as JSON."""
    simple = {field.name: getattr(facts, field.name) for field in fields(facts)}
    return {**simple, "format": facts.format.name, "placeholder": asdict(facts.placeholder)}


def facts_from_json(message: Any) -> ImageFacts:
    """Read what `facts_to_json` wrote. Raises Closed for what it would not write."""
    try:
        numbers = ("width", "height", "orientation", "frames", "size")
        placeholder = Placeholder(**message["placeholder"])
        if not _COLOR.fullmatch(placeholder.color):
            raise Closed
        if not _THUMBHASH.fullmatch(placeholder.thumbhash):
            raise Closed
        return ImageFacts(
            format=ACCEPTED[message["format"]],
            has_alpha=bool(message["has_alpha"]),
            placeholder=placeholder,
            **{name: _number(message[name]) for name in numbers},
        )
    except _NONSENSE as error:
        raise Closed from error


def rendered_from_json(
    sizes: Any, requests: Sequence[RenderRequest], files: Sequence[bytes]
) -> list[Rendered]:
    """Put renditions together: `sizes` as the child tells them. Raises Closed for nonsense."""
    try:
        return [
            Rendered(data, _number(width), _number(height), request.format.content_type)
            for (width, height), request, data in zip(sizes, requests, files, strict=True)
        ]
    except _NONSENSE as error:
        raise Closed from error


def focal_point_from_json(message: Any) -> FocalPoint:
    """Read the two percents of a suggestion. Raises Closed for nonsense."""
    try:
        x, y = message
    except _NONSENSE as error:
        raise Closed from error
    return FocalPoint(_number(x, least=0, most=100), _number(y, least=0, most=100))


def refusal_to_json(error: GalleryError) -> Message:
    """Return a refusal as JSON."""
    return {"code": error.code, "message": error.message, "context": error.context}


def refusal_from_json(message: Any) -> ImageRejected:
    """Return the refusal that a child tells of. Raises Closed for one that we do not know."""
    known = {kind.code: kind for kind in _kinds(ImageRejected)}
    try:
        context = {
            name: _number(value, least=0, most=_MAX_CLAIM)
            for name, value in message["context"].items()
        }
        if not context.keys() <= _CLAIMS:
            raise Closed
        return known[message["code"]](str(message["message"]), **context)
    except _NONSENSE as error:
        raise Closed from error


def _number(value: object, *, least: int = 1, most: int = _MAX_NUMBER) -> int:
    """Return a whole number of the size that pictures come in. Raises Closed for all else."""
    if not isinstance(value, int) or not least <= value <= most:
        raise Closed
    return value


def _kinds(base: type[ImageRejected]) -> list[type[ImageRejected]]:
    return [base, *(kind for child in base.__subclasses__() for kind in _kinds(child))]
