"""Where images of a gallery come from: a library of several pages, and files that are dropped."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from orgs.models import Organization
from tests.browser.conftest import LogIn, PictureFile
from tests.browser.gallery_page import Held, expect_names, path_of, save
from tests.browser.test_upload_page import DROP
from tests.conftest import Upload
from tests.gallery.api.harness import laid_out
from tests.gallery.heart import uploaded
from tests.testapp.models import Album

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AT_ONCE = 24


@pytest.fixture
def album(organization: Organization) -> Album:
    return Album.objects.create(organization=organization, name="Harbour")


@pytest.fixture
def gallery(page: Page, log_in: LogIn, superuser: User, album: Album) -> Page:
    """Return the page of an album without images, as the superuser sees it."""
    log_in(superuser)
    page.goto(path_of(album))
    return page


def test_library__of_several_pages__keeps_what_was_chosen_on_each(
    gallery: Page, album: Album, organization: Organization, upload: Upload
) -> None:
    images = [
        uploaded(organization, upload(size=(8, 6)), title=f"Picture {number:02}")
        for number in range(AT_ONCE + 2)
    ]
    gallery.get_by_role("button", name="Choose from the library").click()
    dialog = gallery.locator(".gallery-library")
    boxes = dialog.get_by_role("checkbox")
    expect(boxes).to_have_count(AT_ONCE)
    dialog.get_by_role("checkbox", name="Picture 25").check()
    dialog.get_by_role("button", name="Show more").click()
    expect(boxes).to_have_count(AT_ONCE + 2)
    # The keyboard goes on with the first of those that came.
    expect(dialog.get_by_role("checkbox", name="Picture 01")).to_be_focused()
    expect(dialog.get_by_role("button", name="Show more")).to_be_hidden()
    dialog.get_by_role("checkbox", name="Picture 00").check()
    dialog.get_by_role("button", name="Add 2 images").click()
    expect_names(gallery, "Picture 25", "Picture 00")
    save(gallery)

    assert laid_out(album) == ([images[25].pk, images[0].pk], images[25].pk)


def test_files__dropped_anywhere_on_the_page__come_into_the_gallery(
    gallery: Page, album: Album, picture_file: PictureFile
) -> None:
    gallery.route("**/dropped", lambda route: route.fulfill(path=picture_file()))
    gallery.evaluate(DROP, ["dropped.jpg", "/dropped"])
    expect_names(gallery, "dropped.jpg")
    expect(gallery.locator(".gallery-card.is-upload")).to_have_count(0)
    save(gallery)

    [image], cover = laid_out(album)
    assert cover == image


def test_library__enter_on_a_picture__does_not_save_the_page(
    gallery: Page, organization: Organization, upload: Upload
) -> None:
    uploaded(organization, upload(size=(8, 6)), title="Boat")
    gallery.get_by_role("button", name="Choose from the library").click()
    box = gallery.locator(".gallery-library").get_by_role("checkbox", name="Boat")
    box.focus()
    gallery.keyboard.press("Space")
    gallery.keyboard.press("Enter")

    expect(gallery.get_by_role("button", name="Add 1 image")).to_be_visible()
    expect(box).to_be_checked()
    expect(gallery.locator(".messagelist")).to_have_count(0)


def test_library__opened_again__shows_nothing_of_the_last_time(
    gallery: Page, organization: Organization, upload: Upload
) -> None:
    uploaded(organization, upload(size=(8, 6)), title="Boat")
    button = gallery.get_by_role("button", name="Choose from the library")
    boxes = gallery.locator(".gallery-library").get_by_role("checkbox")
    button.click()
    boxes.check()
    gallery.get_by_role("button", name="Add 1 image").click()
    held = Held(gallery, "**/images/?*")
    button.click()
    expect(gallery.get_by_label("Search the library")).to_be_focused()
    expect(boxes).to_have_count(0)
    held.let_go()

    expect(boxes).to_be_disabled()
