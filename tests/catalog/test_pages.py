"""The public pages: covers, the figure, one product, and who sees what."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from catalog.models import Product
from gallery.imaging.focal_point import FocalPoint
from gallery.models import PolymorphicImageRelation
from orgs.models import Organization
from tests.conftest import Upload
from tests.factories import PASSWORD, ProductFactory, UserFactory
from tests.gallery.admin.pages import Page

Attach = Callable[..., PolymorphicImageRelation]

pytestmark = pytest.mark.django_db

ROOT_USER = "root@example.com"


@pytest.fixture
def anybody() -> Client:
    """Return a browser without a session."""
    return Client()


@pytest.fixture
def a_member(member: User) -> Client:
    """Return the browser of a member."""
    client = Client()
    client.force_login(member)
    return client


def page_of(product: Product) -> str:
    return f"/products/{product.slug}/"


def pictures_on(page: Page) -> list[dict[str, str | None]]:
    """Return the pictures of products on a page."""
    return [each for each in page.all("img") if str(each["src"]).startswith("/media/")]


def test_home__shows_covers__the_first_row_at_once(
    anybody: Client, organization: Organization, upload: Upload, attached: Attach
) -> None:
    covers = []
    for number in range(4):
        product = ProductFactory.create(organization=organization, name=f"Boat {number}")
        attached(product, upload(), description={"alt_text": "Not the cover"})
        said = {"description": {"alt_text": f"A boat & {number}"}, "is_cover": True}
        covers.append(attached(product, upload(size=(1200, 900)), **said))
    page = Page(anybody.get("/"))
    shown = pictures_on(page)

    assert [each["alt"] for each in shown] == [f"A boat & {number}" for number in range(4)]
    assert [each["loading"] for each in shown] == ["eager", "eager", "eager", "lazy"]
    assert [each.get("fetchpriority") for each in shown] == ["high", "high", "high", None]
    urls = [covers[0].rendition(name).url for name in ("card", "card2x")]
    assert shown[0]["srcset"] == f"{urls[0]} 480w, {urls[1]} 960w"
    assert (shown[0]["width"], shown[0]["height"]) == ("960", "720")
    assert [each["href"] for each in page.all("a") if "/products/boat-" in str(each["href"])]
    page.assert_safe()


@pytest.mark.parametrize("by_member", [False, True])
def test_pages__cost_the_same_for_one_and_for_many__and_ask_no_storage(
    anybody: Client,
    a_member: Client,
    by_member: bool,
    organization: Organization,
    upload: Upload,
    attached: Attach,
    storage_calls: list[str],
) -> None:
    client = a_member if by_member else anybody
    first = ProductFactory.create(organization=organization)
    attached(first, upload(size=(40, 30)))
    costs = []
    for more in (0, 4):
        for _ in range(more):
            attached(first, upload(size=(40, 30)))
            attached(ProductFactory.create(organization=organization), upload(size=(40, 30)))
        for path in ("/", page_of(first)):
            client.get(path)  # whatever is cached is cached
            storage_calls.clear()
            with CaptureQueriesContext(connection) as queries:
                assert pictures_on(Page(client.get(path)))
            assert storage_calls == []
            costs.append(len(queries))

    assert costs[:2] == costs[2:]
    # Their number; products; relations with images; renditions. Members: session, user.
    assert costs[:2] == ([6, 5] if by_member else [4, 3])


def test_home__of_many_products__has_pages_of_24(
    anybody: Client, organization: Organization
) -> None:
    for number in range(25):
        ProductFactory.create(organization=organization, name=f"Boat {number:02}")
    first, second = Page(anybody.get("/")), Page(anybody.get("/?page=2"))

    assert [f"Boat {number:02}" in first.text for number in (0, 23, 24)] == [True, True, False]
    assert [f"Boat {number:02}" in second.text for number in (0, 23, 24)] == [False, False, True]
    assert [each["href"] for each in first.all("a") if each.get("rel")] == ["?page=2#products"]
    assert [each["href"] for each in second.all("a") if each.get("rel")] == ["?page=1#products"]
    for page in ("0", "3", "x"):
        assert anybody.get(f"/?page={page}").status_code == 404


def test_private_images__are_shown_to_members_alone(
    anybody: Client,
    a_member: Client,
    outsider: User,
    product: Product,
    upload: Upload,
    attached: Attach,
) -> None:
    hidden = attached(product, upload(), description={"visibility": "private", "title": "Secret"})
    shown = attached(product, upload(), description={"title": "Known"})
    stranger = Client()
    stranger.force_login(outsider)
    assert hidden.is_cover

    for path in ("/", page_of(product)):
        for reader in (anybody, stranger):
            html = reader.get(path).content.decode()
            assert hidden.image.original_key.removesuffix(".jpg") not in html
            assert "Secret" not in html
            assert shown.image.original_key.removesuffix(".jpg") in html
        theirs = a_member.get(path).content.decode()
        assert hidden.image.original_key.removesuffix(".jpg") in theirs


def test_figure__shows_the_cover_whose_point_is_farthest_from_the_middle(
    anybody: Client, organization: Organization, upload: Upload, attached: Attach
) -> None:
    tame = ProductFactory.create(organization=organization, name="A")
    attached(tame, upload(), focal_point=FocalPoint(40, 60))
    wild = ProductFactory.create(organization=organization, name="B")
    relation = attached(wild, upload(size=(400, 300)), focal_point=FocalPoint(90, 20))
    page = Page(anybody.get("/"))

    assert {each["href"] for each in page.all("image")} == {relation.rendition("thumb800").url}
    whole, *crops = [each["viewbox"] for each in page.all("svg")]
    assert whole == "0 0 400 300"
    assert crops[:3] == ["100 0 300 300", "0 0 400 225", "175 0 225 300"]
    assert crops[3:] == ["50 0 300 300", "0 38 400 225", "88 0 225 300"]
    assert [each["value"] for each in page.all("input")] == ["90", "20"]


def test_product__shows_its_cover_large_and_the_others_with_their_words(
    anybody: Client, product: Product, upload: Upload, attached: Attach
) -> None:
    first = attached(product, upload(), custom_title="The quay", custom_description="At <noon>")
    cover = attached(product, upload(size=(1200, 900)), custom_alt_text="A boat", is_cover=True)
    Product.objects.filter(pk=product.pk).update(price="32.50", description="Stoneware <b>")
    page = Page(anybody.get(page_of(product)))
    large, other = pictures_on(page)

    assert (large["alt"], large["width"], large["loading"]) == ("A boat", "1200", "eager")
    assert other["src"] == first.rendition("card").url
    links = [each["href"] for each in page.all("a") if str(each["href"]).startswith("/media/")]
    assert links == [each.image.rendition("lg").url for each in (cover, first)]
    for words in ("Teapot", "32.50", "Stoneware <b>", "The quay", "At <noon>", "Acme"):
        assert words in page.text
    page.assert_safe()


def test_product__without_pictures__says_so(anybody: Client, product: Product) -> None:
    assert "No picture yet" in Page(anybody.get(page_of(product))).text
    assert pictures_on(Page(anybody.get("/"))) == []


def test_product__unknown__is_a_404(anybody: Client, product: Product) -> None:
    assert anybody.get("/products/other/").status_code == 404
    assert anybody.get("/products/no slug/").status_code == 404


@pytest.mark.parametrize("path", ["/", "/products/teapot/"])
def test_pages__are_read_and_kept_by_nobody(anybody: Client, product: Product, path: str) -> None:
    response, head = anybody.get(path), anybody.head(path)

    assert head.status_code == 200
    assert head.content == b""
    for each in (response, head):
        assert "Cookie" in each["Vary"]
        assert set(each["Cache-Control"].split(", ")) == {"private", "no-cache"}
    for method in ("post", "put", "patch", "delete"):
        assert getattr(anybody, method)(path).status_code == 405


def test_home__without_products__says_how_to_begin(anybody: Client) -> None:
    page = Page(anybody.get("/"))

    assert "There are none yet." in page.text
    assert "/admin/catalog/product/add/" in [each["href"] for each in page.all("a")]
    assert '-d \'{"name": "Teapot"' in page.text


@pytest.mark.parametrize(
    ("debug", "email", "is_told"),
    [(True, ROOT_USER, True), (True, "me@example.com", False), (False, ROOT_USER, False)],
)
def test_home__tells_the_log_in_of_the_demo_and_no_other(
    anybody: Client, settings: Any, debug: bool, email: str, is_told: bool
) -> None:
    settings.DEBUG = debug
    User.objects.create_superuser(email, "demo")
    text = Page(anybody.get("/")).text

    assert ("This is the demo." in text) is is_told
    assert (ROOT_USER in text) is is_told
    assert ('"password": "demo"' in text) is is_told


def test_log_in_and_out__lead_back_to_the_page(anybody: Client, product: Product) -> None:
    UserFactory.create(email="me@example.com")
    links = [str(each["href"]) for each in Page(anybody.get("/?page=1")).all("a")]
    link = next(each for each in links if "login" in each)
    form = Page(anybody.get(link))
    form.assert_safe()
    fields = {each["name"]: each.get("value") or "" for each in form.all("input")}
    wrong = anybody.post("/login/login/", {**fields, "username": "me@example.com", "password": "x"})
    assert "Please enter a correct" in Page(wrong).text
    right = {**fields, "username": "me@example.com", "password": PASSWORD}
    assert anybody.post("/login/login/", right)["Location"] == "/?page=1"

    page = Page(anybody.get(page_of(product)))
    assert "me@example.com" in page.text
    assert anybody.post("/login/logout/", {"next": "/"})["Location"] == "/"
    assert "me@example.com" not in Page(anybody.get("/")).text


@pytest.mark.skipif(not shutil.which("curl"), reason="the commands are for those who have curl")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_empty", [False, True])
def test_commands__do_what_they_say__pasted_into_a_terminal(
    anybody: Client,
    live_server: LiveServer,
    settings: Any,
    organization: Organization,
    upload: Upload,
    attached: Attach,
    tmp_path: Path,
    is_empty: bool,
) -> None:
    settings.DEBUG = True
    root = User.objects.create_superuser(ROOT_USER, "demo")
    organization.memberships.create(user=root, role="owner")
    relation = None
    if not is_empty:
        product = ProductFactory.create(organization=organization, name="Teapot", slug="teapot")
        relation = attached(product, upload(), focal_point=FocalPoint(90, 20))
    html = anybody.get("/", headers={"host": live_server.url.removeprefix("http://")})
    blocks = re.findall(r"<pre>(.*?)</pre>", html.content.decode(), re.DOTALL)
    commands = "\n".join(unescape(re.sub(r"<[^>]+>", "", block)) for block in blocks)
    (tmp_path / "photo.jpg").write_bytes(upload(size=(500, 400)).read())
    terminal = ["bash", "-euo", "pipefail", "-c", commands.replace('"x": 0.9', '"x": 0.3')]
    done = subprocess.run(terminal, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert len(blocks) == (3 if is_empty else 5)
    product = Product.objects.get()
    cover = product.cover
    assert cover is not None
    assert (cover.image.width, cover.image.height) == (500, 400)
    if relation is not None:
        relation.refresh_from_db()
        assert relation.own_focal_point == FocalPoint(30, 20)
        assert "Content-Type: image/webp" in done.stdout
        assert relation.rendition("card").url in done.stdout
