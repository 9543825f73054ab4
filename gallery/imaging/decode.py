"""The one door through which bytes become pixels: nothing else in the project decodes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import ExifTags, Image, ImageFile

from gallery.exceptions import Corrupt, ImageRejected, TooManyPixels, UnsupportedFormat
from gallery.imaging import engines
from gallery.imaging.exif import UPRIGHT, is_sideways
from gallery.imaging.formats import ACCEPTED, AVIF, HEIC, JPEG, ImageFormat, enable_heic
from gallery.imaging.geometry import Size
from gallery.imaging.headers import check_size, inspect
from gallery.imaging.limits import Limits
from gallery.imaging.metadata import strip
from gallery.imaging.profiles import foreign_profile

# Process-wide switches, said once: half a picture is no picture. Pillow's own bomb warning is not
# turned into an error, for that is process-wide too and not thread-safe; `inspect` refused before.
ImageFile.LOAD_TRUNCATED_IMAGES = False
# Keep four blocks of 16 MB for the next picture instead of giving them back: a render then takes
# one page fault instead of 20,000, and an eighth less of CPU time.
Image.core.set_blocks_max(4)  # type: ignore[attr-defined]  # Pillow documents it so

_TRANSPOSITIONS: Final[dict[int, Image.Transpose]] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

YCBCR: Final = "YCbCr"
Area = tuple[float, float, float, float]
#: From the upright size of the original to the size the caller needs at least.
Wanted = Callable[[Size], Size]


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded picture, as stored: not upright yet, in its own mode, perhaps already smaller.

    `area` is the part of `image` that holds the picture, in pixels with fractions, None for all of
    it: a JPEG decoded at 1/8 may have a partly filled last row and column. `original` is the full
    upright size, `file` the stripped file that was decoded.
    """

    file: bytes
    image: Image.Image
    area: Area | None
    original: Size
    orientation: int
    format: ImageFormat
    frames: int
    has_alpha: bool
    icc_profile: bytes | None

    def upright(self, image: Image.Image) -> Image.Image:
        """Turn a picture made of `image` the way the original is meant to be seen."""
        transposition = _TRANSPOSITIONS.get(self.orientation)
        return image if transposition is None else image.transpose(transposition)

    def stored(self, size: Size) -> Size:
        """Return an upright size as it is before the turn."""
        return size.transposed if is_sideways(self.orientation) else size


def open_image(data: bytes, *, limits: Limits, wanted: Wanted) -> Decoded:
    """Decode the first frame of `data`, JPEGs only as finely as `wanted` needs.

    The decoder gets the stripped file: EXIF, XMP and text never reach a parser but ours, and what
    was decoded is what will be stored. Raises UnsupportedFormat, Corrupt, TooManyPixels or
    TooManyFrames. Only the first frame's pixels are read; of later ones only the structure.
    """
    image_format, header = inspect(data, limits=limits)
    if image_format == HEIC:
        enable_heic()
    clean = strip(data, image_format)
    with _decoder_errors():
        image = Image.open(BytesIO(clean), formats=(image_format.name,))
        if ACCEPTED.get(image.format or "") != image_format:
            raise UnsupportedFormat
        most = limits.max_scaled_pixels if header.is_scalable else limits.max_pixels
        check_size(*image.size, limits=limits, max_pixels=most)
        orientation = header.orientation
        if image_format == AVIF:  # rotation and mirroring of the container, as Pillow tells them
            orientation = image.getexif().get(ExifTags.Base.Orientation, UPRIGHT)
        loaded, original, area = _load(image, clean, orientation, wanted, limits)
        icc_profile = image.info.get("icc_profile")
        return Decoded(
            file=clean,
            image=loaded,
            area=area,
            original=original,
            orientation=orientation,
            format=image_format,
            frames=header.frames,
            has_alpha=image.has_transparency_data,
            icc_profile=icc_profile if isinstance(icc_profile, bytes) else None,
        )


def _load(
    image: ImageFile.ImageFile, data: bytes, orientation: int, wanted: Wanted, limits: Limits
) -> tuple[Image.Image, Size, Area | None]:
    """Decode `image`; return it, its full upright size and the area of it that is the picture."""

    def turned(size: Size) -> Size:
        return size.transposed if is_sideways(orientation) else size

    original, drafted, target = turned(Size(*image.size)), None, None
    if ACCEPTED.get(image.format or "") == JPEG:
        target = turned(wanted(original))
        mode = YCBCR if _is_plain_colour(image) else None
        drafted = image.draft(mode, (target.width, target.height))
    # What the decoder is about to hold, which is all of it where nothing smaller is wanted.
    check_size(*image.size, limits=limits, max_pixels=limits.max_pixels)
    shrunk = engines.current().load_jpeg(data, target) if target else None
    if shrunk is not None:
        return shrunk, original, None
    image.load()
    if drafted is not None:
        _, _, right, bottom = drafted[1]
        is_whole = right == image.width and bottom == image.height
        return image, original, None if is_whole else drafted[1]
    # Measured again: libheif only learns the true size of a lying HEIC by decoding it.
    return image, turned(Size(*image.size)), None


def _is_plain_colour(image: ImageFile.ImageFile) -> bool:
    """Tell whether a JPEG is stored as YCbCr and means sRGB, so that both may be left as they are.

    libjpeg's own rules: JFIF is YCbCr, else Adobe's marker decides, else the names of the parts.
    """
    if image.mode != "RGB" or foreign_profile(image.info.get("icc_profile")):
        return False
    if "jfif" in image.info:
        return True
    transform = image.info.get("adobe_transform")
    names = [layer[0] for layer in getattr(image, "layer", ())]
    return transform == 1 if transform is not None else names == [1, 2, 3]


@contextmanager
def _decoder_errors() -> Iterator[None]:
    """Translate whatever a decoder raises; on hostile bytes that may be any exception at all."""
    try:
        yield
    except ImageRejected:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise TooManyPixels from error
    except Exception as error:
        raise Corrupt from error
