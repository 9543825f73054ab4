"""HEIC, which needs a decoder of its own: the same limits and the same renditions as the others."""

from io import BytesIO

import pillow_heif
import pytest
from PIL import Image

from gallery.exceptions import TooLarge, TooManyPixels, UnsupportedFormat
from gallery.imaging.formats import ACCEPTED, HEIC
from gallery.imaging.limits import Limits
from gallery.imaging.metadata import strip
from gallery.imaging.probe import probe
from gallery.imaging.render import Operation, OutputFormat, RenderRequest, render


def heic(size: tuple[int, int] = (160, 96), *, exif: bytes | None = None) -> bytes:
    """Draw a picture whose left half is red and whose right half is blue."""
    picture = Image.new("RGB", size, "red")
    picture.paste("blue", (size[0] // 2, 0, *size))
    buffer = BytesIO()
    options = {"exif": exif} if exif else {}
    pillow_heif.from_pillow(picture).save(buffer, quality=90, **options)
    return buffer.getvalue()


def test_heic__is_probed_like_the_others() -> None:
    facts = probe(BytesIO(heic()), limits=Limits())

    assert (facts.format, facts.width, facts.height, facts.frames) == (HEIC, 160, 96, 1)
    assert facts.format.content_type == "image/heic"


def test_heic__just_inside_and_just_outside_of_each_limit() -> None:
    data = heic()
    inside = Limits(max_bytes=len(data), max_side=160, max_pixels=160 * 96)
    assert probe(BytesIO(data), limits=inside).width == 160
    with pytest.raises(TooLarge):
        probe(BytesIO(data), limits=Limits(max_bytes=len(data) - 1))
    with pytest.raises(TooManyPixels):
        probe(BytesIO(data), limits=Limits(max_side=159))
    with pytest.raises(TooManyPixels):
        probe(BytesIO(data), limits=Limits(max_pixels=160 * 96 - 1))


def test_heic__without_its_decoder_is_no_accepted_format() -> None:
    others = Limits(formats=frozenset(ACCEPTED) - {HEIC.name})
    with pytest.raises(UnsupportedFormat):
        probe(BytesIO(heic()), limits=others)


def test_heic__renders_what_was_drawn_without_metadata() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRET-MAKER"
    data = heic(exif=exif.tobytes())
    assert b"SECRET-MAKER" in data
    request = RenderRequest(Operation.fit, 80, 80, OutputFormat.webp, 90)
    (rendition,) = render(BytesIO(data), [request], limits=Limits())
    picture = Image.open(BytesIO(rendition.data)).convert("RGB")

    assert picture.size == (80, 48)
    red, blue = picture.getpixel((10, 24)), picture.getpixel((70, 24))
    assert isinstance(red, tuple)
    assert isinstance(blue, tuple)
    assert (red[0] > 200, red[2] < 60, blue[2] > 200, blue[0] < 60) == (True, True, True, True)
    assert b"SECRET-MAKER" not in rendition.data
    assert b"SECRET-MAKER" not in strip(data, HEIC)
