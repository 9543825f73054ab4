"""The pictures of the README and the docs, taken of the real pages: `-m screenshots` makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import File
from django.core.management import call_command
from playwright.sync_api import Page, expect

from accounts.models import User
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image
from gallery.services import attachments
from orgs.models import Organization
from tests.browser.conftest import LogIn
from tests.browser.gallery_page import card, editing, path_of
from tests.gallery.heart import uploaded
from tests.testapp.models import Album

pytestmark = [pytest.mark.screenshots, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "fixtures" / "pictures"
SHOTS = ROOT / "docs" / "images"
DEMO = {
    "harbour-at-sunset.jpg": ("Harbour at sunset", "Two sailing boats in front of a red sky"),
    "portrait-ada.jpg": ("Ada", "A woman with dark hair looks at us"),
    "fox-in-autumn.webp": ("Fox in autumn", ""),
    "balloon-over-dunes.jpg": ("Balloon over dunes", "A striped balloon above sand dunes"),
    "teapot.jpg": ("Teapot", "A teapot"),
    "cat-at-the-window.jpg": ("Cat at the window", "A cat sits at a window"),
}


@pytest.fixture
def album(organization: Organization) -> Album:
    """Return an album with half a dozen pictures of the demo."""
    album = Album.objects.create(organization=organization, name="Autumn catalogue")
    for name, (title, alt_text) in DEMO.items():
        with (PICTURES / name).open("rb") as file:
            upload = File(file, name=name)
            image: Image = uploaded(organization, upload, title=title, alt_text=alt_text)
        attachments.attach(obj=album, image=image)
    attachments.update_relation(
        obj=album, image_id=Image.objects.get(title="Ada").pk, focal_point=FocalPoint(50, 30)
    )
    return album


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 360])
def test_gallery__is_pictured(
    page: Page, log_in: LogIn, superuser: User, album: Album, scheme: str, width: int
) -> None:
    log_in(superuser)
    page.set_viewport_size({"width": width, "height": 860})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(path_of(album))
    gallery = page.locator(".gallery-inline")
    for picture in gallery.locator("img:visible").all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
    SHOTS.mkdir(exist_ok=True)
    name = f"{scheme}-{'wide' if width > 360 else 'narrow'}"
    gallery.screenshot(path=SHOTS / f"gallery-{name}.png")
    with editing(page, "Ada") as dialog:
        page.wait_for_timeout(300)
        dialog.screenshot(path=SHOTS / f"focal-point-{name}.png")
    expect(card(page, "Ada")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width", "height"), [("light", 1100, 1720), ("dark", 360, 860)])
def test_home__is_pictured(page: Page, settings: Any, scheme: Any, width: int, height: int) -> None:
    settings.DEBUG = True  # which the demo insists on
    call_command("load_demo", verbosity=0)
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    page.goto("/")
    for picture in page.locator("picture > img[loading=eager]").all():
        expect(picture).to_have_js_property("complete", True)
    page.wait_for_load_state("networkidle")
    name = f"{scheme}-{'wide' if width > 360 else 'narrow'}"
    page.screenshot(path=SHOTS / f"home-{name}.png")
