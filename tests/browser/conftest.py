"""A browser, pages that fail their test when anything goes wrong in them, and pictures on disk."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image as PillowImage
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.conftest import Upload

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
TIMEOUT = 20_000  # milliseconds
REPORTS = "/csp-reports/"

LogIn = Callable[[User], None]
LogInTo = Callable[[BrowserContext, User], None]
PictureFile = Callable[..., Path]


class Faults:
    """What a page complained of: in its console, by its CSP, or by an error that nobody caught."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.expected: list[str] = []

    def expect(self, pattern: str) -> None:
        """Let a test do what browsers complain of, such as being refused."""
        self.expected.append(pattern)

    def watch(self, page: Page) -> None:
        page.on("request", self._note_if_report)
        page.on("console", self._note_if_error)
        page.on("pageerror", lambda error: self.found.append(f"uncaught: {error}"))

    def _note_if_report(self, request: Request) -> None:
        """Take down what browsers report of violations of the policy."""
        if request.url.endswith(REPORTS):
            self.found.append(f"reported: {request.post_data}")

    def unexpected(self) -> list[str]:
        """Return what no test has announced."""
        return [
            fault
            for fault in self.found
            if not any(re.search(pattern, fault) for pattern in self.expected)
        ]

    def _note_if_error(self, said: ConsoleMessage) -> None:
        """Take down what Chromium counts as an error; violations of the CSP are among those."""
        url = said.location["url"]
        # Which browsers ask every site for, and this one has none.
        if said.type == "error" and not url.endswith("/favicon.ico"):
            self.found.append(f"{said.text} {url}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium, for all tests of this process."""
    if not CHROMIUM.exists():
        pytest.fail(f"This needs {CHROMIUM}: apt-get install chromium")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop on this thread, so Django takes the tests for coroutines.
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(autouse=True)
def reports(settings: Any) -> None:
    """Have browsers report what violates the policy of the pages."""
    policy = settings.CONTENT_SECURITY_POLICY
    directives = {**policy["DIRECTIVES"], "report-uri": REPORTS}
    settings.CONTENT_SECURITY_POLICY = {**policy, "DIRECTIVES": directives}


@pytest.fixture
def context(browser: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """Return a profile that remembers nothing of other tests."""
    context = browser.new_context(base_url=live_server.url)
    context.set_default_timeout(TIMEOUT)
    expect.set_options(timeout=TIMEOUT)
    yield context
    context.close()


@pytest.fixture
def faults() -> Iterator[Faults]:
    """Return what the page complained of so far; anything unexpected fails the test."""
    faults = Faults()
    yield faults
    assert faults.unexpected() == []


@pytest.fixture
def page(context: BrowserContext, faults: Faults) -> Page:
    """Return an empty page."""
    page = context.new_page()
    faults.watch(page)
    # Leaving while files are on their way is what some tests want.
    page.on("dialog", lambda dialog: dialog.accept())
    return page


@pytest.fixture
def log_in_to(live_server: LiveServer, settings: Any) -> LogInTo:
    """Return a function that gives a profile of the browser a session of this user."""

    def log_in(context: BrowserContext, user: User) -> None:
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        value = client.cookies[name].value
        context.add_cookies([{"name": name, "value": value, "url": live_server.url}])

    return log_in


@pytest.fixture
def log_in(context: BrowserContext, log_in_to: LogInTo) -> LogIn:
    """Return a function that gives the browser a session of this user."""
    return partial(log_in_to, context)


@pytest.fixture
def picture_file(tmp_path: Path, upload: Upload) -> PictureFile:
    """Return a function that draws a picture and puts it where a person would choose it from."""

    def draw(name: str = "picture.jpg", size: tuple[int, int] = (400, 300), **options: Any) -> Path:
        path = tmp_path / "pictures" / name
        path.parent.mkdir(exist_ok=True)
        content = upload(name, size, **options).file
        assert content is not None
        path.write_bytes(content.read())
        return path

    return draw


@pytest.fixture
def noise_file(tmp_path: Path) -> PictureFile:
    """Return a function that makes a PNG of noise: three bytes for each pixel."""

    def make(name: str = "noise.png", size: tuple[int, int] = (1000, 1000)) -> Path:
        path = tmp_path / "pictures" / name
        path.parent.mkdir(exist_ok=True)
        noise = random.Random(name).randbytes(size[0] * size[1] * 3)
        # What cannot be compressed is not worth the attempt.
        PillowImage.frombytes("RGB", size, noise).save(path, compress_level=0)
        return path

    return make
