"""Focal points, picked in the admin: by mouse, finger and keys, and in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.browser.accessibility import examined, violations
from tests.browser.conftest import Faults, LogIn
from tests.browser.focal_point import (
    SETS,
    Picker,
    path_of,
    picker_on,
    point_of,
    save,
)
from tests.conftest import Upload
from tests.gallery.imaging.crop_vectors import FILE
from tests.testapp.models import Photo

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


def test_geometry__in_javascript__cuts_as_python_does(page: Page, picker: Picker) -> None:
    found = page.evaluate(
        """async (vectors) => {
          const { crop, cropBox, fit, formatPoint, parsePoint, pointFromFractions } =
            await import("/static/gallery/geometry.js");
          const sizeOf = ({ width, height }) => [width, height];
          const cut = (row) => {
            const [width, height, boxWidth, boxHeight, x, y] = row;
            const whole = { width, height };
            const box = { width: boxWidth, height: boxHeight };
            const { left, top, right, bottom } = cropBox(whole, box, { x, y });
            const sizes = [...sizeOf(fit(whole, box)), ...sizeOf(crop(whole, box))];
            return [...row.slice(0, 6), ...sizes, left, top, right, bottom];
          };
          const read = (text) => {
            const point = parsePoint(text);
            return point && [point.x, point.y];
          };
          return {
            crops: vectors.crops.map(cut),
            texts: vectors.texts.map(([text]) => [text, read(text)]),
            points: vectors.points.map(([x]) => [x, formatPoint({ x, y: 100 - x })]),
            fractions: vectors.fractions.map(([f]) => [f, pointFromFractions(f, 0).x]),
          };
        }""",
        vectors := json.loads(FILE.read_text()),
    )

    assert len(found["crops"]) >= 1000
    for part, rows in found.items():
        assert rows == vectors[part]


def test_click__moves_the_point_there(page: Page, picker: Picker, photo: Photo) -> None:
    page.mouse.click(*picker.at(80, 20))

    picker.expect_point(80, 20)
    expect(picker.text).to_have_value("0.8x0.2")
    save(page)
    assert point_of(photo) == (0.8, 0.2)


@pytest.mark.parametrize("off", [0, 8])
def test_click__on_the_dot__does_not_move_it(page: Page, picker: Picker, off: int) -> None:
    x, y = picker.at(30, 70)
    page.mouse.click(x + off, y - off)

    picker.expect_point(30, 70)
    expect(picker.text).to_have_value("0.3x0.7")
    expect(picker.dot).to_be_focused()


def test_drag__takes_the_dot_along_and_no_farther_than_the_edge(page: Page, picker: Picker) -> None:
    page.evaluate(
        """() => {
          window.told = [];
          for (const type of ["input", "change"]) {
            document.addEventListener(type, ({ target }) => told.push([type, target.value]));
          }
        }"""
    )
    page.mouse.move(*picker.at(30, 70))
    page.mouse.down()
    page.mouse.move(*picker.at(50, 40), steps=3)
    picker.expect_point(50, 40)
    page.mouse.move(*picker.at(140, -30), steps=3)
    page.mouse.up()

    picker.expect_point(100, 0)
    told = page.evaluate("told")
    assert ["input", "0.5x0.4"] in told
    assert [each for each in told if each[0] == "change"] == [["change", "1.0x0.0"]]


def test_touch__moves_the_point_and_not_the_page(
    browser: Browser, live_server: LiveServer, page: Page, photo: Photo, faults: Faults
) -> None:
    phone = browser.new_context(
        base_url=live_server.url,
        has_touch=True,
        viewport={"width": 360, "height": 640},
        storage_state=page.context.storage_state(),
    )
    page = phone.new_page()
    faults.watch(page)
    page.goto(path_of(photo))
    picker = picker_on(page)
    picker.stage.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    session = phone.new_cdp_session(page)
    for kind, points in [
        ("touchStart", [(30, 70)]),
        ("touchMove", [(40, 40)]),
        ("touchMove", [(60, 10)]),
        ("touchEnd", []),
    ]:
        at = [dict(zip("xy", picker.at(*point), strict=True)) for point in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    picker.expect_point(60, 10)
    assert page.evaluate("scrollY") == before
    page.touchscreen.tap(*picker.at(20, 80))
    picker.expect_point(20, 80)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    phone.close()


@pytest.mark.parametrize(
    ("key", "x", "y"),
    [
        ("ArrowLeft", 29, 70),
        ("ArrowRight", 31, 70),
        ("ArrowUp", 30, 69),
        ("ArrowDown", 30, 71),
        ("Shift+ArrowLeft", 20, 70),
        ("Shift+ArrowDown", 30, 80),
        ("Home", 0, 70),
        ("End", 100, 70),
        ("PageUp", 30, 0),
        ("PageDown", 30, 100),
        ("Control+ArrowLeft", 30, 70),
    ],
)
def test_key__moves_the_point(picker: Picker, key: str, x: int, y: int) -> None:
    picker.dot.focus()
    picker.dot.press(key)

    picker.expect_point(x, y)


def test_keys__alone__move_and_save_it(page: Page, picker: Picker, photo: Photo) -> None:
    page.get_by_label("Change:").focus()
    page.keyboard.press("Tab")
    expect(picker.dot).to_be_focused()
    for key in ("Shift+ArrowRight", "ArrowRight", "Shift+ArrowUp"):
        page.keyboard.press(key)
    picker.expect_point(41, 60)
    page.get_by_role("button", name="Save and continue editing").press("Enter")

    expect(page.locator(".messagelist .success")).to_be_visible()
    assert point_of(photo) == (0.41, 0.6)


def test_numbers__move_it__and_nonsense_does_not(picker: Picker) -> None:
    picker.set_numbers(7, 100)
    picker.expect_point(7, 100)
    expect(picker.text).to_have_value("0.07x1.0")

    for nonsense in ("101", "-1", "1.5", ""):
        picker.left.fill(nonsense)
        picker.left.blur()
        picker.expect_point(7, 100)


def test_centre__moves_it_there_and_says_so(picker: Picker) -> None:
    picker.button("Centre").click()

    picker.expect_point(50, 50)
    expect(picker.element.get_by_role("status")).to_have_text(
        "50 % from the left, 50 % from the top"
    )
    expect(picker.button("Use the image's own")).to_be_hidden()


def test_show__points_at_another_image_which_may_lend_its_point(
    page: Page, picker: Picker, upload: Upload
) -> None:
    other = Photo.objects.create(image=upload(size=(300, 900)))
    picker.element.evaluate(
        """(picker, src) => {
          picker.point = null;
          const crops = [{ name: "thumb", width: 160, height: 160 }];
          picker.show({ src, width: 300, height: 900, crops, inherited: { x: 20, y: 30 } });
        }""",
        other.image.url,
    )

    picker.expect_point(20, 30)
    expect(picker.element.locator("figcaption")).to_have_text(["thumb 160 × 160"])
    expect(picker.button("Suggest")).to_be_hidden()
    picker.dot.press("ArrowRight")
    expect(picker.text).to_have_value("0.21x0.3")
    picker.button("Use the image's own").click()
    expect(picker.text).to_have_value("")
    picker.expect_point(20, 30)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility__of_the_picker(page: Page, picker: Picker, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    with examined(page):
        picker.dot.focus()
        assert violations(page) == []


def test_without_javascript__the_text_does(
    browser: Browser, live_server: LiveServer, page: Page, photo: Photo
) -> None:
    plain = browser.new_context(
        base_url=live_server.url,
        java_script_enabled=False,
        storage_state=page.context.storage_state(),
    )
    page = plain.new_page()
    page.goto(path_of(photo))
    page.get_by_label("Focal point").fill("0.25x0.75")
    save(page)
    assert point_of(photo) == (0.25, 0.75)

    page.get_by_label("Focal point").fill("here")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("A focal point is written like 0.3x0.7")).to_be_visible()
    plain.close()
