"""Decode an original once and make all its renditions from it."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Final

from PIL import Image

from gallery.imaging import decode
from gallery.imaging.encode import OutputFormat, encode
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.frames import Frame, base_frame
from gallery.imaging.geometry import Box, Size, crop, crop_box, fit
from gallery.imaging.headers import read_bytes
from gallery.imaging.limits import Limits

MAX_SIDE: Final = 16_383  # WebP's
_SIDES: Final = range(1, MAX_SIDE + 1)
_QUALITIES: Final = range(1, 101)
# A picture made from one that is hardly larger is resampled twice for nothing and goes soft.
_MIN_STEP: Final = 1.25


class Operation(StrEnum):
    """How a picture meets its box: `crop` fills it around the focal point, `fit` stays inside."""

    crop = "crop"
    fit = "fit"


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """One wanted rendition: a box in pixels (1..16383), a format and its quality (1..100).

    The focal point is on the upright picture and matters to crops only. Raises ValueError.
    """

    operation: Operation
    width: int
    height: int
    format: OutputFormat
    quality: int
    focal_point: FocalPoint = FocalPoint.CENTER

    def __post_init__(self) -> None:
        if self.width not in _SIDES or self.height not in _SIDES:
            raise ValueError(f"A rendition is 1 to {MAX_SIDE} pixels wide and high.")
        if self.quality not in _QUALITIES:
            raise ValueError("A quality is a number from 1 to 100.")


@dataclass(frozen=True, slots=True)
class Rendered:
    """One finished rendition: the file, and its own width and height in pixels."""

    data: bytes
    width: int
    height: int
    content_type: str


@dataclass(frozen=True, slots=True)
class _Plan:
    """A request in numbers: which region of the upright original, and how large it comes out.

    `frame` is the size of the whole picture on the scale at which the region has that size.
    """

    request: RenderRequest
    region: Box
    size: Size
    frame: Size

    def is_whole(self, original: Size) -> bool:
        return self.region.size == original


def render(
    source: BinaryIO,
    requests: Sequence[RenderRequest],
    *,
    limits: Limits,
    company: Sequence[RenderRequest] = (),
) -> list[Rendered]:
    """Return the renditions of the picture in `source`, in the order of `requests`.

    `source` is a seekable file, read from its start, opened and decoded once. Renditions are
    upright sRGB without metadata, never larger than the original has pixels for, of the first
    frame of an animation, and the same bytes for the same input and the same `company`: the others
    that it is a set with, since a small picture is made from a larger one.
    Raises TooLarge, UnsupportedFormat, TooManyPixels, TooManyFrames or Corrupt.
    """
    if not requests:
        return []
    data = read_bytes(source, limits=limits)
    everything = (*company, *requests)
    decoded = decode.open_image(
        data, limits=limits, wanted=lambda original: largest_frame(original, everything)
    )
    base = base_frame(decoded, largest_frame(decoded.original, everything))
    return renditions_of(base, decoded.original, requests, company=company)


def largest_frame(original: Size, requests: Sequence[RenderRequest]) -> Size:
    """Return how large the whole upright picture must be for `requests`, one at least."""
    return _plans(original, requests)[0].frame


def renditions_of(
    base: Frame,
    original: Size,
    requests: Sequence[RenderRequest],
    *,
    company: Sequence[RenderRequest] = (),
) -> list[Rendered]:
    """Return the renditions of a base picture that is large enough for all, as `render` does."""
    plans = _plans(original, (*company, *requests))
    wanted = set(requests)
    finished: dict[RenderRequest, Future[bytes] | bytes] = {}
    frames = [base]
    largest: Image.Image | None = None
    # Pillow lets go of the interpreter while it encodes: the largest picture is written on a
    # second thread while the smaller ones are made and written on this one.
    with ThreadPoolExecutor(max_workers=1) as second:
        for plan in plans:
            request = plan.request
            if request not in wanted and not plan.is_whole(original):
                continue  # nothing is made from what was cut out
            image = _picture(plan, frames, original)
            if request not in wanted:
                continue
            # Pillow keeps the options on the picture that it writes: one thread for each.
            if image is largest or (not finished and len(wanted) > 1):
                largest = image
                finished[request] = second.submit(encode, image, request.format, request.quality)
            else:
                finished[request] = encode(image, request.format, request.quality)
    sizes = {plan.request: plan.size for plan in plans}
    return [_rendered(request, sizes[request], finished[request]) for request in requests]


def _plans(original: Size, requests: Sequence[RenderRequest]) -> list[_Plan]:
    """Return what to make, each different request once, from the largest scale to the smallest."""
    plans = [_plan(original, request) for request in dict.fromkeys(requests)]
    return sorted(plans, key=lambda plan: plan.frame.pixels, reverse=True)


def _plan(original: Size, request: RenderRequest) -> _Plan:
    box = Size(request.width, request.height)
    if request.operation is Operation.fit:
        size = fit(original, box)
        return _Plan(request, Box(0, 0, original.width, original.height), size, size)
    region = crop_box(original, box, request.focal_point)
    size = crop(original, box)
    frame = Size(
        min(original.width, -(-original.width * size.width // region.size.width)),
        min(original.height, -(-original.height * size.height // region.size.height)),
    )
    return _Plan(request, region, size, frame)


def _picture(plan: _Plan, frames: list[Frame], original: Size) -> Image.Image:
    """Make one picture from the smallest whole one that has enough pixels for it.

    Whole pictures join `frames`, large to small, for those that follow.
    """
    large_enough = (frame for frame in reversed(frames) if _can_make(frame.size, plan.frame))
    source = next(large_enough, frames[0])
    if not plan.is_whole(original):
        return _cut(plan, source.image, original)
    if source.size != plan.size:
        source = source.resized(plan.size)
        frames.append(source)
    return source.image


def _can_make(source: Size, wanted: Size) -> bool:
    return source == wanted or (
        source.width >= wanted.width * _MIN_STEP and source.height >= wanted.height * _MIN_STEP
    )


def _cut(plan: _Plan, source: Image.Image, original: Size) -> Image.Image:
    across, down = source.width / original.width, source.height / original.height
    region, size = plan.region, plan.size
    left, right = region.left * across, region.right * across
    top, bottom = region.top * down, region.bottom * down
    if abs(right - left - size.width) < 1 and abs(bottom - top - size.height) < 1:
        # Already to scale: cut whole pixels instead of blurring by a fraction of one.
        x = min(round(left), source.width - size.width)
        y = min(round(top), source.height - size.height)
        return source.crop((x, y, x + size.width, y + size.height))
    box = (left, top, min(right, source.width), min(bottom, source.height))
    return source.resize((plan.size.width, plan.size.height), Image.Resampling.LANCZOS, box=box)


def _rendered(request: RenderRequest, size: Size, finished: Future[bytes] | bytes) -> Rendered:
    data = finished if isinstance(finished, bytes) else finished.result()
    return Rendered(data, size.width, size.height, request.format.content_type)


__all__ = [
    "FocalPoint",
    "Limits",
    "Operation",
    "OutputFormat",
    "RenderRequest",
    "Rendered",
    "render",
]
