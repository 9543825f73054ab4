"""`docs/five-minutes.md`, followed to the letter."""

from __future__ import annotations

import re
import shutil
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest
from PIL import Image as PillowImage

from tests.docs.pages import DOCS, ROOT, blocks
from tests.docs.reader import Reader, reader

pytestmark = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("git") and (ROOT / ".git").exists()),
    reason="this page is for those who have cloned the project and have curl",
)

CROP = r"/media/images/\d{4}/\d\d/\d\d/[0-9a-f-]{36}_%s-17x40\.webp"
LOG_IN = "/admin/login/"


def fetched(browser: OpenerDirector, someone: Reader, path: str, **form: str) -> bytes:
    content = urlencode(form).encode() if form else None
    with browser.open(f"http://{someone.site}{path}", content, timeout=30) as answer:
        assert answer.status == 200
        return bytes(answer.read())


def log_in(browser: OpenerDirector, someone: Reader) -> None:
    page = fetched(browser, someone, LOG_IN).decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    who = {"username": "root@example.com", "password": "demo", "next": "/admin/"}
    page = fetched(browser, someone, LOG_IN, csrfmiddlewaretoken=token[1], **who).decode()
    assert "Site administration" in page


def assert_page_shows_a_cropped_cover(browser: OpenerDirector, someone: Reader) -> None:
    page = fetched(browser, someone, "/places/1/").decode()
    cover, other = re.findall(r"<picture>.*?</picture>", page, re.DOTALL)
    assert "A striped balloon above the dunes" in cover
    assert "_postcard.webp" in other
    for name, size in (("postcard", (400, 300)), ("postcard2x", (800, 600))):
        found = re.search(CROP % name, cover)
        assert found, cover
        crop = PillowImage.open(BytesIO(fetched(browser, someone, found[0])))
        assert (crop.format, crop.size) == ("WEBP", size)
    assert b".cover" in fetched(browser, someone, "/static/travel/place.css")


def assert_editors_have_the_same(browser: OpenerDirector, someone: Reader) -> None:
    log_in(browser, someone)
    page = fetched(browser, someone, "/admin/travel/place/1/change/").decode()
    assert page.index("harbour-at-sunset.jpg") < page.index("balloon-over-dunes.jpg")
    assert "0.17x0.4" in page
    guides = fetched(browser, someone, "/admin/travel/guide/").decode()
    assert "Ada" in guides
    assert "focal-point-picker" in fetched(browser, someone, "/admin/travel/guide/add/").decode()


def test_five_minutes__end_with_a_cropped_cover(tmp_path: Path) -> None:
    page = (DOCS / "five-minutes.md").read_text()
    browser = build_opener(HTTPCookieProcessor())
    with reader(tmp_path / "a gallery") as someone:
        for block in blocks(page):
            someone.follow(block)
        assert_page_shows_a_cropped_cover(browser, someone)
        assert_editors_have_the_same(browser, someone)
