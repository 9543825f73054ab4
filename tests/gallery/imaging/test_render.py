"""Rendering: the right pixels, the right way up, the right size, from one decode."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFile, ImageFilter, ImageOps

from gallery.imaging import decode
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.limits import Limits
from gallery.imaging.render import Operation, OutputFormat, Rendered, RenderRequest, render
from tests.gallery.imaging.pictures import (
    BLUE,
    CORNERS,
    GREEN,
    RED,
    YELLOW,
    animation,
    corners,
    distance,
    exif,
    file_of,
    is_near,
    noise,
    opened,
    pixel,
    quadrants,
    stored_as,
)

LIMITS = Limits()


def request(
    operation: str = "fit",
    box: tuple[int, int] = (64, 64),
    output: OutputFormat = OutputFormat.webp,
    quality: int = 90,
    focal_point: FocalPoint = FocalPoint.CENTER,
) -> RenderRequest:
    return RenderRequest(Operation(operation), *box, output, quality, focal_point)


def rendered(data: bytes, *requests: RenderRequest) -> list[Rendered]:
    return render(BytesIO(data), requests or [request()], limits=LIMITS)


def shown(data: bytes, wanted: RenderRequest | None = None) -> Image.Image:
    return opened(rendered(data, wanted or request())[0].data)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_render__turns_every_orientation_upright(image_format: str, orientation: int) -> None:
    stored = stored_as(quadrants(300, 200), orientation)
    data = file_of(stored, image_format, exif=exif(orientation).tobytes())
    wanted = [
        request("fit", (90, 90)),
        request("crop", (50, 50), focal_point=FocalPoint(0, 0)),
        request("crop", (24, 24), focal_point=FocalPoint(100, 100)),
    ]
    fitted, left, right = rendered(data, *wanted)
    assert (fitted.width, fitted.height) == opened(fitted.data).size == (90, 60)
    for found, colour in zip(corners(opened(fitted.data)), CORNERS, strict=True):
        assert is_near(found, colour, 20), (found, colour)
    assert is_near(corners(opened(left.data))[0], RED, 20)
    assert is_near(corners(opened(left.data))[2], BLUE, 20)
    assert is_near(corners(opened(right.data))[3], YELLOW, 20)
    assert is_near(corners(opened(right.data))[1], GREEN, 20)


@pytest.mark.parametrize(
    ("point", "colour"),
    [((0, 0), RED), ((100, 0), GREEN), ((0, 100), BLUE), ((100, 100), YELLOW)],
)
@pytest.mark.parametrize("size", [(400, 100), (100, 400)])
def test_crop__shows_the_side_of_the_focal_point(
    point: tuple[int, int], colour: tuple[int, ...], size: tuple[int, int]
) -> None:
    crop = shown(
        file_of(quadrants(*size), "PNG"), request("crop", (40, 40), focal_point=FocalPoint(*point))
    )
    place = crop.width * point[0] // 100, crop.height * point[1] // 100
    found = pixel(crop.convert("RGB"), (min(place[0], 39), min(place[1], 39)))
    assert is_near(found, colour, 25)


def test_crop__hits_a_small_target_off_centre() -> None:
    image = Image.new("RGB", (1000, 500), (20, 20, 20))
    ImageDraw.Draw(image).ellipse((690, 240, 710, 260), fill=(255, 255, 255))
    crop = shown(file_of(image, "PNG"), request("crop", (100, 100), focal_point=FocalPoint(70, 50)))
    assert pixel(crop.convert("RGB"), (50, 50))[0] > 200
    assert pixel(crop.convert("RGB"), (40, 50))[0] < 60


@pytest.mark.parametrize("output", list(OutputFormat))
def test_render__never_enlarges(output: OutputFormat) -> None:
    data = file_of(quadrants(100, 80), "PNG")
    results = rendered(
        data, request("fit", (2048, 2048), output), request("crop", (160, 160), output)
    )
    assert [(r.width, r.height) for r in results] == [(100, 80), (80, 80)]
    assert [opened(r.data).size for r in results] == [(100, 80), (80, 80)]


@pytest.mark.parametrize("output", list(OutputFormat))
def test_render__writes_the_format_asked_for(output: OutputFormat) -> None:
    result = rendered(file_of(quadrants(), "JPEG"), request(output=output))[0]
    assert opened(result.data).format == output.name.upper()
    assert result.content_type == output.content_type == f"image/{output.name}"


def test_output_format__has_the_usual_extension() -> None:
    assert [str(f.extension) for f in OutputFormat] == ["webp", "avif", "jpg"]


def test_render__decodes_once_for_all(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = {"door": 0, "open": 0, "load": 0}
    door, pil_open, load = decode.open_image, Image.open, ImageFile.ImageFile.load

    def counted(name: str, function: object) -> object:
        def call(*args: object, **kwargs: object) -> object:
            calls[name] += 1
            return function(*args, **kwargs)  # type: ignore[operator]

        return call

    monkeypatch.setattr(decode, "open_image", counted("door", door))
    monkeypatch.setattr(Image, "open", counted("open", pil_open))

    def counted_load(self: ImageFile.ImageFile) -> object:
        calls["load"] += bool(self.tile)
        return load(self)

    monkeypatch.setattr(ImageFile.ImageFile, "load", counted_load)
    wanted = [request("crop", (16, 16)), *(request("fit", (s, s)) for s in (20, 40, 80))]
    assert len(rendered(file_of(quadrants(), "JPEG"), *wanted)) == 4
    assert calls == {"door": 1, "open": 1, "load": int(engine == "pillow")}


def test_render__answers_in_the_order_asked__also_twice_the_same() -> None:
    wanted = [request("fit", (s, s)) for s in (20, 80, 40, 20)]
    results = rendered(file_of(quadrants(), "PNG"), *wanted)
    assert [r.width for r in results] == [20, 80, 40, 20]
    assert results[0] == results[3]


def test_render__makes_nothing__when_nothing_is_asked() -> None:
    assert render(BytesIO(b"not even a picture"), [], limits=LIMITS) == []


def test_render__is_deterministic__alone_or_twice() -> None:
    data = file_of(quadrants(900, 700), "JPEG")
    wanted = [request(box=(s, s), output=o) for s in (300, 100) for o in OutputFormat]
    assert rendered(data, *wanted) == rendered(data, *wanted)


def test_render__cascade_is_as_good_as_from_the_original() -> None:
    grain = noise(1200, 900).convert("L").filter(ImageFilter.GaussianBlur(2))
    original = ImageOps.autocontrast(grain).convert("RGB")  # grey: WebP halves colour
    data = file_of(original, "JPEG", quality=95)
    boxes = [800, 400, 100]
    results = rendered(data, *(request(box=(b, b), quality=100) for b in boxes))
    for result in results:
        best = original.resize((result.width, result.height), Image.Resampling.LANCZOS)
        assert distance(opened(result.data), best) < 3


@pytest.mark.parametrize("draft", [(1600, 1200), (1601, 1203), (797, 601)])
def test_render__lands_on_the_same_pixels__when_a_jpeg_is_decoded_small(
    draft: tuple[int, int],
) -> None:
    image = quadrants(*draft)
    small = shown(file_of(image, "JPEG", quality=95), request(box=(90, 90)))
    best = image.resize(small.size, Image.Resampling.LANCZOS)
    assert distance(small, best) < 3


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_render__shows_the_first_frame(image_format: str) -> None:
    picture = shown(animation(image_format))
    assert picture.size == (24, 16)
    assert is_near(pixel(picture.convert("RGB"), (12, 8)), RED, 20)
    assert getattr(picture, "n_frames", 1) == 1


@pytest.mark.parametrize("output", list(OutputFormat))
def test_render__writes_no_metadata(output: OutputFormat) -> None:
    data = file_of(
        quadrants(), "JPEG", exif=exif(6, is_private=True), comment=b"SECRET", dpi=(300, 300)
    )
    picture = shown(data, request(output=output))
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(picture.info)
    assert b"SECRET" not in rendered(data, request(output=output))[0].data


@pytest.mark.parametrize(
    "bad", [{"width": 0}, {"height": 0}, {"width": 16_384}, {"quality": 0}, {"quality": 101}]
)
def test_request__refuses_what_no_encoder_takes(bad: dict[str, int]) -> None:
    values: dict[str, Any] = {"width": 10, "height": 10, "quality": 80} | bad
    with pytest.raises(ValueError, match=r"rendition|quality"):
        RenderRequest(operation=Operation.fit, format=OutputFormat.webp, **values)
