"""The examples that the picker's JavaScript is held to are what Python makes of them."""

from __future__ import annotations

import json

from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.geometry import Box, Size, crop, crop_box, fit
from tests.gallery.imaging.crop_vectors import FILE, text


def test_crop_vectors__file__is_what_the_script_writes() -> None:
    assert FILE.read_text() == text()


def test_crop_vectors__each__is_cut_so_by_python() -> None:
    vectors = json.loads(FILE.read_text())

    assert len(vectors["crops"]) >= 1000
    for row in vectors["crops"]:
        original, box, point = Size(*row[:2]), Size(*row[2:4]), FocalPoint(*row[4:6])
        assert fit(original, box) == Size(*row[6:8])
        assert crop(original, box) == Size(*row[8:10])
        assert crop_box(original, box, point) == Box(*row[10:])
