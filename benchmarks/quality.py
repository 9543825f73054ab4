"""How much the files look like the photographs they are made of, and how large they are.

SSIM (Wang, Bovik, Sheikh and Simoncelli, 2004) on luma, with the paper's Gaussian window of 11×11
and its constants. What a file is compared with is the original decoded in full and resized by
Lanczos to the file's size, never encoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from statistics import fmean

import numpy as np
from PIL import Image, ImageOps
from tqdm import tqdm

from benchmarks.photographs import Photograph
from benchmarks.timing import output_folder
from benchmarks.variants import VARIANTS, Variant

LESS_EFFORT, DEFAULT_EFFORT = "full Lanczos, effort 2", "full Lanczos, default effort"
"""Stand beside the contestants: the very reference, encoded with less effort and by default."""
_METHODS = {LESS_EFFORT: 2, DEFAULT_EFFORT: 4}

_OFFSETS = np.arange(11) - 5
_WEIGHTS = np.exp(-(_OFFSETS**2) / (2 * 1.5**2))
_WINDOW = (_WEIGHTS / _WEIGHTS.sum()).astype(np.float32)
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def ssim(one: Image.Image, other: Image.Image) -> float:
    """Return how alike two pictures of the same size are: 1 if they are the same."""
    first, second = (np.asarray(image.convert("L"), np.float32) for image in (one, other))
    mean_first, mean_second = _blurred(first), _blurred(second)
    products = mean_first * mean_second
    squares = mean_first**2 + mean_second**2
    variances = _blurred(first**2 + second**2) - squares
    covariance = _blurred(first * second) - products
    likeness = (2 * products + _C1) * (2 * covariance + _C2)
    likeness /= (squares + _C1) * (variances + _C2)
    return float(likeness.mean(dtype=np.float64))


def _blurred(pixels: np.ndarray) -> np.ndarray:
    """Return the means under the window wherever it lies inside: rows first, then columns."""
    across = pixels.shape[1] - len(_WINDOW) + 1
    rows = sum(weight * pixels[:, i : i + across] for i, weight in enumerate(_WINDOW))
    down = pixels.shape[0] - len(_WINDOW) + 1
    return sum(weight * rows[i : i + down] for i, weight in enumerate(_WINDOW))


@dataclass
class Quality:
    """SSIM and bytes of every file, by contestant, variant and photograph."""

    ssim: dict[tuple[str, str, Photograph], float] = field(default_factory=dict)
    size: dict[tuple[str, str, Photograph], int] = field(default_factory=dict)

    def mean_ssim(self, name: str, variant: str) -> float:
        """Return the mean of one variant over all photographs."""
        return fmean(_of(self.ssim, name, variant))

    def mean_ssim_of_whole(self, name: str) -> float:
        """Return the mean over all photographs and variants that show the whole picture.

        Crops by some lie half a pixel beside the middle, which SSIM takes for another picture.
        """
        return fmean(self.mean_ssim(name, v.name) for v in VARIANTS if v.operation == "fit")

    def mean_bytes(self, name: str, variant: str | None = None) -> float:
        """Return the bytes that one photograph takes on average."""
        values = list(_of(self.size, name, variant))
        return sum(values) / (len(values) if variant else len(values) / len(VARIANTS))

    def ssim_loss(self, name: str, reference: str) -> float:
        """Return how far the mean of any variant falls below that of a reference."""
        return max(
            self.mean_ssim(reference, variant.name) - self.mean_ssim(name, variant.name)
            for variant in VARIANTS
        )

    def more_bytes(self, name: str, reference: str) -> float:
        """Return how much larger all files are than those of a reference, as a fraction."""
        return self.mean_bytes(name) / self.mean_bytes(reference) - 1


def _of(
    values: dict[tuple[str, str, Photograph], float], name: str, variant: str | None
) -> Iterator[float]:
    return (
        value for (who, what, _), value in values.items() if who == name and variant in (None, what)
    )


def compare(names: Sequence[str], photographs: Iterable[Photograph]) -> Quality:
    """Look at every file that the contestants made last."""
    quality = Quality()
    photographs = list(photographs)
    total = len(photographs) * len(VARIANTS)
    with tqdm(total=total, unit="file of everybody", desc="quality") as progress:
        for photograph in photographs:
            with Image.open(photograph.path) as opened:
                original = opened.convert("RGB")
            for variant in VARIANTS:
                _compare_variant(quality, names, photograph, original, variant)
                progress.update()
    return quality


def _compare_variant(
    quality: Quality,
    names: Sequence[str],
    photograph: Photograph,
    original: Image.Image,
    variant: Variant,
) -> None:
    references: dict[tuple[int, int], Image.Image] = {}
    own = _reference(original, variant, _own_size(original, variant))
    references[own.size] = own
    files: dict[str, BytesIO] = {name: BytesIO() for name in _METHODS}
    for name, method in _METHODS.items():
        own.save(files[name], "WEBP", quality=variant.quality, method=method)
    for name in names:
        path = output_folder(name, photograph) / f"{variant.name}.webp"
        files[name] = BytesIO(path.read_bytes())
    for name, file in files.items():
        with Image.open(file) as made:
            # Some are a pixel smaller than others; each is compared at its own size.
            if made.size not in references:
                references[made.size] = _reference(original, variant, made.size)
            key = (name, variant.name, photograph)
            quality.ssim[key] = ssim(made, references[made.size])
            quality.size[key] = len(file.getvalue())


def _own_size(original: Image.Image, variant: Variant) -> tuple[int, int]:
    if variant.operation == "crop":
        return variant.side, variant.side
    return ImageOps.contain(Image.new("1", original.size), (variant.side, variant.side)).size


def _reference(original: Image.Image, variant: Variant, size: tuple[int, int]) -> Image.Image:
    resize = ImageOps.fit if variant.operation == "crop" else Image.Image.resize
    return resize(original, size, Image.Resampling.LANCZOS)
