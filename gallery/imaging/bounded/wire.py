"""What travels between a process that wants pictures and the child that decodes them.

A message is a JSON object and some parts of bytes. Nothing is ever unpickled: a child has looked at
what strangers sent, and what it answers is data, not code.
"""

import json
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
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
            lengths = [int(size) for size in message["parts"]]
            if min(lengths, default=0) < 0 or sum(lengths) > _MAX_PARTS:
                raise Closed
            return message, [self._read(size, deadline) for size in lengths]
        except (ConnectionError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise Closed from error

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


@dataclass(frozen=True, slots=True)
class Job:
    """What is wanted of one file: its renditions and, for an upload, its facts."""

    requests: Sequence[RenderRequest]
    company: Sequence[RenderRequest]
    limits: Limits
    is_upload: bool
    cpu_seconds: int
    engine: str

    def to_message(self) -> Message:
        """Return this as JSON."""
        limits = {**asdict(self.limits), "formats": sorted(self.limits.formats)}
        return {
            "requests": [_request_to_json(request) for request in self.requests],
            "company": [_request_to_json(request) for request in self.company],
            "limits": limits,
            "is_upload": self.is_upload,
            "cpu_seconds": self.cpu_seconds,
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
            is_upload=message["is_upload"],
            cpu_seconds=message["cpu_seconds"],
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


def facts_from_json(message: Message) -> ImageFacts:
    """Read what `facts_to_json` wrote. Raises Closed for what it would not write."""
    try:
        numbers = ("width", "height", "orientation", "frames", "size")
        return ImageFacts(
            format=ACCEPTED[message["format"]],
            has_alpha=bool(message["has_alpha"]),
            placeholder=Placeholder(
                str(message["placeholder"]["color"]), str(message["placeholder"]["thumbhash"])
            ),
            **{name: int(message[name]) for name in numbers},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Closed from error


def rendered_from_json(
    sizes: Sequence[Sequence[int]], requests: Sequence[RenderRequest], files: Sequence[bytes]
) -> list[Rendered]:
    """Put renditions together: `sizes` as the child tells them. Raises Closed for nonsense."""
    try:
        return [
            Rendered(data, int(width), int(height), request.format.content_type)
            for (width, height), request, data in zip(sizes, requests, files, strict=True)
        ]
    except (TypeError, ValueError) as error:
        raise Closed from error


def refusal_to_json(error: GalleryError) -> Message:
    """Return a refusal as JSON."""
    return {"code": error.code, "message": error.message, "context": error.context}


def refusal_from_json(message: Message) -> ImageRejected:
    """Return the refusal that a child tells of. Raises Closed for one that we do not know."""
    known = {kind.code: kind for kind in _kinds(ImageRejected)}
    try:
        context = {str(name): int(value) for name, value in message["context"].items()}
        return known[message["code"]](str(message["message"]), **context)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Closed from error


def _kinds(base: type[ImageRejected]) -> list[type[ImageRejected]]:
    return [base, *(kind for child in base.__subclasses__() for kind in _kinds(child))]
