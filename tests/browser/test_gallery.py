"""A gallery in the admin: the same evening's work by keyboard, by mouse, and by touch at 360 px."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image
from gallery.services import attachments
from orgs.models import Organization
from tests.browser.accessibility import examined, violations
from tests.browser.conftest import TIMEOUT, Faults, LogIn, LogInTo, PictureFile
from tests.browser.gallery_page import (
    card,
    cards,
    drag,
    editing,
    expect_names,
    expect_status,
    files_input,
    handle,
    path_of,
    picture,
    save,
    star,
    tab_to,
    touch_drag,
    upload,
)
from tests.conftest import Upload
from tests.gallery.api.harness import laid_out, relation_of
from tests.gallery.heart import uploaded
from tests.testapp.models import Album

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAMES = ["a.jpg", "b.jpg", "c.jpg"]


@pytest.fixture
def album(organization: Organization) -> Album:
    return Album.objects.create(organization=organization, name="Harbour")


@pytest.fixture
def gallery(page: Page, log_in: LogIn, superuser: User, album: Album) -> Page:
    """Return the page of an album without images, as the superuser sees it."""
    log_in(superuser)
    page.goto(path_of(album))
    return page


def library(organization: Organization, upload: Upload, *names: str) -> list[Image]:
    """Put pictures into the library, with their renditions."""
    return [uploaded(organization, upload(f"{name}.jpg"), title=name) for name in names]


def assert_evening_is_saved(album: Album) -> None:
    """Show that all is so in the database: c, a, b; b on the cover; words, and a point of b's."""
    ids = {image.file_name: image.pk for image in Image.objects.all()}
    assert laid_out(album) == ([ids["c.jpg"], ids["a.jpg"], ids["b.jpg"]], ids["b.jpg"])
    for name in NAMES:
        image = Image.objects.get(file_name=name)
        assert relation_of(album, image).custom_alt_text == f"Picture {name[0]}"
    cropped = Image.objects.get(file_name="b.jpg")
    assert relation_of(album, cropped).own_focal_point == FocalPoint(62, 50)
    assert cropped.focal_point == FocalPoint.CENTER


def expect_evening(page: Page) -> None:
    """Wait until the page shows the same."""
    expect_names(page, "c.jpg", "a.jpg", "b.jpg")
    expect(star(page, "b.jpg")).to_be_checked()
    expect(star(page, "a.jpg")).not_to_be_checked()
    expect(page.locator(".gallery-badge-alt:visible")).to_have_count(0)


def test_keyboard__does_all_of_it(gallery: Page, album: Album, picture_file: PictureFile) -> None:
    page, press = gallery, gallery.keyboard.press
    # From the beginning: Chromium may open its own before it has heard that a test is waiting.
    page.on("filechooser", lambda _: None)
    tab_to(page, files_input(page))
    with page.expect_file_chooser() as chooser:
        press("Enter")
    chooser.value.set_files([picture_file(name) for name in NAMES])
    expect_names(page, *NAMES)
    expect(page.locator(".gallery-badge-alt:visible")).to_have_count(3)
    for name in NAMES:
        tab_to(page, card(page, name).locator(".gallery-card-edit"))
        press("Enter")
        tab_to(page, page.locator(".gallery-editor[open]").get_by_label("Alt text here"))
        page.keyboard.type(f"Picture {name[0]}")
        if name == "b.jpg":
            tab_to(page, page.locator(".gallery-editor[open]").get_by_role("slider").first)
            press("Shift+ArrowRight")
            press("ArrowRight")
            press("ArrowRight")
        press("Escape")
    tab_to(page, star(page, "b.jpg"))
    press("Space")
    tab_to(page, handle(page, "c.jpg"))
    press("ArrowLeft")
    expect_status(page, "c.jpg: place 2 of 3")
    press("Home")
    expect_status(page, "c.jpg: place 1 of 3")
    expect_evening(page)
    tab_to(page, page.get_by_role("button", name="Save and continue editing"))
    press("Enter")
    expect(page.locator(".messagelist .success")).to_be_visible()

    assert_evening_is_saved(album)
    expect_evening(page)


def describe(page: Page, *, by_touch: bool = False) -> None:
    """Write alt texts, and move the focal point of b by 12 percent."""
    for name in NAMES:
        with editing(page, name) as dialog:
            dialog.get_by_label("Alt text here").fill(f"Picture {name[0]}")
            if name == "b.jpg":
                stage = dialog.locator(".focal-point-stage")
                stage.scroll_into_view_if_needed()
                box = stage.bounding_box()
                assert box
                position = {"x": box["width"] * 0.62, "y": box["height"] * 0.5}
                (stage.tap if by_touch else stage.click)(position=position)  # type: ignore[arg-type]


def test_mouse__does_all_of_it(gallery: Page, album: Album, picture_file: PictureFile) -> None:
    upload(gallery, *(picture_file(name) for name in NAMES))
    describe(gallery)
    star(gallery, "b.jpg").click()
    expect(star(gallery, "b.jpg")).to_be_checked()
    drag(gallery, handle(gallery, "c.jpg"), picture(gallery, "a.jpg"))
    expect_evening(gallery)
    save(gallery)

    assert_evening_is_saved(album)
    expect_evening(gallery)


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """Return the profile of a small phone."""
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 360, "height": 740}, has_touch=True,
        is_mobile=True,
    )  # fmt: skip
    context.set_default_timeout(TIMEOUT)
    yield context
    context.close()


def test_touch__does_all_of_it_on_a_small_phone(
    phone: BrowserContext,
    faults: Faults,
    album: Album,
    superuser: User,
    log_in_to: LogInTo,
    picture_file: PictureFile,
) -> None:
    page = phone.new_page()
    faults.watch(page)
    log_in_to(phone, superuser)
    page.goto(path_of(album))
    upload(page, *(picture_file(name) for name in NAMES))
    describe(page, by_touch=True)
    star(page, "b.jpg").tap()
    touch_drag(page, handle(page, "c.jpg"), picture(page, "a.jpg"))
    expect_evening(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    save(page)

    assert_evening_is_saved(album)


def test_library__is_searched_and_its_images_are_added(
    gallery: Page, album: Album, organization: Organization, upload: Upload
) -> None:
    boat, tree, boats = library(organization, upload, "boat", "tree", "two boats")
    gallery.get_by_role("button", name="Choose from the library").click()
    dialog = gallery.locator(".gallery-library")
    expect(dialog.get_by_role("checkbox")).to_have_count(3)
    dialog.get_by_label("Search the library").fill("boat")
    expect(dialog.get_by_role("checkbox")).to_have_count(2)
    for name in ("two boats", "boat 4"):
        dialog.get_by_role("checkbox", name=name).check()
    dialog.get_by_role("button", name="Add 2 images").click()
    expect_names(gallery, "two boats", "boat")
    gallery.get_by_role("button", name="Choose from the library").click()
    expect(dialog.get_by_role("checkbox", name="boat 4")).to_have_count(0)
    expect(dialog.get_by_role("checkbox", disabled=True)).to_have_count(2)
    dialog.get_by_role("button", name="Close").click()
    save(gallery)

    assert laid_out(album) == ([boats.pk, boat.pk], boats.pk)
    assert tree.relations.count() == 0


def test_removed__can_be_undone_until_it_is_saved(
    gallery: Page, album: Album, organization: Organization, upload: Upload
) -> None:
    one, two, three = library(organization, upload, "one", "two", "three")
    attachments.bulk_attach(obj=album, image_ids=[one.pk, two.pk, three.pk])
    gallery.reload()
    for name in ("one", "two"):
        card(gallery, name).get_by_role("button", name="Remove").click()
    card(gallery, "two").get_by_role("button", name="Undo").click()
    expect(card(gallery, "two").get_by_role("button", name="Edit")).to_be_focused()
    save(gallery)

    assert laid_out(album) == ([two.pk, three.pk], two.pk)
    assert Image.objects.count() == 3


def test_refused_file__says_so_on_its_card_and_holds_nothing_up(
    gallery: Page, album: Album, faults: Faults, picture_file: PictureFile
) -> None:
    faults.expect("415|400|422")
    bad = picture_file("good.jpg").with_name("bad.jpg")
    bad.write_bytes(b"no picture")
    files_input(gallery).set_input_files([bad, picture_file("good.jpg")])
    expect(card(gallery, "bad.jpg")).to_contain_text("not an image of an accepted format")
    expect(card(gallery, "good.jpg").get_by_role("button", name="Edit")).to_be_visible()
    save(gallery)

    expect_names(gallery, "good.jpg")


def test_save__waits_for_files_on_their_way(
    gallery: Page, album: Album, noise_file: PictureFile
) -> None:
    files_input(gallery).set_input_files([noise_file("slow.png")])
    save(gallery)

    expect_names(gallery, "slow.png")
    assert laid_out(album)[0] == [Image.objects.get().pk]


def test_new_object__gets_its_gallery_with_it(
    page: Page, log_in: LogIn, superuser: User, organization: Organization,
    picture_file: PictureFile,
) -> None:  # fmt: skip
    log_in(superuser)
    page.goto("/admin/testapp/album/add/")
    expect(files_input(page)).to_be_disabled()
    page.get_by_label("Organization:").select_option(label="Acme")
    page.get_by_label("Name:").fill("New")
    upload(page, picture_file("a.jpg"))
    expect(star(page, "a.jpg")).to_be_checked()
    save(page)

    [image] = Image.objects.all()
    assert laid_out(Album.objects.get(name="New")) == ([image.pk], image.pk)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility__of_the_page_and_its_dialogs(
    gallery: Page, album: Album, organization: Organization, upload: Upload, scheme: str
) -> None:
    images = library(organization, upload, "one", "two", "three")
    attachments.bulk_attach(obj=album, image_ids=[image.pk for image in images[:2]])
    gallery.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    with examined(gallery):
        expect(cards(gallery)).to_have_count(2)
        assert violations(gallery) == []
        with editing(gallery, "one") as dialog:
            expect(dialog.locator("canvas").first).to_be_visible()
            assert violations(gallery) == []
        gallery.get_by_role("button", name="Choose from the library").click()
        expect(gallery.locator(".gallery-result")).to_have_count(3)
        assert violations(gallery) == []
