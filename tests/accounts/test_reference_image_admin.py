"""Reference images in the admin, by themselves."""

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
    browser_of,
    meanwhile_somebody_takes_the_first_slot,
)
from tests.accounts.reference_images import add, slots_of
from tests.conftest import Upload
from tests.factories import ReferenceImageFactory
from tests.gallery.admin.pages import Page
from tests.gallery.api.harness import stored_files, watch_storage

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/accounts/referenceimage/"
ADD = f"{LIST}add/"


def change_url(image: ReferenceImage) -> str:
    return f"{LIST}{image.pk}/change/"


def errors_at(response: Any, field: str) -> list[str]:
    assert response.status_code == 200
    errors: list[str] = response.context["adminform"].form.errors.get(field, [])
    return errors


def test_admin__adds_changes_and_deletes(
    root: Client, user: User, upload: Upload, media_root: Path
) -> None:
    values = {"user": user.pk, "image_0": upload("a.jpg"), "image_1": "", "name": "front"}
    assert root.post(ADD, {**values, "order": ""}).status_code == 302
    image = ReferenceImage.objects.get()
    assert (image.user, image.order, image.image_width) == (user, 0, 400)
    assert len(stored_files(media_root)) == 4

    form = {"name": "New", "order": "2", "image_1": "0.1x0.9"}
    assert root.post(change_url(image), form).status_code == 302
    image = ReferenceImage.objects.get()
    assert (image.name, image.order, image.focal_point) == ("New", 2, FocalPoint(10, 90))

    assert root.post(f"{LIST}{image.pk}/delete/", {"post": "yes"}).status_code == 302
    assert stored_files(media_root) == []


def test_admin__what_is_wrong_is_an_error_at_its_field(
    root: Client, user: User, upload: Upload, media_root: Path
) -> None:
    ReferenceImageFactory.create(user=user, order=0)
    bad = SimpleUploadedFile("a.jpg", b"just text")
    for values, field, words in (
        ({"image_0": bad}, "image", "accepted format"),
        ({}, "image", "required"),
        ({"image_0": upload(), "order": "0"}, "order", "in this slot"),
        ({"image_0": upload(), "order": "9"}, "order", "less than or equal to 4"),
        ({"image_0": upload(), "user": ""}, "user", "required"),
    ):
        (error,) = errors_at(root.post(ADD, {"user": user.pk, **values}), field)
        assert words in error
    for order in range(1, 5):
        ReferenceImageFactory.create(user=user, order=order)
    (error,) = errors_at(root.post(ADD, {"user": user.pk, "image_0": upload()}), "order")
    assert "five" in error
    assert stored_files(media_root) == []


def test_admin__a_slot_that_was_free_a_moment_ago_is_a_message(
    root: Client, user: User, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile_somebody_takes_the_first_slot(monkeypatch, user)
    response = root.post(ADD, {"user": user.pk, "image_0": upload()}, follow=True)

    assert "Another reference image is in this slot." in response.content.decode()
    assert ReferenceImage.objects.count() == 1


def test_list__superusers_see_all_and_staff_their_own(
    root: Client, staff: User, user: User, upload: Upload
) -> None:
    theirs, other = add(staff, upload, name="theirs"), add(user, upload, name="other")
    everybodys, own = (Page(client.get(LIST)) for client in (root, browser_of(staff)))

    everybodys.assert_safe()
    assert everybodys.text.count("Private") == 2
    assert user.email in everybodys.text
    assert "other" not in own.text
    assert theirs.rendition("thumbnail").url in {each.get("src") for each in own.all("img")}
    client = browser_of(staff)
    assert client.get(change_url(theirs)).status_code == 200
    for url in (change_url(other), f"{LIST}{other.pk}/delete/"):
        assert client.post(url, {"name": "mine", "post": "yes"}).status_code == 302
    choices = client.get(ADD).context["adminform"].form.fields["user"].queryset
    assert list(choices) == [staff]
    refused = client.post(ADD, {"user": user.pk, "image_0": upload()})
    assert "valid choice" in errors_at(refused, "user")[0]
    assert slots_of(user) == {"other": 0}


@pytest.mark.parametrize("count", [1, 5])
def test_list__of_any_number__costs_the_same_and_asks_no_storage(
    root: Client, user: User, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    root.get(LIST)
    ReferenceImageFactory.create_batch(count, user=user)
    calls = watch_storage(monkeypatch)
    with CaptureQueriesContext(connection) as queries:
        root.get(LIST)

    assert calls == []
    assert len(queries) == 6, [query["sql"][:100] for query in queries]
