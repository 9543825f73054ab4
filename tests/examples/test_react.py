"""The React component, built, on a page of the site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, PolymorphicImageRelation
from orgs.models import Organization
from tests.browser.accessibility import examined, violations
from tests.browser.conftest import Faults, LogIn, PictureFile
from tests.examples.conftest import Npm
from tests.examples.servers import vite
from tests.factories import PASSWORD

pytestmark = [pytest.mark.examples, pytest.mark.django_db(transaction=True)]

PAGE = "/examples/react/dist/index.html"


@pytest.fixture(scope="module", autouse=True)
def _built(npm: Npm) -> None:
    npm("react", "build")


@pytest.fixture
def _shown(page: Page, log_in: LogIn, member: User) -> None:
    log_in(member)
    page.goto(PAGE)
    expect(page.get_by_role("heading", name="Acme")).to_be_visible()


def names(page: Page) -> Locator:
    return page.locator(".gallery-name")


def upload(page: Page, *files: Path) -> None:
    page.get_by_label("Add images").set_input_files(files)
    expect(page.get_by_role("status")).to_have_text(f"{len(files)} of {len(files)} files uploaded.")


@pytest.fixture
def _two(page: Page, _shown: None, picture_file: PictureFile) -> None:
    upload(page, picture_file("one.jpg"), picture_file("two.png"))
    expect(names(page)).to_have_text(["one.jpg", "two.png"])


def log_in_by_hand(page: Page, user: User) -> None:
    page.get_by_role("link", name="Log in").click()
    page.locator("#id_username").fill(user.email)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Acme")).to_be_visible()


def saved() -> list[tuple[str, bool]]:
    relations = PolymorphicImageRelation.objects.order_by("order").select_related("image")
    return [(each.image.file_name, each.is_cover) for each in relations]


@pytest.mark.usefixtures("_two")
def test_gallery__by_keyboard(page: Page) -> None:
    page.get_by_role("button", name="Move two.png back").focus()
    page.keyboard.press("Enter")
    expect(names(page)).to_have_text(["two.png", "one.jpg"])
    expect(page.get_by_role("status")).to_have_text("two.png is number 1 of 2.")
    expect(page.get_by_role("button", name="Move two.png back")).to_be_focused()

    page.get_by_role("button", name="Cover: two.png").press("Enter")
    page.get_by_role("button", name="Edit two.png").press("Enter")
    dot = page.get_by_role("slider", name="Focal point")
    dot.press("Shift+ArrowRight")
    dot.press("ArrowUp")
    expect(dot).to_have_attribute("aria-valuetext", "60% from the left, 49% from the top")
    page.get_by_label("Alt text").fill("Four colours")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.reload()
    expect(names(page)).to_have_text(["two.png", "one.jpg"])
    expect(page.get_by_role("button", name="Cover: two.png")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.get_by_role("img", name="Four colours")).to_be_visible()
    relation = PolymorphicImageRelation.objects.get(image__file_name="two.png")
    assert saved() == [("two.png", True), ("one.jpg", False)]
    assert relation.focal_point == FocalPoint(60, 49)


@pytest.mark.usefixtures("_two")
def test_gallery__by_mouse(page: Page) -> None:
    pictures = page.locator(".gallery-picture")
    pictures.nth(0).hover()
    page.mouse.down()
    box = pictures.nth(1).bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 60, steps=10)
    page.mouse.up()
    expect(names(page)).to_have_text(["two.png", "one.jpg"])

    page.get_by_role("button", name="Edit one.jpg").click()
    stage = page.locator(".focal-stage")
    expect(stage.locator("img")).to_have_js_property("complete", True)
    box = stage.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.8)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)

    relation = PolymorphicImageRelation.objects.get(image__file_name="one.jpg")
    assert saved() == [("two.png", False), ("one.jpg", True)]
    assert relation.focal_point == FocalPoint(20, 80)


@pytest.mark.usefixtures("_two")
def test_gallery__removes_an_image_and_hands_on_the_cover(page: Page) -> None:
    page.get_by_role("button", name="Remove one.jpg").click()
    expect(names(page)).to_have_text(["two.png"])
    expect(page.get_by_role("button", name="Cover: two.png")).to_have_attribute(
        "aria-pressed", "true"
    )
    assert saved() == [("two.png", True)]
    assert Image.objects.count() == 2


@pytest.mark.usefixtures("_shown")
def test_uploads__dropped_and_refused(
    page: Page, picture_file: PictureFile, tmp_path: Path, faults: Faults
) -> None:
    faults.expect("415")
    text = tmp_path / "text.png"
    text.write_text("No picture.")
    page.get_by_label("Add images").set_input_files([text, picture_file("one.jpg")])
    expect(page.get_by_role("status")).to_have_text("1 of 2 files uploaded.")
    expect(page.locator(".gallery-uploads li")).to_have_text(re.compile("text.png .+"))
    expect(names(page)).to_have_text(["one.jpg"])

    dropped = page.evaluate_handle(
        """async (url) => {
          const data = new DataTransfer();
          const bytes = await (await fetch(url)).arrayBuffer();
          data.items.add(new File([bytes], "dropped.jpg", { type: "image/jpeg" }));
          return data;
        }""",
        Image.objects.get().file.url,
    )
    page.locator(".gallery-drop").dispatch_event("drop", {"dataTransfer": dropped})
    expect(names(page)).to_have_text(["one.jpg", "dropped.jpg"])
    expect(page.locator(".gallery-uploads li")).to_have_count(0)


@pytest.mark.usefixtures("_two")
def test_gallery__that_somebody_else_changed(page: Page, faults: Faults) -> None:
    faults.expect("400")
    PolymorphicImageRelation.objects.get(image__file_name="one.jpg").delete()
    page.get_by_role("button", name="Move two.png back").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(names(page)).to_have_text(["two.png"])


def test_page__leads_to_the_log_in_and_back(
    page: Page, organization: Organization, member: User, faults: Faults
) -> None:
    # Of the API without a session, and of REST framework's page, whose styles are in its markup.
    faults.expect("401|style")
    page.goto(PAGE)
    log_in_by_hand(page, member)


def test_development__vite_serves_the_page_and_the_site_the_rest(
    page: Page,
    live_server: LiveServer,
    node: str,
    organization: Organization,
    member: User,
    picture_file: PictureFile,
    faults: Faults,
) -> None:
    faults.expect("401|style")
    with vite(node, live_server.url) as url:
        page.goto(url)
        log_in_by_hand(page, member)
        upload(page, picture_file("one.jpg"))
        assert page.url.startswith(url)
        shown = page.locator(".gallery-picture img").evaluate("image => image.decode()")
        # Its socket for changes of the code would complain.
        page.goto("about:blank")
    assert shown is None
    assert saved() == [("one.jpg", True)]


@pytest.mark.usefixtures("_two")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    with examined(page):
        expect(names(page)).to_have_text(["one.jpg", "two.png"])
        assert violations(page) == []
        page.get_by_role("button", name="Edit one.jpg").click()
        expect(page.get_by_role("slider")).to_be_visible()
        assert violations(page) == []


@pytest.mark.usefixtures("_shown")
def test_page__is_under_the_sites_policy(page: Page) -> None:
    response = page.goto(PAGE)
    assert response
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
