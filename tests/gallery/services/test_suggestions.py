"""Focal points that a picture suggests: where something is, and what happens when nothing can."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from PIL import Image as PillowImage

from gallery.exceptions import (
    Corrupt,
    GalleryError,
    OriginalGone,
    StorageUnavailable,
    SuggestionsNotInstalled,
)
from gallery.imaging.focal_point import FocalPoint
from gallery.models import MediaFile
from gallery.services import suggestions
from gallery.services.suggestions import suggest_focal_point
from gallery.storage import LocalStorage
from tests.conftest import Upload
from tests.gallery.heart import watched_storage
from tests.testapp.models import Photo

pytestmark = pytest.mark.django_db(transaction=True)


def spot(x: float, y: float, *, size: tuple[int, int] = (800, 600), **options: Any) -> Photo:
    """Store a grey picture with one red square around a point of the picture as it is stored."""
    picture = PillowImage.new("RGB", size, (120, 140, 150))
    left, top, half = round(x * size[0]), round(y * size[1]), min(size) // 16
    picture.paste((220, 30, 30), (left - half, top - half, left + half, top + half))
    buffer = BytesIO()
    picture.save(buffer, "JPEG", **options)
    return Photo.objects.create(image=ContentFile(buffer.getvalue(), "spot.jpg"))


@pytest.mark.parametrize(
    ("x", "y", "size"),
    [
        (0.2, 0.3, (800, 600)),
        (0.9, 0.1, (800, 600)),
        (0.8, 0.7, (600, 1200)),
        (0.5, 0.5, (1600, 400)),
    ],
)
def test_suggest__something_in_the_picture__is_where_it_points(
    x: float, y: float, size: tuple[int, int]
) -> None:
    photo = spot(x, y, size=size)
    with watched_storage() as calls:
        point = suggest_focal_point(image=photo)

    assert calls == ["read"]
    assert abs(point.x - 100 * x) <= 3
    assert abs(point.y - 100 * y) <= 3
    photo.refresh_from_db()
    assert photo.focal_point == FocalPoint.CENTER


def test_suggest__picture_that_lies_on_its_side__is_looked_at_upright() -> None:
    exif = PillowImage.Exif()
    exif[0x0112] = 6  # turned to the right: what is left is above
    point = suggest_focal_point(image=spot(0.2, 0.3, exif=exif))

    assert abs(point.x - 70) <= 3
    assert abs(point.y - 20) <= 3


@pytest.mark.parametrize("size", [(1, 1), (300, 200), (2000, 3)])
def test_suggest__nothing_in_the_picture__is_the_middle(size: tuple[int, int]) -> None:
    buffer = BytesIO()
    PillowImage.new("RGB", size, "white").save(buffer, "PNG")
    photo = Photo.objects.create(image=ContentFile(buffer.getvalue(), "white.png"))

    assert suggest_focal_point(image=photo) == FocalPoint.CENTER


def _lose(photo: Photo, media_root: Path) -> None:
    (media_root / photo.original_key).unlink()


def _damage(photo: Photo, media_root: Path) -> None:
    path = media_root / photo.original_key
    path.chmod(0o640)
    path.write_bytes(path.read_bytes()[:300])


@pytest.mark.parametrize(("harm", "error"), [(_lose, OriginalGone), (_damage, Corrupt)])
def test_suggest__original_lost_or_damaged__says_so(
    media_root: Path, harm: Any, error: type[GalleryError]
) -> None:
    photo = spot(0.5, 0.5)
    harm(photo, media_root)

    with pytest.raises(error):
        suggest_focal_point(image=photo)


def test_suggest__without_an_image__says_so() -> None:
    with pytest.raises(OriginalGone):
        suggest_focal_point(image=Photo())


def test_suggest__storage_down__says_so(monkeypatch: pytest.MonkeyPatch, upload: Upload) -> None:
    photo = Photo.objects.create(image=upload())

    def fail(*_: object) -> bytes:
        raise TimeoutError

    monkeypatch.setattr(LocalStorage, "read", fail)
    with pytest.raises(StorageUnavailable):
        suggest_focal_point(image=photo)


def test_suggest__not_installed__says_so_and_reads_nothing(
    monkeypatch: pytest.MonkeyPatch, upload: Upload
) -> None:
    photo = Photo.objects.create(image=upload())
    monkeypatch.setattr(suggestions, "is_installed", lambda: False)

    with watched_storage() as calls, pytest.raises(SuggestionsNotInstalled) as caught:
        suggest_focal_point(image=photo)
    assert (caught.value.code, calls) == ("suggestions_not_installed", [])
    assert MediaFile.objects.filter(state="live").exists()
