"""Stripping: everything personal goes, every pixel stays."""

import struct
import time
import zlib
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from gallery.exceptions import Corrupt
from gallery.imaging.formats import AVIF, GIF, HEIC, JPEG, PNG, WEBP, ImageFormat, enable_heic
from gallery.imaging.limits import Limits
from gallery.imaging.metadata import strip
from gallery.imaging.probe import probe
from gallery.imaging.render import Operation, OutputFormat, RenderRequest, render
from tests.gallery.imaging.pictures import (
    CORNERS,
    GPS_MARK,
    PAYLOAD,
    XMP,
    animation,
    corners,
    exif,
    file_of,
    is_near,
    noise,
    opened,
    pixels,
    png_chunk,
    quadrants,
    srgb_profile,
    stored_as,
)

FORMATS = {"JPEG": JPEG, "PNG": PNG, "WEBP": WEBP, "GIF": GIF, "AVIF": AVIF}
SECRETS = (
    GPS_MARK,
    b"SECRET",
    b"<?php",
    b"<script",
    b"GPS",
    b"xmpmeta",
    b"Photoshop",
    b"PK\x03\x04",
)


def _segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def _jpeg(orientation: int) -> bytes:
    data = file_of(
        noise(),
        "JPEG",
        exif=exif(orientation, is_private=True).tobytes(),
        icc_profile=srgb_profile(),
        comment=PAYLOAD,
        xmp=XMP,
    )
    extra = (
        _segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04SECRET-IPTC")
        + _segment(0xE0, b"JFXX\x00\x10SECRET-THUMBNAIL")
        + _segment(0xE2, b"MPF\x00SECRET")
        + _segment(0xEF, PAYLOAD)
    )
    return data[:2] + extra + data[2:] + b"PK\x03\x04" + PAYLOAD


def _png(orientation: int) -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", PAYLOAD.decode())
    text.add_text("Zipped", "SECRET" * 50, zip=True)
    text.add_itxt("XML:com.adobe.xmp", XMP.decode())
    text.add(b"prIv", PAYLOAD)
    data = file_of(
        noise(),
        "PNG",
        exif=exif(orientation, is_private=True).tobytes(),
        icc_profile=srgb_profile(),
        pnginfo=text,
    )
    late = png_chunk(b"tIME", b"\x07\xe0\x01\x01\x01\x01\x01") + png_chunk(b"tEXt", b"k\0SECRET")
    return data[:-12] + late + data[-12:] + PAYLOAD


def _webp(orientation: int) -> bytes:
    data = file_of(
        noise(),
        "WEBP",
        quality=90,
        exif=exif(orientation, is_private=True).tobytes(),
        icc_profile=srgb_profile(),
        xmp=XMP,
    )
    data += b"JUNK" + struct.pack("<I", len(PAYLOAD)) + PAYLOAD + bytes(len(PAYLOAD) % 2)
    return b"RIFF" + struct.pack("<I", len(data) - 8) + data[8:] + PAYLOAD


def _gif(_: int) -> bytes:
    data = animation("GIF")
    application = b"!\xff\x0bXMP DataXMP" + bytes([len(PAYLOAD)]) + PAYLOAD + b"\x00"
    comment = b"!\xfe" + bytes([len(PAYLOAD)]) + PAYLOAD + b"\x00"
    text = b"!\x01\x0c" + bytes(12) + b"\x06SECRET\x00"
    at = data.index(b"!\xff\x0bNETSCAPE2.0")
    return data[:at] + application + comment + text + data[at:] + PAYLOAD


def _avif(orientation: int) -> bytes:
    data = file_of(
        noise(),
        "AVIF",
        quality=80,
        exif=exif(orientation, is_private=True).tobytes(),
        icc_profile=srgb_profile(),
        xmp=XMP,
    )
    box = struct.pack(">I", len(PAYLOAD) + 8) + b"uuid" + PAYLOAD
    return data + box + PAYLOAD


MAKERS = {"JPEG": _jpeg, "PNG": _png, "WEBP": _webp, "GIF": _gif, "AVIF": _avif}


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("name", MAKERS)
def test_strip__leaves_no_trace_and_every_pixel(name: str, orientation: int) -> None:
    data = MAKERS[name](orientation)
    assert any(secret in data for secret in SECRETS)
    stripped = strip(data, FORMATS[name])
    assert not [secret for secret in SECRETS if secret in stripped]
    before, after = pixels(data), pixels(stripped)
    assert [frame.tobytes() for frame in after] == [frame.tobytes() for frame in before]
    assert strip(stripped, FORMATS[name]) == stripped


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_strip__keeps_orientation_and_profile(name: str, orientation: int) -> None:
    image = opened(strip(MAKERS[name](orientation), FORMATS[name]))
    assert image.getexif().get(0x0112, 1) == orientation
    assert set(image.getexif()) <= {0x0112}
    assert image.info["icc_profile"] == srgb_profile()


@pytest.mark.parametrize("orientation", [1, 6])
def test_heic__is_stripped_and_rendered_upright(orientation: int) -> None:
    pytest.importorskip("pillow_heif")
    enable_heic()
    data = file_of(
        stored_as(quadrants(300, 200), orientation),
        "HEIF",
        exif=exif(orientation, is_private=True).tobytes(),
        xmp=XMP,
        quality=90,
    )
    stripped = strip(data, HEIC)
    assert b"SECRET" in data
    assert not [secret for secret in SECRETS if secret in stripped]
    assert opened(stripped).tobytes() == opened(data).tobytes()
    facts = probe(BytesIO(data), limits=Limits())
    assert (facts.format, facts.width, facts.height) == (HEIC, 300, 200)
    wanted = RenderRequest(Operation.fit, 90, 90, OutputFormat.webp, 90)
    found = corners(opened(render(BytesIO(data), [wanted], limits=Limits())[0].data))
    assert all(is_near(*pair, 20) for pair in zip(found, CORNERS, strict=True))


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG", "AVIF"])
def test_strip__keeps_the_animation(name: str) -> None:
    data = animation(name, frames=4)
    stripped = strip(data, FORMATS[name])
    before, after = Image.open(BytesIO(data)), Image.open(BytesIO(stripped))
    assert getattr(after, "n_frames", 1) == getattr(before, "n_frames", 1) == 4
    assert after.info.get("loop") == before.info.get("loop")
    for number in range(4):
        before.seek(number)
        after.seek(number)
        assert before.convert("RGBA").tobytes() == after.convert("RGBA").tobytes()
        assert before.info.get("duration") == after.info.get("duration")


def test_strip__cleans_an_animated_avif() -> None:
    # No EXIF: Pillow 13.0.0 dies of a segmentation fault when it writes both into one AVIF.
    data = file_of(noise(), "AVIF", save_all=True, append_images=[quadrants(64, 48)], xmp=XMP)
    assert b"SECRET" in data
    stripped = strip(data, AVIF)
    assert not [secret for secret in SECRETS if secret in stripped]
    assert [f.tobytes() for f in pixels(stripped)] == [f.tobytes() for f in pixels(data)]


@pytest.mark.parametrize(
    "options",
    [{}, {"progressive": True}, {"optimize": True}, {"subsampling": 0}, {"restart_marker_rows": 1}],
)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_strip__keeps_every_kind_of_jpeg(options: dict[str, Any], mode: str) -> None:
    data = file_of(noise().convert(mode), "JPEG", comment=PAYLOAD, **options)
    stripped = strip(data, JPEG)
    assert opened(stripped).tobytes() == opened(data).tobytes()
    assert PAYLOAD not in stripped


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_strip__keeps_every_kind_of_png(mode: str) -> None:
    image = Image.new("I;16", (9, 9), 4711) if mode == "I;16" else noise().convert(mode)
    data = file_of(image, "PNG", transparency=3) if mode == "P" else file_of(image, "PNG")
    assert pixels(strip(data, PNG))[0].tobytes() == pixels(data)[0].tobytes()


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 60}])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_strip__keeps_every_kind_of_webp(options: dict[str, Any], mode: str) -> None:
    image = noise().convert(mode)
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    data = file_of(image, "WEBP", xmp=XMP, **options)
    stripped = strip(data, WEBP)
    assert opened(stripped).tobytes() == opened(data).tobytes()
    assert len(stripped) == struct.unpack("<I", stripped[4:8])[0] + 8


def test_strip__leaves_only_the_first_picture_of_an_mpo() -> None:
    data = file_of(noise(), "MPO", save_all=True, append_images=[quadrants()])
    image = opened(strip(data, JPEG))
    assert image.format == "JPEG"
    assert image.tobytes() == opened(data).tobytes()


@pytest.mark.parametrize("profile", [PAYLOAD * 5, srgb_profile() + PAYLOAD])
def test_strip__drops_what_only_poses_as_a_profile(profile: bytes) -> None:
    for name in ("JPEG", "PNG", "WEBP"):
        data = file_of(noise(), name, icc_profile=profile)
        stripped = strip(data, FORMATS[name])
        assert PAYLOAD not in stripped
        assert "icc_profile" not in opened(stripped).info


def test_strip__drops_a_profile_that_inflates_without_end() -> None:
    bomb = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(40_000_000)))
    data = file_of(noise(), "PNG")
    started = time.process_time()
    assert strip(data[:33] + bomb + data[33:], PNG) == strip(data, PNG)
    assert time.process_time() - started < 0.2


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_strip__of_another_format_is_corrupt(name: str) -> None:
    other = file_of(noise(), "PNG" if name != "PNG" else "JPEG")
    for data in (other, b"", b"\xff"):
        with pytest.raises(Corrupt):
            strip(data, FORMATS[name])


@pytest.mark.parametrize(
    ("data", "image_format"),
    [
        (b"\xff\xd8" + b"\xff\xfe\x00\x02" * 3_000_000, JPEG),
        (b"\xff\xd8" + b"\xff" * 12_000_000 + b"\x00", JPEG),
        (b"\xff\xd8\xff\xda\x00\x02" + b"\xff" * 12_000_000, JPEG),
        (b"\xff\xd8" + b"\xff\xda\x00\x02" * 3_000_000, JPEG),
        (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", bytes(13)) + bytes(12) * 1_000_000, PNG),
        (b"RIFF\xf4\xff\xff\x00WEBP" + (b"JUNK" + bytes(4)) * 2_097_151, WEBP),
        (b"GIF89a" + bytes(7) + b"!\xfe" + b"\x01!" * 6_000_000, GIF),
        (b"GIF89a" + bytes(7) + b"!\xfe\x00" * 4_000_000, GIF),
        (b"GIF89a" + bytes(7) + bytes(12_000_000), GIF),
        (b"\0\0\0\x10ftypavif\0\0\0\0" + b"\0\0\0\x08free" * 1_500_000, AVIF),
    ],
    ids=[
        *("segments", "fill", "fill in scan", "scans", "chunks", "riff"),
        *("sub-blocks", "comments", "zeros", "boxes"),
    ],
)
def test_strip__is_quick_about_endless_structures(data: bytes, image_format: ImageFormat) -> None:
    started = time.process_time()
    with suppress(Corrupt):
        strip(data, image_format)
    assert time.process_time() - started < 3


@pytest.mark.parametrize("name", MAKERS)
def test_polyglot__is_accepted_and_never_reaches_a_rendition(name: str) -> None:
    data = MAKERS[name](1)
    assert probe(BytesIO(data), limits=Limits()).format == FORMATS[name]
    wanted = [RenderRequest(Operation.fit, 32, 32, output, 80) for output in OutputFormat]
    for rendition in render(BytesIO(data), wanted, limits=Limits()):
        assert not [secret for secret in SECRETS if secret in rendition.data]
