"""The picker of focal points, as its tests use it."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO
from typing import Any

from PIL import Image as PillowImage
from playwright.sync_api import Locator, Page, expect

from tests.testapp.models import Photo

SHAPES = {"square": (160, 160), "banner": (320, 80), "tower": (80, 240), "card": (200, 150)}
SETS = {
    "gallery": [],
    "photos": [
        *((name, f"webp_crop__{w}x{h}-q90") for name, (w, h) in SHAPES.items()),
        ("md", "webp_fit__1024x1024-q90"),
    ],
}


class Picker:
    """One picker on a page."""

    def __init__(self, element: Locator) -> None:
        self.element = element
        self.dot = element.get_by_role("slider", name="Focal point")
        self.stage = element.locator(".focal-point-stage")
        self.left = element.get_by_label("From the left, %")
        self.top = element.get_by_label("From the top, %")
        self.text = element.locator(".focal-point-text")

    def button(self, name: str) -> Locator:
        """Return the button of this name."""
        return self.element.get_by_role("button", name=name, exact=True)

    def expect_point(self, x: int, y: int) -> None:
        """Wait until everything there is says the same point."""
        expect(self.dot).to_have_attribute(
            "aria-valuetext", f"{x} % from the left, {y} % from the top"
        )
        expect(self.left).to_have_value(str(x))
        expect(self.top).to_have_value(str(y))

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where on the page this is, in percent of the picture."""
        self.stage.scroll_into_view_if_needed()
        box = self.stage.bounding_box()
        assert box is not None
        return box["x"] + box["width"] * x / 100, box["y"] + box["height"] * y / 100

    def set_numbers(self, x: int, y: int) -> None:
        """Type a point."""
        self.left.fill(str(x))
        self.top.fill(str(y))

    def preview(self, name: str) -> PillowImage.Image:
        """Return what the preview of a crop shows, after the next frame of the page."""
        canvas = self.element.locator("figure").filter(has_text=name).locator("canvas")
        data = canvas.evaluate(
            "async (canvas) => {"
            " for (let n = 0; n < 2; n++) await new Promise(requestAnimationFrame);"
            " return canvas.toDataURL(); }"
        )
        return PillowImage.open(BytesIO(b64decode(data.partition(",")[2]))).convert("RGB")


def path_of(photo: Photo) -> str:
    """Return where a photo is edited."""
    return f"/pickers/testapp/photo/{photo.pk}/change/"


def picker_on(page: Page) -> Picker:
    """Return the first picker of a page, when its picture has arrived."""
    picker = Picker(page.locator("focal-point-picker.is-enhanced").first)
    expect(picker.dot).to_be_visible()
    # Which are there when the picture is, and so its size.
    expect(picker.element.locator("canvas")).to_have_count(len(SHAPES))
    return picker


def save(page: Page) -> None:
    """Press the button, and see that it worked."""
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def point_of(photo: Photo) -> Any:
    """Return the point that is stored."""
    photo.refresh_from_db()
    return photo.image_ppoi
