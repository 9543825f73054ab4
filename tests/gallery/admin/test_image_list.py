"""The list of images in the admin: what it costs, whose images it shows, and what it escapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from gallery.models import Image, MediaFile
from orgs.models import Organization, Role
from tests.conftest import Upload
from tests.gallery.admin.conftest import AddImage
from tests.gallery.admin.pages import Page
from tests.gallery.api.harness import watch_storage

pytestmark = pytest.mark.django_db

LIST = "/admin/gallery/image/"
ADD = f"{LIST}add/"
Staff = Callable[[Role], Client]

XSS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)',
    "</title><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7|add:7 }}{% debug %}",
    "&lt;b&gt;",
    "<!--",
    "]]><b>",
]


def change_url(image: Image) -> str:
    return f"{LIST}{image.pk}/change/"


def test_list__shows_thumbnails(root: Client, add_image: AddImage) -> None:
    image = add_image(title="Sunset")
    page = Page(root.get(LIST))

    (thumbnail,) = [each for each in page.all("img") if each.get("width") == "48"]
    assert str(thumbnail["src"]).endswith("_thumb.webp")
    assert "Sunset" in page.text
    assert f"{image.width} × {image.height}" in page.text


def test_pages__show_a_private_image_to_its_organization(root: Client, add_image: AddImage) -> None:
    image = add_image(visibility="private")
    for url in (LIST, change_url(image)):
        pictures = Page(root.get(url)).pictures()
        (source,) = [source for source in pictures if source.startswith("/media/")]
        assert root.get(source).status_code == 200
        assert Client().get(source).status_code == 404


def test_list__falls_back_to_the_original_without_renditions(
    root: Client, add_image: AddImage, settings: Any
) -> None:
    image = add_image()
    settings.VERSATILEIMAGEFIELD_RENDITION_KEY_SETS = {"gallery": [("tiny", "webp_fit__20x20-q80")]}
    for url in (LIST, change_url(image)):
        assert f"/media/{image.original_key}" in Page(root.get(url)).pictures()


@pytest.mark.parametrize(
    "query", ["", "?q=picture", "?visibility__exact=public", "?alt_text=missing"]
)
def test_list__costs_the_same_for_one_and_thirty_and_no_storage_call(
    root: Client, add_image: AddImage, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    calls = watch_storage(monkeypatch)
    costs = []
    for count in (1, 30):
        while Image.objects.count() < count:
            add_image(size=(8, 6))
        cache.clear()
        calls.clear()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = Page(root.get(LIST + query))
        assert calls == []
        assert len([each for each in page.all("img") if each.get("width") == "48"]) == count
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_change__costs_no_storage_call(
    root: Client, add_image: AddImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = add_image()
    calls = watch_storage(monkeypatch)
    Page(root.get(change_url(image)))

    assert calls == []


@pytest.mark.parametrize("text", XSS)
def test_pages__escape_what_people_write(root: Client, add_image: AddImage, text: str) -> None:
    image = add_image(title="harmless", alt_text="harmless", description="harmless")
    clean = [Page(root.get(url)) for url in (LIST, change_url(image))]
    words = {"title": text, "alt_text": text, "description": text, "file_name": text}
    Image.objects.filter(pk=image.pk).update(**words)
    hostile = [Page(root.get(url)) for url in (LIST, change_url(image))]

    for before, after in zip(clean, hostile, strict=True):
        # Not one element and not one attribute more than with harmless words.
        assert shape_of(after) == shape_of(before)
        after.assert_safe()
    (thumbnail,) = [each for each in hostile[0].all("img") if each.get("height") == "48"]
    assert thumbnail["alt"] == text


def shape_of(page: Page) -> list[tuple[str, list[str]]]:
    return [(tag, sorted(attributes)) for tag, attributes in page.elements]


def test_list__filters(root: Client, add_image: AddImage) -> None:
    add_image(title="described", alt_text="said")
    add_image(title="silent")
    page = Page(root.get(f"{LIST}?alt_text=missing"))

    assert "silent" in page.text
    assert "described" not in page.text


@pytest.mark.parametrize(
    "query", ["organization__memberships__user__password__startswith=a", "creator__password=x"]
)
def test_list__does_not_filter_by_what_is_not_its_own(
    root: Client, add_image: AddImage, query: str
) -> None:
    add_image()

    assert root.get(f"{LIST}?{query}").status_code == 400


# --- staff of one organisation --------------------------------------------------------------------


@pytest.fixture
def ours(add_image: AddImage) -> Image:
    return add_image(title="ours")


@pytest.fixture
def theirs(add_image: AddImage, globex: Organization) -> Image:
    return add_image(title="theirs", organization=globex)


@pytest.mark.parametrize("role", list(Role))
def test_staff__see_their_own_images_and_hear_of_no_other(
    staff: Staff, ours: Image, theirs: Image, role: Role
) -> None:
    browser = staff(role)
    for url in (
        LIST,
        f"{LIST}?q=theirs",
        f"{LIST}?organization__id__exact={theirs.organization_id}",
    ):
        page = Page(browser.get(url))
        assert "Globex" not in page.text
        assert f"{LIST}{theirs.pk}/change/" not in {each.get("href") for each in page.all("a")}
    assert "ours" in Page(browser.get(LIST)).text


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_staff__cannot_open_or_post_to_anothers_image(
    staff: Staff, theirs: Image, role: Role, page: str
) -> None:
    browser = staff(role)
    url = f"{LIST}{theirs.pk}/{page}/"

    assert browser.get(url).status_code == 302
    browser.post(url, {"post": "yes", "title": "taken", "visibility": "public"})
    theirs.refresh_from_db()
    assert theirs.title == "theirs"


def test_superuser__sees_both(root: Client, ours: Image, theirs: Image) -> None:
    page = Page(root.get(LIST))

    assert "ours" in page.text
    assert "theirs" in page.text
    assert "Globex" in page.text


@pytest.mark.parametrize(
    ("role", "may_change", "may_delete"),
    [
        (Role.OWNER, True, True),
        (Role.ADMIN, True, True),
        (Role.MEMBER, True, False),
        (Role.VIEWER, False, False),
    ],
)
def test_staff__may_do_what_their_role_may(
    staff: Staff, ours: Image, role: Role, may_change: bool, may_delete: bool
) -> None:
    browser = staff(role)
    changed = browser.post(change_url(ours), {"title": "changed", "visibility": "public"})
    assert changed.status_code == (302 if may_change else 403)
    ours.refresh_from_db()
    assert ours.title == ("changed" if may_change else "ours")

    deleted = browser.post(f"{LIST}{ours.pk}/delete/", {"post": "yes"})
    assert deleted.status_code == (302 if may_delete else 403)
    assert Image.objects.filter(pk=ours.pk).exists() is not may_delete


@pytest.mark.parametrize("role", list(Role))
def test_staff__bring_images_only_where_their_role_writes(
    staff: Staff, organization: Organization, globex: Organization, upload: Upload, role: Role
) -> None:
    browser = staff(role)
    offered = {each.get("value") for each in Page(browser.get(ADD)).all("option")}
    writes = role is not Role.VIEWER
    assert (str(organization.pk) in offered) is writes
    assert str(globex.pk) not in offered

    for target, is_allowed in ((globex, False), (organization, writes)):
        browser.post(ADD, {"organization": target.pk, "file_0": upload(), "visibility": "public"})
        assert Image.objects.filter(organization=target).exists() is is_allowed


def test_staff__without_permission_on_images_see_nothing(member: User, ours: Image) -> None:
    member.is_staff = True
    member.save()
    browser = Client()
    browser.force_login(member)

    assert browser.get(LIST).status_code == 403
    assert browser.get(change_url(ours)).status_code == 403


# --- the ledger -----------------------------------------------------------------------------------

LEDGER = "/admin/gallery/mediafile/"


def test_ledger__is_for_superusers_to_look_at(root: Client, staff: Staff, ours: Image) -> None:
    file = MediaFile.objects.get(key=ours.original_key)
    page = Page(root.get(LEDGER))
    assert ours.original_key in page.text
    Page(root.get(f"{LEDGER}{file.pk}/change/")).assert_safe()

    assert root.get(f"{LEDGER}add/").status_code == 403
    assert root.post(f"{LEDGER}{file.pk}/change/", {"key": "x"}).status_code == 403
    assert root.post(f"{LEDGER}{file.pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff(Role.OWNER).get(LEDGER).status_code == 403
    assert "Media files" not in Page(staff(Role.OWNER).get("/admin/")).text
