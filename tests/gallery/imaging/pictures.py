"""Small real pictures, drawn on the spot, and what to hide in them."""

import struct
import zlib
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageStat

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 200, 40), (30, 40, 210), (230, 220, 30)
#: Corners of `quadrants`: top left, top right, bottom left, bottom right.
CORNERS = (RED, GREEN, BLUE, YELLOW)
PAYLOAD = b"<?php system($_GET['c']); ?><script>alert(1)</script>"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>SECRET-XMP</rdf:RDF></x:xmpmeta>'
GPS_MARK = b"SECRET-CAMERA"

_TO_STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def quadrants(width: int = 120, height: int = 80, mode: str = "RGB") -> Image.Image:
    """Draw four flat colours, so that every crop and turn shows."""
    image = Image.new("RGB", (width, height), RED)
    draw = ImageDraw.Draw(image)
    x, y = width // 2, height // 2
    draw.rectangle((x, 0, width, y - 1), fill=GREEN)
    draw.rectangle((0, y, x - 1, height), fill=BLUE)
    draw.rectangle((x, y, width, height), fill=YELLOW)
    return image.convert(mode)


def noise(width: int = 64, height: int = 48) -> Image.Image:
    """Draw pixels in which every change shows, the same each time."""
    return Image.frombytes(
        "RGB", (width, height), bytes((i * i * 7 + i) % 251 for i in range(width * height * 3))
    )


def stored_as(image: Image.Image, orientation: int) -> Image.Image:
    """Turn an upright picture the way a camera held like that stores it."""
    turn = _TO_STORED[orientation]
    return image if turn is None else image.transpose(turn)


def exif(orientation: int | None = None, *, is_private: bool = False) -> Image.Exif:
    """Make EXIF with an orientation and, if asked, camera and GPS position."""
    block = Image.Exif()
    if orientation:
        block[0x0112] = orientation
    if is_private:
        block[0x010F] = GPS_MARK.decode()
        block.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
        block.get_ifd(0x8825)[29] = "SECRET-GPS"
    return block


def file_of(image: Image.Image, image_format: str, **options: Any) -> bytes:
    """Encode to bytes."""
    target = BytesIO()
    image.save(target, image_format, **options)
    return target.getvalue()


def animation(image_format: str, frames: int = 3, size: tuple[int, int] = (24, 16)) -> bytes:
    """Encode an animation whose first frame is red and whose others are blue and green."""
    colours = [RED, *(BLUE if number % 2 else GREEN for number in range(1, frames))]
    images = [Image.new("RGB", size, colour) for colour in colours]
    for number, image in enumerate(images):  # equal neighbours would be merged
        image.putpixel((number % size[0], number // size[0] % size[1]), (number % 256, 9, 9))
    options = {"lossless": True} if image_format == "WEBP" else {}
    return file_of(
        images[0],
        image_format,
        save_all=True,
        append_images=images[1:],
        duration=40,
        loop=3,
        **options,
    )


def pixels(data: bytes) -> list[Image.Image]:
    """Decode every frame, as RGBA, without looking at orientation or profile."""
    with Image.open(BytesIO(data)) as image:
        frames = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append(image.convert("RGBA"))
        return frames


def opened(data: bytes) -> Image.Image:
    """Open and decode."""
    image = Image.open(BytesIO(data))
    image.load()
    return image


def pixel(image: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    """Return one pixel of a picture with several channels."""
    value = image.getpixel(at)
    assert isinstance(value, tuple)
    return value


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """Return the colours a quarter into the picture from each corner."""
    rgb = image.convert("RGB")
    xs, ys = (rgb.width // 4, rgb.width * 3 // 4), (rgb.height // 4, rgb.height * 3 // 4)
    return [pixel(rgb, (x, y)) for y in ys for x in xs]


def distance(left: Image.Image, right: Image.Image) -> float:
    """Return the mean difference per channel, 0..255."""
    difference = ImageChops.difference(left.convert("RGB"), right.convert("RGB"))
    return sum(ImageStat.Stat(difference).mean) / 3


def is_near(colour: tuple[int, ...], wanted: tuple[int, ...], within: int = 12) -> bool:
    """Return whether two colours look the same after lossy coding."""
    return all(abs(a - b) <= within for a, b in zip(colour, wanted, strict=True))


@cache
def srgb_profile() -> bytes:
    """Return a well-formed profile, made at the same moment each time."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile[:24] + struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + profile[36:]


def swapped_profile() -> bytes:
    """Return a profile in which red and green have changed places: anyone can see it applied."""
    profile = bytearray(srgb_profile())
    for number in range(int.from_bytes(profile[128:132], "big")):
        at = 132 + 12 * number
        swap = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ", b"desc": b"dmdd"}
        profile[at : at + 4] = swap.get(bytes(profile[at : at + 4]), profile[at : at + 4])
    return bytes(profile)


def png_chunk(kind: bytes, payload: bytes) -> bytes:
    """Return one PNG chunk."""
    return (
        struct.pack(">I", len(payload))
        + kind
        + payload
        + struct.pack(">I", zlib.crc32(kind + payload))
    )


def png(width: int, height: int, *, extra: bytes = b"", depth: int = 1, kind: int = 0) -> bytes:
    """Write a black PNG without ever holding its pixels."""
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[kind]
    row = bytes(1 + (width * depth * channels + 7) // 8)
    compressor = zlib.compressobj(1)
    body = bytearray()
    for _ in range(height):
        body += compressor.compress(row)
    body += compressor.flush()
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + extra
        + png_chunk(b"IDAT", bytes(body))
        + png_chunk(b"IEND", b"")
    )


def gif(frames: int, size: tuple[int, int] = (1, 1)) -> bytes:
    """Write a GIF whose frames are of one pixel each, on a screen of `size`."""
    screen = b"GIF89a" + struct.pack("<HHBBB", *size, 0x80, 0, 0) + b"\x00\x00\x00\xff\xff\xff"
    return screen + b",\0\0\0\0\1\0\1\0\0\x02\x02\x44\x01\x00" * frames + b";"
