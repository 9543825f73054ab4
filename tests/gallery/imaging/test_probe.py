"""Probing: true facts about good files, one kind of error for the rest, and no work for bombs."""

import hashlib
import struct
import subprocess
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from gallery.exceptions import (
    Corrupt,
    TooLarge,
    TooManyFrames,
    TooManyPixels,
    UnsupportedFormat,
)
from gallery.imaging.limits import Limits
from gallery.imaging.probe import ImageFacts, digest, probe
from tests.gallery.imaging.pictures import (
    RED,
    animation,
    exif,
    file_of,
    gif,
    noise,
    png,
    quadrants,
    stored_as,
)

LIMITS = Limits()


def facts_of(data: bytes, limits: Limits = LIMITS) -> ImageFacts:
    return probe(BytesIO(data), limits=limits)


@pytest.mark.parametrize(
    ("image_format", "content_type", "extension"),
    [
        ("JPEG", "image/jpeg", "jpg"),
        ("PNG", "image/png", "png"),
        ("WEBP", "image/webp", "webp"),
        ("GIF", "image/gif", "gif"),
        ("AVIF", "image/avif", "avif"),
    ],
)
def test_probe__names_the_real_format(image_format: str, content_type: str, extension: str) -> None:
    data = file_of(quadrants(), image_format)
    facts = facts_of(data)
    assert (facts.format.name, facts.format.content_type) == (image_format, content_type)
    assert facts.format.extension == extension
    assert (facts.width, facts.height, facts.frames) == (120, 80, 1)
    assert (facts.is_animated, facts.has_alpha, facts.orientation) == (False, False, 1)
    assert facts.size == len(data)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_probe__measures_the_upright_picture(image_format: str, orientation: int) -> None:
    stored = stored_as(quadrants(), orientation)
    facts = facts_of(file_of(stored, image_format, exif=exif(orientation).tobytes()))
    assert (facts.width, facts.height, facts.orientation) == (120, 80, orientation)
    reference = facts_of(file_of(quadrants(), image_format)).placeholder
    assert facts.placeholder.thumbhash[:4] == reference.thumbhash[:4]


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_probe__counts_frames(image_format: str) -> None:
    facts = facts_of(animation(image_format, frames=5))
    assert facts.frames == 5
    assert facts.is_animated


def test_probe__takes_an_mpo_for_the_jpeg_it_begins_with() -> None:
    data = file_of(quadrants(), "MPO", save_all=True, append_images=[quadrants()])
    assert Image.open(BytesIO(data)).format == "MPO"
    facts = facts_of(data)
    assert facts.format.name == "JPEG"
    assert facts.frames == 1


def test_probe__reads_from_the_start__wherever_the_file_stands() -> None:
    source = BytesIO(file_of(quadrants(), "PNG"))
    source.read()
    assert probe(source, limits=LIMITS).width == 120


def test_probe__accepts_good_pictures_with_damaged_exif() -> None:
    data = file_of(quadrants(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    assert facts_of(data).orientation == 1


# Limits: a real file just inside, and one just outside


def test_bytes__one_too_many() -> None:
    data = file_of(noise(), "PNG")
    assert facts_of(data, Limits(max_bytes=len(data))).size == len(data)
    with pytest.raises(TooLarge):
        facts_of(data, Limits(max_bytes=len(data) - 1))


def test_bytes__reads_no_further_than_one_beyond() -> None:
    source = BytesIO(bytes(10_000))
    with pytest.raises(TooLarge):
        probe(source, limits=Limits(max_bytes=100))
    assert source.tell() == 101


@pytest.mark.parametrize("size", [(16_384, 1), (1, 16_384), (10_000, 5_000)])
def test_pixels__just_inside(size: tuple[int, int]) -> None:
    assert (facts_of(png(*size)).width, facts_of(png(*size)).height) == size


@pytest.mark.parametrize("size", [(16_385, 1), (1, 16_385), (10_000, 5_001), (8_192, 6_104)])
def test_pixels__just_outside(size: tuple[int, int]) -> None:
    with pytest.raises(TooManyPixels):
        facts_of(png(*size))


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_frames__inside_and_outside(image_format: str) -> None:
    data = animation(image_format, frames=6)
    assert facts_of(data, Limits(max_frames=6)).frames == 6
    with pytest.raises(TooManyFrames):
        facts_of(data, Limits(max_frames=5))


def test_frames__500_and_501() -> None:
    assert facts_of(gif(500)).frames == 500
    with pytest.raises(TooManyFrames):
        facts_of(gif(501))


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_total_pixels__inside_and_outside(image_format: str) -> None:
    data = animation(image_format, frames=4, size=(30, 20))
    assert facts_of(data, Limits(max_total_pixels=2400)).frames == 4
    with pytest.raises(TooManyFrames):
        facts_of(data, Limits(max_total_pixels=2399))


def test_formats__only_those_allowed() -> None:
    only_png = Limits(formats=frozenset({"PNG"}))
    assert facts_of(file_of(quadrants(), "PNG"), only_png).width == 120
    with pytest.raises(UnsupportedFormat):
        facts_of(file_of(quadrants(), "JPEG"), only_png)


# What is no picture, and what is a broken one

FOREIGN: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "one byte": lambda: b"\xff",
    "svg": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "html": lambda: b"<!DOCTYPE html><html><body><script>alert(1)</script>",
    "pdf": lambda: file_of(quadrants(), "PDF"),
    "eps": lambda: file_of(quadrants(), "EPS"),
    "bmp": lambda: file_of(quadrants(), "BMP"),
    "tiff": lambda: file_of(quadrants(), "TIFF"),
    "ico": lambda: file_of(quadrants(), "ICO"),
    "ppm": lambda: file_of(quadrants(), "PPM"),
    "psd": lambda: b"8BPS\x00\x01" + bytes(6) + struct.pack(">HIIHH", 3, 8, 8, 8, 3) + bytes(99),
    "zip": lambda: b"PK\x03\x04" + bytes(40),
    "php": lambda: b"<?php system('id'); ?>",
    "mp4": lambda: b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42" + bytes(40),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_file__is_of_no_accepted_format(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = FOREIGN[name]()
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("spawned a program"))
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("reached a decoder"))
    with pytest.raises(UnsupportedFormat):
        facts_of(data)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_truncated_file__is_corrupt(image_format: str, kept: float) -> None:
    data = file_of(noise(), image_format)
    with pytest.raises(Corrupt):
        facts_of(data[: int(len(data) * kept)])


def test_animation__is_corrupt__when_its_structure_ends_in_a_later_frame() -> None:
    with pytest.raises(Corrupt):
        facts_of(animation("GIF", frames=4)[:-20])


def test_memory_error__means_too_many_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Image, "open", fail)
    with pytest.raises(TooManyPixels) as caught:
        facts_of(file_of(quadrants(), "PNG"))
    assert isinstance(caught.value.__cause__, MemoryError)


def test_digest__is_of_the_bytes_given() -> None:
    assert digest(b"abc").md5 == hashlib.md5(b"abc", usedforsecurity=False).hexdigest()
    assert digest(b"abc").sha256 == hashlib.sha256(b"abc").hexdigest()


def test_placeholder__is_that_of_the_picture() -> None:
    red, green, blue = RED
    data = file_of(Image.new("RGB", (900, 600), RED), "PNG")
    assert facts_of(data).placeholder.color == f"#{red:02x}{green:02x}{blue:02x}"


def test_truncated_png__is_corrupt__when_cut_between_two_chunks_of_pixels() -> None:
    data = file_of(noise(200, 200).effect_spread(9), "PNG", compress_level=0)
    second = data.index(b"IDAT", data.index(b"IDAT") + 4) - 4
    for end in (b"", data[-12:]):
        with pytest.raises(Corrupt):
            facts_of(data[:second] + end)
