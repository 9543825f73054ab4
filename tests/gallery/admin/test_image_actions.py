"""What is done to many images at once in the admin, and what one page tells of an image."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client, TestCase

from gallery.imaging import suggest
from gallery.models import Image, MediaFile
from gallery.services import attachments
from orgs.models import Organization, Role
from tests.gallery.admin.conftest import AddImage
from tests.gallery.admin.pages import Page
from tests.testapp.models import Album

pytestmark = pytest.mark.django_db

LIST = "/admin/gallery/image/"
CHOSEN = "_selected_action"
SCRIPT = "<script>alert(1)</script>"
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def act(client: Client, action: str, *images: Image, **more: Any) -> Any:
    """Run an action on images, and what follows a commit."""
    data = {"action": action, "_selected_action": [image.pk for image in images], **more}
    with TestCase.captureOnCommitCallbacks(execute=True):
        return client.post(LIST, data)


def said(response: Any) -> list[str]:
    """Return the messages that the next page will show."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_make_private__and_public__takes_the_files_along(root: Client, add_image: AddImage) -> None:
    one, two = add_image("a.jpg"), add_image("b.jpg", visibility="private")
    response = act(root, "make_private", one, two)

    assert said(response) == ["1 image is private now."]
    assert set(Image.objects.values_list("visibility", flat=True)) == {"private"}
    assert set(MediaFile.objects.values_list("visibility", flat=True)) == {"private"}
    assert said(act(root, "make_public", one, two))[-1] == "2 images are public now."
    assert set(MediaFile.objects.values_list("visibility", flat=True)) == {"public"}


@pytest.mark.django_db(transaction=True)
def test_warm__makes_what_is_missing(root: Client, add_image: AddImage) -> None:
    image = add_image()
    MediaFile.objects.filter(rendition="sm").delete()
    response = act(root, "warm", image)

    assert said(response) == ["1 image has all its renditions."]
    assert MediaFile.objects.filter(rendition="sm", state="live").count() == 1


@pytest.mark.django_db(transaction=True)
def test_warm__names_what_has_none(root: Client, add_image: AddImage, media_root: Path) -> None:
    image = add_image(title="Lost")
    MediaFile.objects.exclude(rendition="").delete()
    (media_root / image.original_key).write_bytes(b"no picture any more")
    response = act(root, "warm", image)

    image.refresh_from_db()
    assert image.status == Image.Status.FAILED
    assert said(response) == [f"Lost: no renditions ({image.error})."]


def test_alt_texts__are_saved_together(root: Client, add_image: AddImage) -> None:
    one, two = add_image("a.jpg", alt_text="old"), add_image("b.jpg", title=XSS)
    page = Page(act(root, "write_alt_texts", one, two))
    page.assert_safe()
    assert XSS in page.text
    words = {f"image-{one.pk}-alt_text": "new", f"image-{two.pk}-decorative": "on"}
    response = act(root, "write_alt_texts", one, two, save_alt_texts="1", **words)

    assert said(response) == ["2 alt texts are saved."]
    assert dict(Image.objects.values_list("alt_text", "decorative")) == {"new": False, "": True}


def test_alt_texts__leave_what_others_wrote_meanwhile(
    root: Client, add_image: AddImage, settings: Any
) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    one, two = add_image("a.jpg", alt_text="old"), add_image("b.jpg", alt_text="old")
    Image.objects.filter(pk=one.pk).update(id=12345)
    page = Page(act(root, "write_alt_texts", Image(pk=12345), two))
    fields = [(each.get("name") or "", each.get("value")) for each in page.all("input")]
    seen: dict[str, Any] = {name: value for name, value in fields if name.startswith("initial-")}
    chosen = [value for name, value in fields if name == CHOSEN]
    assert sorted(map(str, chosen)) == ["12345", str(two.pk)]
    Image.objects.filter(pk=12345).update(alt_text="theirs")
    Image.objects.filter(pk=two.pk).update(decorative=True)
    words = {"image-12345-alt_text": "old", f"image-{two.pk}-alt_text": "mine"}
    images = [Image(pk=12345), two]
    act(root, "write_alt_texts", *images, save_alt_texts="1", **seen, **words)

    found = dict(Image.objects.values_list("pk", "alt_text"))
    assert found == {12345: "theirs", two.pk: "mine"}
    assert Image.objects.get(pk=two.pk).decorative


def test_alt_texts__too_long__is_an_error_on_its_card_and_saves_none(
    root: Client, add_image: AddImage
) -> None:
    one, two = add_image("a.jpg"), add_image("b.jpg")
    words = {f"image-{one.pk}-alt_text": "a" * 501, f"image-{two.pk}-alt_text": "b"}
    page = Page(act(root, "write_alt_texts", one, two, save_alt_texts="1", **words))

    assert "at most 500 characters" in page.text
    assert set(Image.objects.values_list("alt_text", flat=True)) == {""}


@pytest.mark.parametrize("action", ["warm", "make_private", "write_alt_texts"])
def test_viewer__and_foreign_staff__change_nothing(
    staff: Callable[[Role], Client],
    globex: Organization,
    add_image: AddImage,
    action: str,
) -> None:
    ours = add_image("a.jpg", title="Ours")
    theirs = add_image("b.jpg", title="Theirs", organization=globex)
    before = list(Image.objects.order_by("pk").values())
    words = {f"image-{image.pk}-alt_text": "x" for image in (ours, theirs)}
    response = act(staff(Role.VIEWER), action, ours, theirs, save_alt_texts="1", **words)

    assert list(Image.objects.order_by("pk").values()) == before
    # Of the other one nobody learns that it exists.
    assert "You may not change 1 image: Ours." in said(response)


def test_delete__of_many__asks_for_a_role_that_manages(
    staff: Callable[[Role], Client], add_image: AddImage
) -> None:
    images = [add_image("a.jpg"), add_image("b.jpg")]
    for role, left in ((Role.MEMBER, 2), (Role.ADMIN, 0)):
        act(staff(role), "delete_selected", *images, post="yes")
        assert Image.objects.count() == left


def test_suggestion__is_a_point_for_those_who_may_change_the_image(
    staff: Callable[[Role], Client], globex: Organization, add_image: AddImage
) -> None:
    ours, theirs = add_image(size=(200, 100)), add_image("b.jpg", organization=globex)
    editor, viewer = staff(Role.MEMBER), staff(Role.VIEWER)
    point = editor.post(f"{LIST}{ours.pk}/suggest/").json()["focal_point"]

    assert all(0 <= point[axis] <= 1 for axis in ("x", "y"))
    for client, image in ((editor, theirs), (viewer, ours)):
        refusal = client.post(f"{LIST}{image.pk}/suggest/")
        assert (refusal.status_code, refusal.json()["code"]) == (404, "not_found")
    assert editor.get(f"{LIST}{ours.pk}/suggest/").status_code == 405
    assert Client().post(f"{LIST}{ours.pk}/suggest/").status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = editor.cookies
    assert strict.post(f"{LIST}{ours.pk}/suggest/").status_code == 403


def test_suggestion__that_cannot_be_made__says_why(
    root: Client, add_image: AddImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = add_image()
    url = f"{LIST}{image.pk}/suggest/"
    image.file.storage.delete(image.original_key)
    refusal = root.post(url)
    assert (refusal.status_code, refusal.json()["code"]) == (422, "original_gone")

    monkeypatch.setattr("gallery.services.suggestions.is_installed", lambda: False)
    refusal = root.post(url)
    assert (refusal.status_code, refusal.json()["code"]) == (501, "suggestions_not_installed")
    assert suggest.is_installed()


def test_page__shows_files_and_uses(
    root: Client, add_image: AddImage, organization: Organization
) -> None:
    image = add_image()
    album = Album.objects.create(organization=organization, name=SCRIPT)
    attachments.attach(obj=album, image=image, custom_alt_text="Boats here")
    MediaFile.objects.filter(rendition="lg").delete()
    page = Page(root.get(f"{LIST}{image.pk}/change/"))

    page.assert_safe()
    links = {each.get("href") for each in page.all("a")}
    assert f"/admin/testapp/album/{album.pk}/change/" in links
    assert f"/media/{image.original_key}" in links
    assert SCRIPT in page.text
    assert "Boats here" in page.text
    assert "not made yet" in page.text
    assert root.get(f"{LIST}?used=no").context["cl"].result_count == 0
    assert root.get(f"{LIST}?used=yes").context["cl"].result_count == 1


def test_words__for_scripts_are_served(root: Client) -> None:
    response = root.get(f"{LIST}jsi18n/")

    assert response.status_code == 200
    assert "gettext" in response.content.decode()
