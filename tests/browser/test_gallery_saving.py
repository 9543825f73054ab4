"""Saving a gallery while files are on their way: it waits, saves once, and loses none unsaid."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from accounts.models import User
from gallery.models import Image
from orgs.models import Organization
from tests.browser.conftest import Faults, LogIn, PictureFile
from tests.browser.gallery_page import (
    Held,
    card,
    expect_names,
    expect_status,
    files_input,
    path_of,
    save,
    upload,
)
from tests.gallery.api.harness import laid_out
from tests.testapp.models import Album

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAVE = "Save and continue editing"
WAITS = "Saving when all files have arrived."
UPLOADS = "**/uploads/"


def test_save__pressed_again_and_again__adds_one_object(
    page: Page,
    log_in: LogIn,
    superuser: User,
    organization: Organization,
    picture_file: PictureFile,
) -> None:
    log_in(superuser)
    page.goto("/admin/testapp/album/add/")
    page.get_by_label("Organization:").select_option(label="Acme")
    page.get_by_label("Name:").fill("New")
    held = Held(page, UPLOADS)
    files_input(page).set_input_files([picture_file("a.jpg")])
    for _ in range(3):
        page.get_by_role("button", name=SAVE).click()
        expect_status(page, WAITS)
        expect(page.locator(".gallery-notice")).to_have_text(WAITS)
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if is_save(request) else None)
    held.let_go()
    expect(page.locator(".messagelist .success")).to_be_visible()

    assert len(sent) == 1
    assert laid_out(Album.objects.get())[0] == [Image.objects.get().pk]


def test_file_that_fails_meanwhile__is_seen_before_anything_is_saved(
    page: Page,
    log_in: LogIn,
    superuser: User,
    organization: Organization,
    picture_file: PictureFile,
    faults: Faults,
) -> None:
    faults.expect("415|400|422")
    log_in(superuser)
    album = Album.objects.create(organization=organization, name="Harbour")
    page.goto(path_of(album))
    page.get_by_label("Name:").fill("Changed")
    bad = picture_file("bad.jpg")
    bad.write_bytes(b"no picture")
    held = Held(page, UPLOADS)
    files_input(page).set_input_files([bad])
    page.get_by_role("button", name=SAVE).click()
    expect_status(page, WAITS)
    held.let_go()
    expect(page.locator(".gallery-notice")).to_have_text(
        "Nothing is saved: not all files have arrived."
    )
    expect(card(page, "bad.jpg")).to_be_focused()
    album.refresh_from_db()
    assert album.name == "Harbour"
    save(page)  # who saw it goes on without

    album.refresh_from_db()
    assert album.name == "Changed"


def test_more_files_than_there_is_room_for__are_left_out_and_it_is_said(
    page: Page,
    log_in: LogIn,
    superuser: User,
    organization: Organization,
    picture_file: PictureFile,
    settings: Any,
) -> None:
    settings.GALLERY = {**settings.GALLERY, "MAX_PER_OBJECT": 2}
    log_in(superuser)
    album = Album.objects.create(organization=organization, name="Harbour")
    page.goto(path_of(album))
    upload(page, *(picture_file(f"{name}.jpg") for name in "abc"))
    expect(page.locator(".gallery-notice")).to_have_text("A gallery has at most 2 images.")
    expect_names(page, "a.jpg", "b.jpg")


def is_save(request: Request) -> bool:
    """Tell whether a request sends the page's form."""
    return request.method == "POST" and "/admin/testapp/album/" in request.url
