"""Reference images in the admin, on the page of their user."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ReferenceImage, User
from gallery.imaging.focal_point import FocalPoint
from tests.accounts.admin_pages import (
    UserForm,
    browser_of,
    meanwhile_somebody_takes_the_first_slot,
    page_of,
)
from tests.accounts.reference_images import add, files_of, slots_of
from tests.conftest import Upload
from tests.factories import ReferenceImageFactory, UserFactory
from tests.gallery.admin.pages import Page
from tests.gallery.api.harness import assert_nothing_stored, stored_files, watch_storage

pytestmark = pytest.mark.django_db(transaction=True)


def inline_errors_of(response: Any) -> list[dict[str, list[str]]]:
    assert response.status_code == 200, response
    (inline,) = response.context["inline_admin_formsets"]
    errors: list[dict[str, list[str]]] = inline.formset.errors
    return errors


def test_inline__adds_in_the_lowest_free_slots(
    root: Client, user: User, upload: Upload, media_root: Path
) -> None:
    form = UserForm(user)
    form.add(image_0=upload("a.jpg"), image_1="0.3x0.7", name="front", order="")
    form.add(image_0=upload("b.png"), image_1="", name="side", order="0")
    response = root.post(page_of(user), form.data)

    assert response.status_code == 302, inline_errors_of(response)
    assert slots_of(user) == {"front": 1, "side": 0}
    front = ReferenceImage.objects.get(name="front")
    assert front.focal_point == FocalPoint(30, 70)
    assert set(files_of(front)) == {"", "thumbnail", "medium", "large"}
    assert len(stored_files(media_root)) == 8


def test_inline__changes_swaps_and_deletes_at_once(
    root: Client, user: User, upload: Upload, media_root: Path
) -> None:
    for name in ("a", "b", "c", "d"):
        add(user, upload, name=name)
    key = ReferenceImage.objects.get(name="a").original_key
    form = UserForm(user)
    form.say(0, order=1, image_1="0.2x0.2")
    form.say(1, order=0, name="was b")
    form.say(2, DELETE="on")
    form.say(3, order=2, image_0=upload("new.png"), image_1="")
    form.add(image_0=upload("e.jpg"), name="e", order="")
    response = root.post(page_of(user), form.data)

    assert response.status_code == 302, inline_errors_of(response)
    assert slots_of(user) == {"a": 1, "was b": 0, "d": 2, "e": 3}
    moved, replaced = (ReferenceImage.objects.get(name=name) for name in ("a", "d"))
    assert (moved.focal_point, moved.original_key) == (FocalPoint(20, 20), key)
    assert replaced.original_key.endswith(".png")
    assert not ReferenceImage.objects.filter(is_moving=True).exists()


def test_inline__what_is_wrong_is_an_error_at_its_field_and_saves_nothing(
    root: Client, user: User, upload: Upload, media_root: Path
) -> None:
    bad = SimpleUploadedFile("a.jpg", b"just text")
    for values, field, words in (
        ({"image_0": bad}, "image", "accepted format"),
        ({"name": "without"}, "image", "required"),
        ({"image_0": upload(), "order": "5"}, "order", "less than or equal to 4"),
        ({"image_0": upload(), "order": "x"}, "order", "whole number"),
    ):
        form = UserForm(user)
        form.add(**values)
        (errors,) = inline_errors_of(root.post(page_of(user), form.data))
        assert words in errors[field][0]
    assert_nothing_stored(media_root)


def test_inline__a_slot_that_is_taken_twice_is_an_error(
    root: Client, user: User, upload: Upload
) -> None:
    for name in ("a", "b"):
        add(user, upload, name=name)
    form = UserForm(user)
    form.say(1, order=0)
    form.add(image_0=upload(), order="0")
    errors = inline_errors_of(root.post(page_of(user), form.data))

    taken = {"order": ["Another reference image is in this slot."]}
    assert errors == [{}, taken, taken]
    assert slots_of(user) == {"a": 0, "b": 1}


def test_inline__a_sixth_is_an_error(root: Client, user: User, upload: Upload) -> None:
    ReferenceImageFactory.create_batch(5, user=user)
    page = Page(root.get(page_of(user)))
    assert "reference_images-5-name" not in {each.get("name") for each in page.all("input")}
    form = UserForm(user)
    form.add(image_0=upload(), order="")
    errors = inline_errors_of(root.post(page_of(user), form.data))

    assert errors[5] == {"order": ["There are five reference images already: delete one first."]}
    assert ReferenceImage.objects.count() == 5


def test_inline__somebody_quicker_is_told_and_nothing_is_lost(
    root: Client, user: User, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile_somebody_takes_the_first_slot(monkeypatch, user)
    form = UserForm(user)
    form.add(image_0=upload(), name="slower", order="0")
    response = root.post(page_of(user), form.data, follow=True)

    assert "Another reference image is in this slot." in response.content.decode()
    assert slots_of(user) == {"quicker": 0}


def test_inline__costs_the_same_for_any_number_and_asks_no_storage(
    root: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = {count: UserFactory.create() for count in (1, 5)}
    for count, user in users.items():
        ReferenceImageFactory.create_batch(count, user=user)
    root.get(page_of(users[1]))  # whatever is cached is cached
    calls, costs = watch_storage(monkeypatch), []
    for user in users.values():
        with CaptureQueriesContext(connection) as queries:
            root.get(page_of(user))
        costs.append(len(queries))

    assert costs[0] == costs[1], costs
    assert calls == []


def test_inline__shows_pictures_to_their_user_and_to_others_that_they_are_there(
    root: Client, staff: User, upload: Upload
) -> None:
    image = add(staff, upload)
    thumbnail = image.rendition("thumbnail").url
    own, others = (Page(client.get(page_of(staff))) for client in (browser_of(staff), root))

    own.assert_safe()
    assert thumbnail in {each.get("src") for each in own.all("img")}
    others.assert_safe()
    assert "Private" in others.text
    assert "Private" not in own.text
    assert [each for each in others.elements if "/media/" in str(each)] == []


def test_inline__staff_manage_their_own_and_see_no_others(
    staff: User, user: User, upload: Upload
) -> None:
    add(user, upload, name="not theirs")
    client = browser_of(staff)
    page = client.get(page_of(user))
    assert page.context["inline_admin_formsets"] == []
    assert "not theirs" not in page.content.decode()

    form = UserForm(staff)
    form.add(image_0=upload(), name="theirs")
    assert client.post(page_of(staff), form.data).status_code == 302
    assert slots_of(staff) == {"theirs": 0}


def test_inline__is_there_when_the_user_is(root: Client) -> None:
    response = root.get("/admin/accounts/user/add/")

    assert response.status_code == 200
    assert "reference_images" not in response.content.decode()
