"""Several images at once in the admin, on a disk: progress, refusals, interruptions, keyboard."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from playwright.sync_api import Page, Request, Route, expect

from accounts.models import User
from gallery.models import DirectUpload, Image
from orgs.models import Organization, Role
from tests.browser.conftest import Faults, LogIn, PictureFile
from tests.browser.upload_page import (
    PATH,
    WATCH,
    choose,
    expect_state,
    expect_summary,
    line,
    throttled,
    values_seen,
)
from tests.factories import MembershipFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DROP = """async ([name, url]) => {
  const blob = await (await fetch(url)).blob();
  const files = new DataTransfer();
  files.items.add(new File([blob], name, { type: "image/jpeg" }));
  const event = new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true });
  document.body.dispatchEvent(event);
}"""


@pytest.fixture
def upload_page(page: Page, log_in: LogIn, superuser: User, organization: Organization) -> Page:
    """Return the page, open, as the superuser sees it."""
    log_in(superuser)
    page.add_init_script(WATCH)
    page.goto(PATH)
    return page


def test_list__leads_to_the_page(
    page: Page, log_in: LogIn, superuser: User, organization: Organization
) -> None:
    log_in(superuser)
    page.goto("/admin/gallery/image/")
    page.get_by_role("link", name="Upload several").click()

    expect(page.get_by_role("heading", name="Upload several images")).to_be_visible()
    expect(page.get_by_label("Organization")).to_have_value("acme")


def test_three_at_once__reach_the_library_with_progress(
    upload_page: Page, superuser: User, noise_file: PictureFile
) -> None:
    names = ["a.png", "b.png", "c.png"]
    upload_page.get_by_label("Visibility").select_option("private")
    with throttled(upload_page, 3_000_000):
        choose(upload_page, *(noise_file(name, (600, 500)) for name in names))
        expect_summary(upload_page, "3 of 3 in the library.")

    for name in names:
        seen = values_seen(upload_page, name)
        between = {value for words, value in seen if words.startswith("Sending") and 0 < value < 1}
        assert between, seen
        assert [value for _, value in seen] == sorted(value for _, value in seen)
        assert {"Making the image", "In the library"} <= {words for words, _ in seen}
    images = Image.objects.order_by("file_name")
    assert [image.file_name for image in images] == names
    assert {(image.creator, image.visibility) for image in images} == {(superuser, "private")}


def test_finished__links_to_the_image(upload_page: Page, picture_file: PictureFile) -> None:
    choose(upload_page, picture_file("harbour.jpg"))
    upload_page.get_by_role("link", name="Open harbour.jpg").click()

    upload_page.wait_for_url(f"**/admin/gallery/image/{Image.objects.get().pk}/change/")


def test_thumbnail__is_shown_of_the_file_itself(
    upload_page: Page, picture_file: PictureFile
) -> None:
    choose(upload_page, picture_file("harbour.jpg", (400, 300)))

    expect(line(upload_page, "harbour.jpg")).to_contain_text("Acme · public")
    upload_page.wait_for_function("document.querySelector('.upload-row img').naturalWidth === 400")


def test_bad_file__says_why_and_the_others_are_there(
    upload_page: Page, faults: Faults, picture_file: PictureFile
) -> None:
    # Chromium notes every refusal of a server.
    faults.expect(r"status of 4\d\d")
    text, broken = picture_file("text.pdf.jpg"), picture_file("broken.jpg")
    text.write_text("no picture at all")
    broken.write_bytes(broken.read_bytes()[:700])
    empty = picture_file("empty.jpg")
    empty.write_bytes(b"")
    choose(upload_page, picture_file("a.jpg"), text, broken, empty, picture_file("b.jpg"))

    expect_summary(upload_page, "2 of 5 in the library, 3 failed.")
    expect_state(upload_page, "text.pdf.jpg", "not an image of an accepted format")
    expect_state(upload_page, "broken.jpg", "damaged")
    expect_state(upload_page, "empty.jpg", "empty")
    assert set(Image.objects.values_list("file_name", flat=True)) == {"a.jpg", "b.jpg"}


def test_network_that_drops__is_tried_again_and_then_by_hand(
    upload_page: Page, faults: Faults, picture_file: PictureFile
) -> None:
    faults.expect("ERR_INTERNET_DISCONNECTED")
    attempts = []

    def drop(route: Route, request: Request) -> None:
        attempts.append(request.url)
        route.abort("internetdisconnected")

    upload_page.route("**/uploads/*/file/**", drop)
    choose(upload_page, picture_file("harbour.jpg"))
    expect_state(upload_page, "harbour.jpg", "trying again")
    expect_state(upload_page, "harbour.jpg", "connection failed")
    assert len(attempts) == 5
    upload_page.unroute("**/uploads/*/file/**")
    upload_page.get_by_role("button", name="Retry harbour.jpg").click()

    expect_summary(upload_page, "1 of 1 in the library.")
    assert Image.objects.count() == 1
    # It went on with the upload that had been begun.
    assert DirectUpload.objects.count() == 1


def test_upload_that_broke_off__does_not_go_on_as_something_else(
    upload_page: Page, faults: Faults, picture_file: PictureFile
) -> None:
    faults.expect("ERR_INTERNET_DISCONNECTED")
    picture = picture_file("harbour.jpg")
    upload_page.route("**/file/**", lambda route: route.abort("internetdisconnected"))
    choose(upload_page, picture)
    expect_state(upload_page, "harbour.jpg", "trying again")
    first = DirectUpload.objects.get()
    upload_page.reload()
    upload_page.unroute("**/file/**")
    upload_page.get_by_label("Visibility").select_option("private")
    choose(upload_page, picture)

    expect_summary(upload_page, "1 of 1 in the library.")
    assert Image.objects.get().visibility == "private"
    assert DirectUpload.objects.get() != first


def test_answer_that_is_lost__is_no_second_upload(
    upload_page: Page, faults: Faults, picture_file: PictureFile
) -> None:
    faults.expect("ERR_FAILED")
    lost = []

    def lose_the_first(route: Route, request: Request) -> None:
        if request.url in lost:
            route.continue_()
            return
        lost.append(request.url)
        route.fetch()
        route.abort()

    upload_page.route("**/uploads/**", lose_the_first)
    choose(upload_page, picture_file("harbour.jpg"))

    expect_summary(upload_page, "1 of 1 in the library.")
    assert len(lost) == 3  # of announcing, sending and completing
    assert (Image.objects.count(), DirectUpload.objects.count()) == (1, 1)


def test_cancel__ends_it_here_and_on_the_server(upload_page: Page, noise_file: PictureFile) -> None:
    with throttled(upload_page, 100_000):
        choose(upload_page, noise_file("a.png", (600, 500)))
        expect_state(upload_page, "a.png", "Sending")
        upload_page.get_by_role("button", name="Cancel a.png").click()
        expect_summary(upload_page, "0 of 1 in the library, 1 cancelled.")

    assert not DirectUpload.objects.exists()
    upload_page.get_by_role("button", name="Retry a.png").click()
    expect_summary(upload_page, "1 of 1 in the library.")


def test_queue__holds_all_but_three(upload_page: Page, noise_file: PictureFile) -> None:
    with throttled(upload_page, 1_000_000):
        choose(upload_page, *(noise_file(f"{number}.png", (300, 200)) for number in range(5)))
        expect(upload_page.get_by_text("Waiting", exact=True)).to_have_count(2)

    expect_summary(upload_page, "5 of 5 in the library.")


def test_same_file_twice__is_one_image(upload_page: Page, picture_file: PictureFile) -> None:
    picture = picture_file("harbour.jpg")
    for _ in range(2):
        choose(upload_page, picture)

    expect_summary(upload_page, "1 of 1 in the library.")
    assert Image.objects.count() == 1


def test_drop__anywhere_on_the_page(upload_page: Page, picture_file: PictureFile) -> None:
    upload_page.route("**/dropped", lambda route: route.fulfill(path=picture_file()))
    upload_page.evaluate(DROP, ["dropped.jpg", "/dropped"])

    expect_summary(upload_page, "1 of 1 in the library.")


def test_keyboard__is_enough(upload_page: Page, faults: Faults, picture_file: PictureFile) -> None:
    faults.expect(r"status of 4\d\d")
    bad = picture_file("bad.jpg")
    bad.write_text("no picture")
    upload_page.get_by_label("Visibility").focus()
    upload_page.keyboard.press("Tab")
    with upload_page.expect_file_chooser() as chooser:
        upload_page.keyboard.press("Space")
    chooser.value.set_files([bad])
    expect_summary(upload_page, "0 of 1 in the library, 1 failed.")
    upload_page.keyboard.press("Tab")
    expect(upload_page.get_by_role("button", name="Retry bad.jpg")).to_be_focused()
    upload_page.keyboard.press("Enter")

    # The button went away; its line keeps the place.
    expect_summary(upload_page, "0 of 1 in the library, 1 failed.")
    expect(line(upload_page, "bad.jpg")).to_be_focused()


def test_screen_readers__are_told_names(upload_page: Page, noise_file: PictureFile) -> None:
    with throttled(upload_page, 200_000):
        choose(upload_page, noise_file("a.png", (300, 300)))
        expect(upload_page.get_by_role("progressbar", name="Progress of a.png")).to_be_visible()
        expect(upload_page.get_by_role("region", name="Files")).to_be_visible()
        expect_summary(upload_page, "0 of 1 in the library, 1 to go.")
    expect_summary(upload_page, "1 of 1 in the library.")


def test_leaving__warns_while_files_are_on_their_way(
    upload_page: Page, noise_file: PictureFile
) -> None:
    asked = []
    upload_page.on("dialog", lambda dialog: asked.append(dialog.type))
    upload_page.get_by_label("Organization").click()  # browsers ask only who has done something
    upload_page.keyboard.press("Escape")
    with throttled(upload_page, 100_000):
        choose(upload_page, noise_file("a.png", (600, 500)))
        expect_state(upload_page, "a.png", "Sending")
        upload_page.goto("/admin/")
    assert asked == ["beforeunload"]

    upload_page.goto(PATH)
    upload_page.get_by_label("Organization").click()
    upload_page.keyboard.press("Escape")
    upload_page.goto("/admin/")
    assert asked == ["beforeunload"]


def test_member__uploads_to_their_own_organization(
    page: Page, log_in: LogIn, picture_file: PictureFile, organization: Organization
) -> None:
    user = MembershipFactory.create(organization=organization, role=Role.MEMBER).user
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="gallery"))
    log_in(user)
    page.goto(PATH)
    choose(page, picture_file())

    expect_summary(page, "1 of 1 in the library.")
    assert Image.objects.get().creator == user
