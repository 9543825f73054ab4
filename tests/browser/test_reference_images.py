"""Reference images on the page of their user: a browser adds one and is shown it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.models import ReferenceImage, User
from tests.accounts.reference_images import add
from tests.browser.conftest import LogIn, PictureFile
from tests.conftest import Upload

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_user__adds_a_reference_image_and_is_shown_it(
    page: Page, log_in: LogIn, superuser: User, picture_file: PictureFile, upload: Upload
) -> None:
    add(superuser, upload, name="Front")
    log_in(superuser)
    page.goto(f"/admin/accounts/user/{superuser.pk}/change/")
    page.locator("#id_reference_images-1-image_0").set_input_files(picture_file("side.png"))
    page.locator("#id_reference_images-1-name").fill("Side")
    page.get_by_text("Save and continue editing").click()
    page.locator("#id_reference_images-2-name").wait_for(state="attached")

    assert [each.name for each in ReferenceImage.objects.all()] == ["Front", "Side"]
    thumbnails = page.locator(".field-thumbnail img")
    expect(thumbnails).to_have_count(2)
    for number in range(2):
        thumbnails.nth(number).scroll_into_view_if_needed()  # which loads it
        expect(thumbnails.nth(number)).not_to_have_js_property("naturalWidth", 0)


def test_superuser__is_not_shown_those_of_others(
    page: Page, log_in: LogIn, superuser: User, member: User, upload: Upload
) -> None:
    add(member, upload, name="Front")
    log_in(superuser)
    for path in (f"user/{member.pk}/change/", "referenceimage/"):
        page.goto(f"/admin/accounts/{path}")

        expect(page.get_by_text("Private", exact=True)).to_have_count(1)
        assert page.locator("img[src*='/media/']").count() == 0
