"""Bombs: files that promise far more than they hold are refused by their header alone."""

import struct
import subprocess
import sys
import time
import zlib
from io import BytesIO

import pytest

from gallery.exceptions import ImageRejected, TooManyFrames, TooManyPixels
from gallery.imaging.limits import Limits
from gallery.imaging.probe import ImageFacts, probe
from tests.gallery.imaging.pictures import file_of, gif, png, png_chunk, quadrants


def facts_of(data: bytes) -> ImageFacts:
    return probe(BytesIO(data), limits=Limits())


def _webp_34_bytes() -> bytes:
    canvas = b"\xff\x3f\x00" * 2  # 16,384 by 16,384
    body = b"VP8X" + struct.pack("<I", 10) + b"\x10\0\0\0" + canvas
    body += b"VP8L" + struct.pack("<I", 0)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _vp8l() -> bytes:
    bits = (16_383 | 16_383 << 14) & 0xFFFFFFFF
    body = b"VP8L" + struct.pack("<I", 9) + b"\x2f" + struct.pack("<I", bits) + bytes(5)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _jpeg() -> bytes:
    data = bytearray(file_of(quadrants(), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", 16_000, 16_000)
    return bytes(data)


def _avif() -> bytes:
    data = bytearray(file_of(quadrants(), "AVIF"))
    at = data.index(b"ispe") + 8
    data[at : at + 8] = struct.pack(">II", 16_000, 16_000)
    return bytes(data)


def _png() -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        png_chunk(kind, payload)
        for kind, payload in [
            (b"IHDR", struct.pack(">IIBBBBB", 1, 40_000_000, 8, 6, 0, 0, 0)),
            (b"IDAT", b""),
            (b"IEND", b""),
        ]
    )


BOMBS = {
    "webp": (_webp_34_bytes, ImageRejected),
    "webp lossless": (_vp8l, TooManyPixels),
    "jpeg": (_jpeg, TooManyPixels),
    "avif": (_avif, TooManyPixels),
    "png": (_png, TooManyPixels),
    "gif": (lambda: gif(500_000), TooManyFrames),
    "gif with a large screen": (lambda: gif(2_000, (5_000, 5_000)), TooManyFrames),
    "apng": (
        lambda: png(9, 9, extra=png_chunk(b"acTL", struct.pack(">II", 500_000, 0))),
        TooManyFrames,
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb__is_refused_in_no_time(name: str) -> None:
    make, error = BOMBS[name]
    data = make()
    started = time.process_time()
    with pytest.raises(error):
        facts_of(data)
    assert time.process_time() - started < 0.1


def test_bomb__costs_no_memory() -> None:
    script = (
        "import resource\n"
        "from io import BytesIO\n"
        "from gallery.exceptions import ImageRejected\n"
        "from gallery.imaging.probe import Limits, probe\n"
        "from tests.gallery.imaging.test_bombs import BOMBS\n"
        "files = [make() for make, _ in BOMBS.values()]\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for data in files:\n"
        "    try: probe(BytesIO(data), limits=Limits())\n"
        "    except ImageRejected: pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert int(done.stdout) < 50 * 1024


def test_text_bomb__is_dropped_unread() -> None:
    bomb = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000)))
    started = time.process_time()
    assert facts_of(png(20, 20, extra=bomb)).width == 20
    assert time.process_time() - started < 0.5
