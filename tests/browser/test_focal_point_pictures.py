"""What the picker shows: chosen files, added rows, suggestions, and crops as they are served."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from PIL import Image as PillowImage
from playwright.sync_api import Page, expect

from accounts.models import User
from fixtures.draw import PICTURES
from tests.browser.conftest import Faults, LogIn, PictureFile
from tests.browser.focal_point import (
    SETS,
    SHAPES,
    Picker,
    path_of,
    picker_on,
    point_of,
    save,
)
from tests.conftest import Upload
from tests.testapp.models import Photo, Portrait

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def pickers(settings: Any, log_in: LogIn, superuser: User) -> None:
    """Have the admin of photos and portraits, four shapes of crops, and somebody logged in."""
    settings.ROOT_URLCONF = "tests.browser.site"
    settings.VERSATILEIMAGEFIELD_RENDITION_KEY_SETS = SETS
    log_in(superuser)


@pytest.fixture
def photo(upload: Upload) -> Photo:
    return Photo.objects.create(name="Four", image=upload(size=(800, 600)), image_ppoi=(0.3, 0.7))


@pytest.fixture
def picker(page: Page, photo: Photo) -> Picker:
    """Return the picker on the page of the photo, which stands at 30 % and 70 %."""
    page.goto(path_of(photo))
    return picker_on(page)


def test_file__chosen__is_shown_upright_before_it_is_saved(
    page: Page, picker: Picker, photo: Photo, picture_file: PictureFile
) -> None:
    exif = PillowImage.Exif()
    exif[0x0112] = 6  # turned to the right by the camera: red is top right
    path = picture_file("other.jpg", (300, 200), exif=exif)
    page.get_by_label("Change:").set_input_files(path)

    picker.expect_point(50, 50)
    expect(picker.element.locator("figcaption").nth(3)).to_have_text("card 200 × 150")
    red, _, blue = picker.preview("card").getpixel((190, 10))  # type: ignore[misc]
    assert red > 200 > blue
    picker.set_numbers(10, 20)
    save(page)

    assert point_of(photo) == (0.1, 0.2)
    assert photo.original_size == (200, 300)


def test_file__choice_taken_back__shows_the_saved_picture_and_its_point(
    page: Page, picker: Picker, picture_file: PictureFile
) -> None:
    saved = picker.preview("card")
    chooser = page.get_by_label("Change:")
    chooser.set_input_files(picture_file("other.png", (90, 300)))
    picker.expect_point(50, 50)
    picker.set_numbers(1, 2)
    chooser.set_input_files([])

    picker.expect_point(30, 70)
    expect(picker.element.locator("figcaption").nth(3)).to_have_text("card 200 × 150")
    assert picker.preview("card").tobytes() == saved.tobytes()


def test_file__that_the_browser_cannot_read__leaves_the_numbers(
    page: Page, picker: Picker, tmp_path: Path
) -> None:
    path = tmp_path / "phone.heic"
    path.write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(100))
    page.get_by_label("Change:").set_input_files(path)

    expect(picker.element.get_by_text("This browser cannot show the picture.")).to_be_visible()
    expect(picker.stage).to_be_hidden()
    picker.set_numbers(20, 30)
    expect(picker.text).to_have_value("0.2x0.3")


def test_inline__row_added_a_second_earlier__gets_a_picker_that_works(
    page: Page, superuser: User, upload: Upload, picture_file: PictureFile
) -> None:
    Portrait.objects.create(user=superuser, image=upload(size=(200, 300)))
    page.goto(f"/pickers/accounts/user/{superuser.pk}/change/")
    picker_on(page)
    for _ in range(2):
        page.get_by_text("Add another Portrait").click()
    rows = page.locator(".inline-related:not(.empty-form)")
    rows.nth(2).get_by_label("File:").set_input_files(picture_file("new.jpg", (500, 400)))
    added = Picker(rows.nth(2).locator("focal-point-picker"))
    added.expect_point(50, 50)
    page.mouse.click(*added.at(25, 75))
    added.expect_point(25, 75)
    rows.nth(1).get_by_role("button", name="Remove").click()
    save(page)

    portraits = Portrait.objects.order_by("pk")
    assert [(each.image_width, each.image_ppoi) for each in portraits] == [
        (200, (0.5, 0.5)),
        (500, (0.25, 0.75)),
    ]
    # Private ones show to whoever may see them, by their session.
    assert page.locator(".empty-form .focal-point-editor").count() == 0


@pytest.mark.parametrize("by_hand", [True, False])
def test_suggest__never_overwrites_what_somebody_chose(page: Page, by_hand: bool) -> None:
    picture = PillowImage.new("RGB", (800, 600), (120, 140, 150))
    picture.paste((220, 30, 30), (600, 380, 680, 460))
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    photo = Photo.objects.create(image=ContentFile(buffer.getvalue(), "spot.png"))
    page.goto(path_of(photo))
    picker = picker_on(page)
    picker.expect_point(50, 50)
    if by_hand:
        picker.set_numbers(10, 10)
    picker.button("Suggest").click()

    if by_hand:
        expect(picker.button("Use the suggestion")).to_be_visible()
        picker.expect_point(10, 10)
        expect(picker.element.locator(".focal-point-ring")).to_be_visible()
        picker.button("Use the suggestion").click()
        expect(picker.button("Use the suggestion")).to_be_hidden()
    expect(picker.text).not_to_have_value("0.5x0.5" if not by_hand else "0.1x0.1")
    x, y = (float(part) for part in picker.text.input_value().split("x"))
    assert abs(x - 0.8) <= 0.03
    assert abs(y - 0.7) <= 0.03


def test_suggest__that_fails__says_why(
    page: Page, picker: Picker, photo: Photo, faults: Faults, media_root: Path
) -> None:
    faults.expect("409")
    (media_root / photo.original_key).unlink()
    picker.button("Suggest").click()

    expect(picker.element.locator(".focal-point-message")).to_contain_text("gone")
    picker.expect_point(30, 70)


POINTS = [(0, 0), (100, 100), (50, 50), (13, 87), (87, 13)]
POINTS += [(33, 33), (66, 71), (0, 60), (45, 100), (77, 40)]
# The served one is made from the original and went through a lossy format; the preview from a
# smaller copy that did so too, and by the browser's own filter: they are 1.2 to 2.5 of 255 apart.
# A point that is off by three percent makes that 4 to 16.
TOLERANCE = 3.0


def test_previews__show_what_is_served_after_saving(page: Page) -> None:
    photo = Photo.objects.create(image=_picture("harbour-at-sunset.jpg"))
    page.goto(path_of(photo))
    for x, y in POINTS:
        picker = picker_on(page)
        picker.set_numbers(x, y)
        picker.expect_point(x, y)
        previews = {name: picker.preview(name) for name in SHAPES}
        save(page)
        photo = Photo.objects.get(pk=photo.pk)
        for name, shape in SHAPES.items():
            answer = page.request.get(photo.rendition(name).url)
            served = PillowImage.open(BytesIO(answer.body())).convert("RGB")
            assert served.size == previews[name].size == shape
            assert _difference(served, previews[name]) < TOLERANCE, (name, x, y)


def _picture(name: str) -> ContentFile[bytes]:
    return ContentFile((PICTURES / name).read_bytes(), name)


def _difference(one: PillowImage.Image, other: PillowImage.Image) -> float:
    """Return how far two pictures are apart: the mean over all values, of 255."""
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean())
