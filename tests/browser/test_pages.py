"""The public pages in a browser: nothing jumps, nothing is out of reach, and the figure follows."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from django.core.files.base import File
from PIL import Image as PillowImage
from PIL import ImageOps
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from catalog.models import Product
from fixtures.draw import PICTURES
from gallery.imaging.focal_point import FocalPoint
from gallery.imaging.geometry import Size, crop_box
from gallery.models import Image
from gallery.services import attachments
from orgs.models import Organization
from tests.browser.accessibility import examined, violations
from tests.factories import ProductFactory
from tests.gallery.heart import uploaded

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MEDIA = re.compile("/media/")
# What the page moved by itself, in the numbers of CLS; 0 says that nothing ever did.
WATCH = """
window.shifts = [];
const note = (list) => window.shifts.push(...list.getEntries().map((each) => each.value));
new PerformanceObserver(note).observe({ type: "layout-shift", buffered: true });
"""
SCROLL = """async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += 200) {
    window.scrollTo(0, y);
    await new Promise((done) => setTimeout(done, 50));
  }
}"""
BLUR = """async (hash) => {
  const { blurOf } = await import("/static/catalog/thumbhash.js");
  return blurOf(hash);
}"""
SHAPES = (Size(1, 1), Size(16, 9), Size(3, 4))


@pytest.fixture
def shop(organization: Organization) -> list[Product]:
    """Return five products with pictures of the demo: wide, tall, transparent."""
    products = []
    for name, *files in (
        ("A balloon", "balloon-over-dunes.jpg", "portrait-ada.jpg", "monstera.png"),
        ("Boats", "harbour-at-sunset.jpg"),
        (
            "Cat in a Donaudampfschifffahrtsgesellschaftshaus",
            "cat-at-the-window.jpg",
            "harbour-at-sunset.jpg",
        ),
        ("Monstera", "monstera.png"),
        ("Portrait", "portrait-ada.jpg"),
    ):
        product = ProductFactory.create(organization=organization, name=name)
        for file_name in files:
            attachments.attach(obj=product, image=_image(organization, file_name))
        products.append(product)
    _crop(products[1], FocalPoint(90, 60))
    return products


def _image(organization: Organization, name: str) -> Image:
    found = Image.objects.filter(file_name=name).first()
    if found is not None:
        return found
    with (PICTURES / name).open("rb") as file:
        about = {"title": name, "alt_text": f"It shows {name}", "description": "Drawn."}
        return uploaded(organization, File(file, name=name), **about)


def _crop(product: Product, point: FocalPoint) -> None:
    cover = product.cover
    assert cover is not None
    attachments.update_relation(obj=product, image_id=cover.image_id, focal_point=point)


class Held:
    """Requests for pictures, which nobody answers until they are let go."""

    def __init__(self) -> None:
        self.routes: list[Route] = []
        self.is_over = False

    def hold(self, route: Route) -> None:
        if self.is_over:
            route.continue_()
        else:
            self.routes.append(route)

    def release(self) -> None:
        """Answer those that wait, and from now on each at once."""
        self.is_over = True
        for route in self.routes:
            route.continue_()


@pytest.fixture
def held(page: Page) -> Iterator[Held]:
    """Return what the page waits for in vain."""
    held = Held()
    page.route(MEDIA, held.hold)
    yield held
    page.unroute_all(behavior="ignoreErrors")


def view_boxes(page: Page) -> list[str | None]:
    """Return what the frames on the point show."""
    return [each.get_attribute("viewBox") for each in page.locator(".on-point svg").all()]


def crops(product: Product, point: FocalPoint) -> list[str]:
    """Return what the server would cut."""
    cover = product.cover
    assert cover is not None
    boxes = [crop_box(Size(*cover.image.original_size), each, point) for each in SHAPES]
    return [f"{box.left} {box.top} {box.size.width} {box.size.height}" for box in boxes]


def coarse(content: BytesIO) -> Any:
    """Return 4 by 4 colours with their opacity, all 0 to 255; what is invisible is black."""
    upright = ImageOps.exif_transpose(PillowImage.open(content)).convert("RGBA")
    alone = np.asarray(upright.resize((4, 4), PillowImage.Resampling.BOX), float)
    return np.concatenate([alone[..., :3] * alone[..., 3:] / 255, alone[..., 3:]], axis=2)


def distance(one: Any, other: Any) -> float:
    """Return how far two are apart: the mean over all values, of 255."""
    return float(np.abs(one - other).mean())


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("path", ["/", "/products/a-balloon/"])
def test_pages__move_nothing__however_late_the_pictures(
    page: Page, shop: list[Product], held: Held, width: int, path: str
) -> None:
    page.add_init_script(WATCH)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path, wait_until="commit")
    expect(page.locator("picture > img").first).to_have_css("background-image", re.compile("data:"))
    page.wait_for_timeout(300)
    assert held.routes
    held.release()
    page.evaluate(SCROLL)
    for picture in page.locator("picture > img").all():
        expect(picture).to_have_js_property("complete", True)
    page.wait_for_timeout(300)

    assert page.evaluate("window.shifts") == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_placeholder__is_there_until_the_picture_is(
    page: Page, shop: list[Product], held: Held
) -> None:
    page.goto("/", wait_until="commit")
    first = page.locator("picture > img").first
    expect(first).to_have_css("background-image", re.compile("^url..data:image/png"))
    colour = first.get_attribute("data-placeholder-color") or ""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    expect(first).to_have_css("background-color", f"rgb({red}, {green}, {blue})")
    held.release()

    expect(first).to_have_css("background-image", "none")
    expect(first).to_have_css("background-color", "rgba(0, 0, 0, 0)")


def test_blur__looks_like_its_picture_more_than_like_any_other(
    page: Page, shop: list[Product]
) -> None:
    page.goto("/")
    pictures = {path.name: coarse(BytesIO(path.read_bytes())) for path in PICTURES.iterdir()}
    for image in Image.objects.all():
        url: str = page.evaluate(BLUR, image.placeholder_thumbhash)
        content = BytesIO(b64decode(url.partition(",")[2]))
        blur = PillowImage.open(content)
        assert max(blur.size) == 32
        assert 0.8 < blur.width / blur.height / (image.width / image.height) < 1.25
        apart = {name: distance(coarse(content), each) for name, each in pictures.items()}
        assert min(apart, key=apart.__getitem__) == image.file_name
        assert apart[image.file_name] < 20, apart  # it is 5 to 17


def test_figure__follows_mouse_and_keyboard_by_the_servers_arithmetic(
    page: Page, shop: list[Product]
) -> None:
    page.goto("/")
    boats = shop[1]
    assert view_boxes(page) == crops(boats, FocalPoint(90, 60))
    whole = page.locator(".focal-whole")
    whole.scroll_into_view_if_needed()
    box = whole.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.3)
    from_left = page.get_by_label("From the left")
    expect(from_left).to_have_value("20")
    assert view_boxes(page) == crops(boats, FocalPoint(20, 30))
    from_left.press("ArrowRight")

    assert view_boxes(page) == crops(boats, FocalPoint(21, 30))
    expect(page.locator(".focal-whole .dot")).to_have_attribute("cx", "21%")
    expect(page.locator(".commands")).to_contain_text('{"focal_point": {"x": 0.21, "y": 0.3}}')


def test_commands__are_copied_by_a_button(page: Page, shop: list[Product]) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/")
    second = page.locator(".commands li").nth(1)
    second.get_by_role("button", name="Copy").click()

    expect(second.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == second.locator("pre").text_content()
    assert copied.startswith("curl -s http://")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("path", ["/", "/products/a-balloon/", "/login/login/"])
def test_pages__keep_nobody_out(
    page: Page, shop: list[Product], path: str, width: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.goto(path)
    with examined(page):
        assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_keyboard__reaches_a_product_and_its_large_picture(page: Page, shop: list[Product]) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.get_by_role("link", name="A balloon").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/products/a-balloon/")
    large = page.get_by_role("link", name="It shows balloon-over-dunes.jpg: larger")
    large.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/media/.*_lg\.webp$"))


def test_pages__without_scripts__show_everything(
    browser: Browser, live_server: LiveServer, shop: list[Product]
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")

    assert view_boxes(page) == crops(shop[1], FocalPoint(90, 60))
    expect(page.get_by_label("From the left")).to_be_hidden()
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    page.get_by_role("link", name="A balloon").click()
    with page.expect_response(re.compile(r"_lg\.webp$")) as answer:
        page.get_by_role("link", name="It shows portrait-ada.jpg: larger").click()
    assert answer.value.ok
    context.close()
