"""The list and the page of images in the admin."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image
from gallery.services import attachments
from orgs.models import Organization
from tests.browser.accessibility import examined, violations
from tests.browser.conftest import LogIn, PictureFile
from tests.browser.gallery_page import expect_names
from tests.conftest import Upload
from tests.gallery.heart import uploaded
from tests.testapp.models import Album

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/gallery/image/"


@pytest.fixture
def image(organization: Organization, upload: Upload) -> Image:
    """Return an image in one gallery, without an alt text."""
    image = uploaded(organization, upload(size=(400, 300)), title="Harbour")
    album = Album.objects.create(organization=organization, name="Summer")
    attachments.attach(obj=album, image=image)
    return image


@pytest.fixture(autouse=True)
def root(log_in: LogIn, superuser: User) -> None:
    log_in(superuser)


def test_list__has_room_for_all_of_its_columns(page: Page, image: Image) -> None:
    Image.objects.update(width=2100, height=1400, file_size=124_600)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(LIST)
    expect(page.locator("#toggle-nav-sidebar")).to_be_visible()
    expect(page.locator("#changelist-filter")).to_be_visible()
    room = page.locator(".results").evaluate("each => each.clientWidth - each.scrollWidth")

    assert room == 0


def test_page__moves_the_focal_point(page: Page, image: Image) -> None:
    page.goto(f"{LIST}{image.pk}/change/")
    dot = page.get_by_role("slider", name="Focal point")
    dot.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowUp")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist .success")).to_be_visible()

    image.refresh_from_db()
    assert image.focal_point == FocalPoint(60, 49)


def test_page__suggests_a_point(page: Page, image: Image) -> None:
    page.goto(f"{LIST}{image.pk}/change/")
    page.get_by_role("button", name="Suggest").click()
    expect(page.get_by_role("status").filter(has_text="%")).not_to_be_empty()


def test_page__leads_to_where_it_is_used(page: Page, image: Image) -> None:
    page.goto(f"{LIST}{image.pk}/change/")
    expect(page.locator(".image-files")).to_contain_text("webp crop 160 × 160, q65")
    page.get_by_role("link", name="album Summer").click()
    expect_names(page, "Harbour")


def test_alt_texts__of_many_are_written_on_one_page(page: Page, image: Image) -> None:
    page.goto(LIST)
    page.get_by_role("checkbox", name="Select this object").first.check()
    page.get_by_label("Action:").select_option(label="Write alt texts")
    page.get_by_role("button", name="Go").click()
    page.get_by_label("Alt text Harbour").fill("Boats at sunset")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messagelist .success")).to_have_text("1 alt text is saved.")

    image.refresh_from_db()
    assert image.alt_text == "Boats at sunset"


def test_upload_page__speaks_by_the_catalogue(
    page: Page, organization: Organization, picture_file: PictureFile
) -> None:
    words = "globalThis.gettext = (text) => `<${text}>`;"
    page.route(f"**{LIST}jsi18n/", lambda route: route.fulfill(body=words))
    page.goto(f"{LIST}upload/")
    page.get_by_label("Choose images").set_input_files([picture_file("a.jpg")])

    expect(page.get_by_role("listitem").filter(has_text="<In the library>")).to_be_visible()
    expect(page.locator("#upload-summary")).to_have_text("<1 of 1 in the library>.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility__of_list_page_and_alt_texts(page: Page, image: Image, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(LIST)
    with examined(page):
        expect(page.locator("#result_list")).to_be_visible()
        assert violations(page) == []
        page.locator("#result_list tbody th a").first.click()
        expect(page.locator(".focal-point-stage")).to_be_visible()
        assert violations(page) == []
        page.goto(LIST)
        page.get_by_role("checkbox", name="Select this object").first.check()
        page.get_by_label("Action:").select_option(label="Write alt texts")
        page.get_by_role("button", name="Go").click()
        expect(page.get_by_label("Alt text Harbour")).to_be_visible()
        assert violations(page) == []
