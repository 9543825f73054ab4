"""The pictures everybody makes files of: photographs of two Python packages, and a drawn one.

The photographs are small. Each large picture is one of them enlarged, for what is seen from far,
with fine detail laid over it where it is rough itself: cuttings of photographs at their own scale,
less what is coarse in them, side by side; and a little noise. So foliage has leaves and a sky stays
a sky. All is seeded: every run has the same pictures.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps
from tqdm import tqdm

from benchmarks.paths import HERE, PHOTOGRAPHS, ROOT, environment_folder
from fixtures.canvas import Canvas
from fixtures.draw import SCENES

ENVIRONMENT = "photographs"
SIZES = {"12 MP": (4000, 3000), "24 MP": (6000, 4000)}
HUGE = (11_600, 8_700)
DRAWN = "harbour-at-sunset.jpg"
# What is enlarged, by the name of the picture that it becomes.
BASES = {"china": "china.jpg", "flower": "flower.jpg", "motorcycle": "motorcycle_left.png"}
# Where fine detail is cut from: photographs in colour that are sharp at their own scale.
SHARP = ("china.jpg", "flower.jpg", "astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")
TILE = 200
JPEG = {"quality": 90, "subsampling": "4:2:0"}

Pixels = np.ndarray


@dataclass(frozen=True)
class Photograph:
    """One picture to make files of."""

    name: str
    size: str
    path: Path


def photographs(sizes: tuple[str, ...]) -> list[Photograph]:
    """Return the pictures of the sizes named, made when they are not there yet."""
    _forget_those_of_other_code()
    names = [*BASES, "drawn"]
    wanted = [
        Photograph(name, size, PHOTOGRAPHS / f"{name}-{size.replace(' ', '').lower()}.jpg")
        for size in sizes
        for name in names
    ]
    missing = [photograph for photograph in wanted if not photograph.path.is_file()]
    for photograph in tqdm(missing, desc="drawing photographs", disable=not missing):
        number = names.index(photograph.name)
        picture = _picture(photograph.name, SIZES[photograph.size], seed=number)
        _save(picture, photograph.path)
    return wanted


def huge_photograph() -> Path:
    """Return the picture of 100 megapixels, for measuring memory only."""
    path = PHOTOGRAPHS / "china-100mp.jpg"
    if not path.is_file():
        base = photographs(("12 MP",))[0].path
        with Image.open(base) as picture:
            _save(picture.resize(HUGE, Image.Resampling.BICUBIC), path)
    return path


def _picture(name: str, size: tuple[int, int], *, seed: int) -> Image.Image:
    if name == "drawn":
        scene = SCENES[DRAWN]
        scale = max(size[0] / scene.size[0], size[1] / scene.size[1])
        canvas = Canvas(scene.size, scale=scale)
        scene.paint(canvas)
        return ImageOps.fit(canvas.finished(grain=scene.grain, seed=seed), size)
    random = np.random.default_rng(seed)
    detail = [_detail(_load(source)) for source in SHARP]
    small = _load(BASES[name])
    roughness = np.asarray(ImageOps.fit(_roughness(small), size, Image.Resampling.BICUBIC))
    base = ImageOps.fit(small, size, Image.Resampling.BICUBIC)
    pixels = np.asarray(base).astype(np.int16)
    for top in range(0, size[1], TILE):
        for left in range(0, size[0], TILE):
            place = np.s_[top : top + TILE, left : left + TILE]
            cutting = _cutting(detail, random, pixels[place].shape)
            pixels[place] += cutting * roughness[place][..., None].astype(np.int16) // 128
    noise = random.normal(0, 2, (size[1], size[0], 1))
    pixels += np.rint(noise).astype(np.int16)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _detail(picture: Image.Image) -> Pixels:
    """Return what a picture has that a blurred one has not."""
    blurred = picture.filter(ImageFilter.GaussianBlur(5))
    return np.asarray(picture).astype(np.int16) - np.asarray(blurred)


def _roughness(picture: Image.Image) -> Image.Image:
    """Return how rough a picture is in each place: little for a sky, up to 128 for foliage."""
    grey = picture.convert("L")
    edges = ImageChops.difference(grey, grey.filter(ImageFilter.GaussianBlur(3)))
    around = edges.filter(ImageFilter.GaussianBlur(6))
    return around.point(lambda level: min(128, 8 + level * 8))


def _cutting(detail: list[Pixels], random: np.random.Generator, shape: tuple[int, ...]) -> Pixels:
    source = detail[random.integers(len(detail))]
    top = random.integers(source.shape[0] - shape[0] + 1)
    left = random.integers(source.shape[1] - shape[1] + 1)
    return source[top : top + shape[0], left : left + shape[1]]


def _load(name: str) -> Image.Image:
    packages = next((environment_folder(ENVIRONMENT) / "lib").glob("python*/site-packages"))
    folders = (packages / "sklearn" / "datasets" / "images", packages / "skimage" / "data")
    found = next(folder / name for folder in folders if (folder / name).is_file())
    with Image.open(found) as picture:
        return picture.convert("RGB")


def _save(picture: Image.Image, path: Path) -> None:
    draft = path.with_suffix(".draft")
    picture.save(draft, "JPEG", **JPEG)
    draft.replace(path)


def _forget_those_of_other_code() -> None:
    """Remove pictures that were made by another version of this module."""
    sources = [Path(__file__), HERE / "requirements" / "photographs.txt"]
    sources += sorted((ROOT / "fixtures").glob("*.py"))
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    stamp = PHOTOGRAPHS / "stamp"
    if stamp.is_file() and stamp.read_text() == digest:
        return
    PHOTOGRAPHS.mkdir(parents=True, exist_ok=True)
    for path in PHOTOGRAPHS.iterdir():
        path.unlink()
    stamp.write_text(digest)
