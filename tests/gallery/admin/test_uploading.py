"""Who is offered the admin's page for several images, where it may send them, and what is on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.staticfiles import finders
from django.test import Client

from accounts.models import User
from orgs.models import Organization, Role
from tests.gallery.admin.pages import Page

pytestmark = pytest.mark.django_db

LIST = "/admin/gallery/image/"
UPLOAD = f"{LIST}upload/"
WRITERS = [Role.OWNER, Role.ADMIN, Role.MEMBER]
Staff = Callable[[Role], Client]


def endpoints(response: Any) -> dict[str | None, str | None]:
    """Return where the page would send files, by the organisation."""
    options = [each for each in Page(response).all("option") if each.get("data-endpoint")]
    return {each.get("value"): each.get("data-endpoint") for each in options}


def offers_it(browser: Client) -> bool:
    return UPLOAD in {each.get("href") for each in Page(browser.get(LIST)).all("a")}


@pytest.mark.parametrize("role", WRITERS)
def test_writers__are_offered_their_own_organization(
    staff: Staff, globex: Organization, role: Role
) -> None:
    browser = staff(role)

    assert offers_it(browser)
    assert endpoints(browser.get(UPLOAD)) == {"acme": "/api/v1/images/orgs/acme/"}


def test_superuser__is_offered_all(
    root: Client, organization: Organization, globex: Organization
) -> None:
    assert offers_it(root)
    assert list(endpoints(root.get(UPLOAD))) == ["acme", "globex"]


def test_viewer__has_nowhere_to_send_them(staff: Staff) -> None:
    browser = staff(Role.VIEWER)

    assert not offers_it(browser)
    assert browser.get(UPLOAD).status_code == 403


def test_writer_without_djangos_permission__is_refused(staff: Staff) -> None:
    browser = staff(Role.OWNER)
    permission: Any = Permission.objects.get(codename="add_image")
    permission.user_set.clear()

    assert not offers_it(browser)
    assert browser.get(UPLOAD).status_code == 403


def test_no_organization__is_nowhere_to_send_them(root: Client) -> None:
    assert not offers_it(root)
    assert root.get(UPLOAD).status_code == 403


def test_others__log_in_first(client: Client, member: User) -> None:
    client.force_login(member)
    for browser in (client, Client()):
        response = browser.get(UPLOAD)
        assert response.status_code == 302
        assert response["Location"] == f"/admin/login/?next={UPLOAD}"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_page__is_only_to_look_at(root: Client, organization: Organization, method: str) -> None:
    assert getattr(root, method)(UPLOAD).status_code == 405


def test_page__has_nothing_inline_and_all_that_its_script_needs(
    root: Client, organization: Organization, settings: Any
) -> None:
    settings.GALLERY = {"FORMATS": ["JPEG", "PNG"], "MAX_UPLOAD_BYTES": 3 * 1024 * 1024}
    response = root.get(UPLOAD)
    page = Page(response)

    page.assert_safe()
    (form,) = [each for each in page.all("form") if each.get("id") == "upload-form"]
    assert form["data-change-url"] == f"{LIST}0/change/"
    linked = [each.get("src") for each in page.all("script")]
    assert f"{LIST}jsi18n/" in linked
    (script,) = [url for url in linked if url and url.startswith("/static/gallery/")]
    assert finders.find(str(script).removeprefix("/static/"))
    (files,) = [each for each in page.all("input") if each.get("type") == "file"]
    assert files["accept"] == "image/jpeg,image/png"
    assert "multiple" in files
    assert "3.0 MB" in page.text.replace("\xa0", " ")
    tokens = [each for each in page.all("input") if each.get("name") == "csrfmiddlewaretoken"]
    assert {each.get("type") for each in tokens} == {"hidden"}


def test_page__leads_back(root: Client, organization: Organization) -> None:
    links = {each.get("href") for each in Page(root.get(UPLOAD)).all("a")}

    assert {"/admin/", "/admin/gallery/", LIST} <= links


def test_page__escapes_names(root: Client, organization: Organization) -> None:
    organization.name = '"><img src=x onerror=alert(1)>'
    organization.save()
    page = Page(root.get(UPLOAD))

    page.assert_safe()
    assert organization.name in page.text


def test_list__in_a_window_to_choose_from_has_no_way_out(
    root: Client, organization: Organization
) -> None:
    page = Page(root.get(f"{LIST}?_popup=1"))

    assert UPLOAD not in {each.get("href") for each in page.all("a")}
