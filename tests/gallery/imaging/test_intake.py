"""Taking in is probing, stripping and rendering at once, and the same in a child as here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import pillow_heif
import pytest
from PIL import Image

from gallery.exceptions import (
    Corrupt,
    ImageRejected,
    TooLarge,
    TooManyFrames,
    TooManyPixels,
    UnsupportedFormat,
)
from gallery.imaging.bounded import Budget, DecoderPool
from gallery.imaging.encode import encode
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.formats import ACCEPTED
from gallery.imaging.intake import TakenIn, take_in
from gallery.imaging.limits import Limits
from gallery.imaging.metadata import strip
from gallery.imaging.probe import probe
from gallery.imaging.render import Operation, OutputFormat, RenderRequest, render
from tests.gallery.imaging.pictures import (
    CORNERS,
    animation,
    corners,
    exif,
    file_of,
    gif,
    is_near,
    opened,
    png,
    quadrants,
    srgb_profile,
    stored_as,
    swapped_profile,
)

LIMITS = Limits()
# Two of them are the same picture, written in two formats.
REQUESTS = [
    RenderRequest(Operation.crop, 40, 40, OutputFormat.webp, 65, FocalPoint(20, 80)),
    RenderRequest(Operation.fit, 90, 90, OutputFormat.webp, 80),
    RenderRequest(Operation.fit, 50, 50, OutputFormat.avif, 70),
    RenderRequest(Operation.fit, 90, 90, OutputFormat.jpeg, 80),
    RenderRequest(Operation.crop, 16, 9, OutputFormat.jpeg, 90),
]
UPRIGHT = quadrants(240, 160)


def _turned(image_format: str, orientation: int) -> bytes:
    picture = stored_as(UPRIGHT, orientation)
    told = exif(orientation).tobytes()
    if image_format != "HEIF":
        return file_of(picture, image_format, exif=told, quality=95)
    buffer = BytesIO()
    heif = pillow_heif.from_pillow(picture)
    heif.save(buffer, quality=95, exif=told)
    return buffer.getvalue()


PICTURES = {
    **{
        f"{image_format} {orientation}": _turned(image_format, orientation)
        for image_format in ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")
        for orientation in range(1, 9)
    },
    "GIF": file_of(UPRIGHT.convert("P"), "GIF"),
    "animated GIF": animation("GIF"),
    "animated WebP": animation("WEBP"),
    "animated PNG": animation("PNG"),
    "progressive JPEG": file_of(UPRIGHT, "JPEG", progressive=True),
    "grey JPEG": file_of(UPRIGHT.convert("L"), "JPEG"),
    "CMYK JPEG": file_of(UPRIGHT.convert("CMYK"), "JPEG"),
    "large JPEG": file_of(quadrants(1_601, 1_203), "JPEG", quality=95),
    "PNG with alpha": file_of(
        Image.merge("RGBA", (*UPRIGHT.split(), UPRIGHT.getchannel(0))), "PNG"
    ),
    "PNG with palette": file_of(UPRIGHT.convert("P"), "PNG"),
    "JPEG with a profile": file_of(UPRIGHT, "JPEG", icc_profile=swapped_profile()),
    "PNG with a profile": file_of(UPRIGHT, "PNG", icc_profile=srgb_profile()),
    "one pixel": png(1, 1),
    "a line": png(900, 1, depth=8, kind=2),
}
BAD = {
    "text": (b"text", UnsupportedFormat),
    "nothing": (b"", UnsupportedFormat),
    "half a PNG": (PICTURES["PNG 1"][:200], Corrupt),
    "half a JPEG": (PICTURES["large JPEG"][:6_000], Corrupt),
    "too many bytes": (PICTURES["large JPEG"], TooLarge),
    "too many pixels": (file_of(quadrants(500, 500), "PNG"), TooManyPixels),
    "too many frames": (gif(20), TooManyFrames),
}
SMALL = Limits(max_bytes=10_000, max_pixels=100_000, max_frames=9)


@pytest.fixture
def pool(engine: str) -> Iterator[DecoderPool]:
    children = DecoderPool(size=1, budget=Budget(), engine=engine)
    yield children
    children.close()


def _here(data: bytes, limits: Limits = LIMITS) -> TakenIn:
    return take_in(BytesIO(data), REQUESTS, limits=limits)


def test_pictures__are_of_every_accepted_format() -> None:
    found = {probe(BytesIO(data), limits=LIMITS).format.name for data in PICTURES.values()}
    assert found == set(ACCEPTED)


def test_taking_in__in_a_child_is_the_same_to_the_byte(pool: DecoderPool) -> None:
    for name, data in PICTURES.items():
        assert pool.take_in(data, REQUESTS, limits=LIMITS) == _here(data), name
        assert pool.take_in(data, [], limits=LIMITS) == take_in(BytesIO(data), [], limits=LIMITS)


def test_rendering__in_a_child_is_the_same_to_the_byte(pool: DecoderPool) -> None:
    for name, data in PICTURES.items():
        assert pool.render(data, REQUESTS, limits=LIMITS) == render(
            BytesIO(data), REQUESTS, limits=LIMITS
        ), name
        some, others = REQUESTS[:1], REQUESTS[1:]
        assert pool.render(data, some, limits=LIMITS, company=others) == render(
            BytesIO(data), some, limits=LIMITS, company=others
        ), name
    assert pool.render(b"no picture", [], limits=LIMITS) == []


@pytest.mark.parametrize("name", BAD)
def test_refusal__in_a_child_is_the_same(pool: DecoderPool, name: str) -> None:
    data, kind = BAD[name]
    with pytest.raises(kind) as here:
        _here(data, SMALL)
    with pytest.raises(kind) as there:
        pool.take_in(data, REQUESTS, limits=SMALL)
    with pytest.raises(kind) as rendering:
        pool.render(data, REQUESTS, limits=SMALL)
    wanted = _told(here.value)
    assert _told(there.value) == wanted
    assert _told(rendering.value) == wanted


def _told(error: ImageRejected) -> tuple[object, ...]:
    return type(error), error.code, error.message, error.context


@pytest.mark.parametrize("name", PICTURES)
def test_facts__are_those_of_probing(name: str) -> None:
    data = PICTURES[name]
    wanted, facts = probe(BytesIO(data), limits=LIMITS), _here(data).facts
    assert replace(facts, placeholder=wanted.placeholder) == wanted
    assert is_near(_rgb(facts.placeholder.color), _rgb(wanted.placeholder.color), within=2)
    assert len(facts.placeholder.thumbhash) == len(wanted.placeholder.thumbhash)


def _rgb(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color.removeprefix("#")))


@pytest.mark.parametrize("name", PICTURES)
def test_file__is_the_stripped_one__and_renditions_are_those_of_rendering(name: str) -> None:
    data = PICTURES[name]
    taken = _here(data)
    assert taken.file == strip(data, taken.facts.format)
    assert [(each.width, each.height) for each in taken.renditions] == [
        (each.width, each.height) for each in render(BytesIO(data), REQUESTS, limits=LIMITS)
    ]
    assert taken.renditions == render(BytesIO(taken.file), REQUESTS, limits=LIMITS)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_renditions__are_upright(pool: DecoderPool, image_format: str, orientation: int) -> None:
    taken = pool.take_in(PICTURES[f"{image_format} {orientation}"], REQUESTS, limits=LIMITS)
    assert (taken.facts.width, taken.facts.height) == UPRIGHT.size
    for rendered in taken.renditions[1:4]:
        for colour, wanted in zip(corners(opened(rendered.data)), CORNERS, strict=True):
            assert is_near(colour, wanted, within=30)


def test_picture__that_is_several_renditions__is_written_by_one_thread_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    being_written: list[Image.Image] = []
    crossings = []

    def slowly(image: Image.Image, output_format: OutputFormat, quality: int) -> bytes:
        crossings.append(any(image is other for other in being_written))
        being_written.append(image)
        time.sleep(0.05)
        data = encode(image, output_format, quality)
        being_written.remove(image)
        return data

    monkeypatch.setattr("gallery.imaging.render.encode", slowly)
    sides = {640: 80, 1024: 85, 2048: 90}
    requests = [
        RenderRequest(Operation.fit, side, side, OutputFormat.webp, quality)
        for side, quality in sides.items()
    ]
    taken = take_in(BytesIO(PICTURES["PNG 1"]), requests, limits=LIMITS)
    assert len({each.data for each in taken.renditions}) == len(sides)
    assert crossings == [False] * len(sides)
