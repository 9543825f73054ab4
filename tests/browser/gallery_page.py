"""A gallery in the admin as a person uses it: by keyboard, by mouse, by touch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tests.testapp.models import Album


class Held:
    """Requests of a page to some address, kept from the server until they are let go."""

    def __init__(self, page: Page, address: str) -> None:
        self.routes: list[Route] = []
        self.is_open = False
        page.route(address, self._hold)

    def let_go(self) -> None:
        """Let these and all that follow pass."""
        self.is_open = True
        while self.routes:
            self.routes.pop().continue_()

    def _hold(self, route: Route) -> None:
        if self.is_open:
            route.continue_()
        else:
            self.routes.append(route)


def path_of(album: Album) -> str:
    """Return where the admin shows an album."""
    return f"/admin/testapp/album/{album.pk}/change/"


def cards(page: Page) -> Locator:
    """Return the cards of the gallery, in the order of the page."""
    return page.locator(".gallery-cards > .gallery-card")


def card(page: Page, name: str) -> Locator:
    """Return the card of one image, by what it is called."""
    called = page.locator(".gallery-card-name").filter(has_text=re.compile(f"^{re.escape(name)}$"))
    return cards(page).filter(has=called)


def names(page: Page) -> list[str]:
    """Return what the cards are called, in order."""
    found: list[str] = cards(page).locator(".gallery-card-name").all_inner_texts()
    return found


def expect_names(page: Page, *wanted: str) -> None:
    """Wait until these are the cards, in this order."""
    expect(cards(page).locator(".gallery-card-name")).to_have_text(list(wanted))


def files_input(page: Page) -> Locator:
    """Return the field that takes files for the gallery."""
    return page.get_by_label("Upload images")


def upload(page: Page, *files: Path) -> None:
    """Choose files and wait until they are in the gallery."""
    files_input(page).set_input_files(list(files))
    expect(page.locator(".gallery-card.is-upload")).to_have_count(0)


def expect_status(page: Page, words: str) -> None:
    """Wait until screen readers are told this."""
    expect(page.locator(".gallery-status")).to_have_text(words)


def handle(page: Page, name: str) -> Locator:
    """Return what moves a card."""
    return card(page, name).locator(".gallery-card-handle")


def picture(page: Page, name: str) -> Locator:
    """Return the picture of a card."""
    return card(page, name).locator(".gallery-card-picture img")


def star(page: Page, name: str) -> Locator:
    """Return the box that makes a card the cover."""
    return card(page, name).locator(".gallery-card-star input[type=checkbox]")


def save(page: Page) -> None:
    """Save, and wait for the same page."""
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def tab_to(page: Page, target: Locator, *, most: int = 200) -> None:
    """Press the tab key until `target` has the focus."""
    for _ in range(most):
        if target.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached by keyboard.")


@contextmanager
def editing(page: Page, name: str) -> Iterator[Locator]:
    """Open the words of a card, and close them."""
    card(page, name).get_by_role("button", name="Edit").click()
    dialog = page.locator(".gallery-editor[open]")
    yield dialog
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_have_count(0)


def drag(page: Page, grip: Locator, target: Locator) -> None:
    """Drag with the mouse, as slowly as a hand."""
    start, end = _middle(grip), _middle(target)
    page.mouse.move(*start)
    page.mouse.down()
    for step in range(1, 13):
        x = start[0] + (end[0] - start[0]) * step / 12
        y = start[1] + (end[1] - start[1]) * step / 12
        page.mouse.move(x, y)
        page.wait_for_timeout(20)
    page.wait_for_timeout(200)
    page.mouse.up()


def touch_drag(page: Page, grip: Locator, target: Locator) -> None:
    """Drag with a finger, which rests before it moves."""
    start, end = _middle(grip), _middle(target)
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    touch("touchStart", start)
    page.wait_for_timeout(400)
    for step in range(1, 13):
        x = start[0] + (end[0] - start[0]) * step / 12
        y = start[1] + (end[1] - start[1]) * step / 12
        touch("touchMove", (x, y))
        page.wait_for_timeout(20)
    page.wait_for_timeout(200)
    touch("touchEnd")
    session.detach()


def _middle(target: Locator) -> tuple[float, float]:
    target.scroll_into_view_if_needed()
    box: Any = target.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
