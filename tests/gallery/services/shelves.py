"""What galleries should be, in plain Python, and images that are made in no time."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import Any, cast

from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile, PolymorphicImageRelation
from gallery.services.locked_gallery import Placement
from orgs.models import Organization
from tests.gallery.api.harness import copies_of

SMALL = {"gallery": [("square", "webp_crop__40x40-q60"), ("small", "webp_fit__60x60-q60")]}
"""A rendition that follows the focal point, and one that does not."""


@dataclass(slots=True)
class Shelf:
    """What one gallery should be; images go by whatever name the test gives them."""

    images: list[int] = field(default_factory=list)
    cover: int | None = None
    points: dict[int, FocalPoint] = field(default_factory=dict)

    def add(self, images: Iterable[int]) -> None:
        for image in images:
            if not self.images:
                self.cover = image
            if image not in self.images:
                self.images.append(image)

    def remove(self, images: Iterable[int]) -> None:
        gone = set(images)
        self.images = [image for image in self.images if image not in gone]
        self.points = {image: point for image, point in self.points.items() if image not in gone}
        if self.cover in gone:
            self.cover = next(iter(self.images), None)

    def place(self, image: int, placement: Placement) -> None:
        if "order" in placement:
            self.images.remove(image)
            self.images.insert(placement["order"], image)
        if placement.get("is_cover"):
            self.cover = image
        elif "is_cover" in placement and self.cover == image:
            self.cover = None
        if placement.get("focal_point"):
            self.points[image] = cast("FocalPoint", placement["focal_point"])
        elif "focal_point" in placement:
            self.points.pop(image, None)


class Library:
    """Copies of an image that was really uploaded, with its rows and its files."""

    def __init__(self, template: Image, media_root: Path) -> None:
        self.template, self.media_root, self.made = template, media_root, 0
        # The original first, as it was.
        self.files = list(MediaFile.objects.filter(object_id=template.pk).order_by("pk"))
        self.contents = [(media_root / file.key).read_bytes() for file in self.files]

    def clear(self) -> None:
        """Forget all images, also that first one."""
        for model in (PolymorphicImageRelation, MediaFile, Image):
            cast("Any", model)._base_manager.all()._raw_delete("default")
        rmtree(self.media_root)
        (self.media_root / "images").mkdir(parents=True)

    def add(self, count: int, organization: Organization) -> list[Image]:
        images = copies_of(self.template, count, organization_id=organization.pk)
        for image in images:
            self.made += 1
            image.__dict__["file"] = f"images/{self.made}.png"
        Image.objects.bulk_create(images)
        originals = [self._file(0, image) for image in images]
        MediaFile.objects.bulk_create(originals)
        MediaFile.objects.bulk_create(
            self._file(number, image, original)
            for image, original in zip(images, originals, strict=True)
            for number in range(1, len(self.files))
        )
        return images

    def _file(self, number: int, image: Image, original: MediaFile | None = None) -> MediaFile:
        file = copy(self.files[number])
        end = file.key.removeprefix(self.template.original_key.removesuffix(".png"))
        file.key = image.original_key.removesuffix(".png") + end
        file.pk, file.original, file.object_id = None, original, str(image.pk)
        (self.media_root / file.key).write_bytes(self.contents[number])
        return file
