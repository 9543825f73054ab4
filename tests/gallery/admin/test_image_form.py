"""Adding, changing and deleting images in the admin, by the forms that people send."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile
from orgs.models import Organization, Role
from tests.conftest import Upload
from tests.gallery.admin.conftest import AddImage
from tests.gallery.admin.pages import Page
from tests.gallery.api.harness import (
    assert_nothing_stored,
    attach,
    picture_at,
    status_of,
    stored_files,
)
from tests.gallery.heart import watched_storage

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "/admin/gallery/image/add/"
LIST = "/admin/gallery/image/"


def values(organization: Organization, **more: Any) -> dict[str, Any]:
    """Return what the form sends."""
    return {
        "organization": organization.pk,
        "title": "",
        "alt_text": "",
        "description": "",
        "visibility": "public",
        **more,
    }


@pytest.fixture
def image(root: Client, organization: Organization, upload: Upload) -> Image:
    """Return an image added by the form."""
    root.post(ADD, values(organization, file_0=upload(), title="First"))
    return Image.objects.get()


def change_url(image: Image) -> str:
    return f"{LIST}{image.pk}/change/"


def errors_at(response: Any, field: str) -> list[str]:
    assert response.status_code == 200
    errors: list[str] = response.context["adminform"].form.errors.get(field, [])
    return errors


def test_add__stores_warms_and_notes_who_brought_it(
    root: Client, superuser: User, organization: Organization, upload: Upload, media_root: Path
) -> None:
    response = root.post(ADD, values(organization, file_0=upload("a.jpg"), title="New"))

    assert response.status_code == 302
    assert response["Location"] == LIST
    image = Image.objects.get()
    assert (image.creator, image.organization, image.title) == (superuser, organization, "New")
    assert (image.status, image.width, image.file_name) == ("ready", 400, "a.jpg")
    assert len(stored_files(media_root)) == 5
    assert MediaFile.objects.filter(state="live").count() == 5


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jpg", b"just text", "accepted format"),
        ("a.svg", b"<svg onload='alert(1)'/>", "accepted format"),
        ("a.jpg", b"\xff\xd8\xff\xe0half", "damaged"),
        ("a.jpg", b"", "empty"),
    ],
)
def test_add__a_bad_file_is_an_error_at_its_field(
    root: Client,
    organization: Organization,
    media_root: Path,
    name: str,
    content: bytes,
    words: str,
) -> None:
    file = SimpleUploadedFile(name, content)
    response = root.post(ADD, values(organization, file_0=file, title="Kept"))

    (error,) = errors_at(response, "file")
    assert words in error
    assert 'value="Kept"' in response.content.decode()
    assert_nothing_stored(media_root)


def test_add__without_a_file_is_an_error_at_its_field(
    root: Client, organization: Organization
) -> None:
    assert errors_at(root.post(ADD, values(organization)), "file") == ["This field is required."]


def test_add__another_error_stores_no_file(
    root: Client, organization: Organization, upload: Upload, media_root: Path
) -> None:
    response = root.post(ADD, values(organization, file_0=upload(), title="t" * 256))

    assert errors_at(response, "title")
    assert_nothing_stored(media_root)


def test_add__a_storage_that_fails_is_an_error_at_the_field(
    root: Client,
    organization: Organization,
    upload: Upload,
    media_root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr("gallery.storage.LocalStorage.put", fail)
        response = root.post(ADD, values(organization, file_0=upload()))

    (error,) = errors_at(response, "file")
    assert "storage" in error
    assert_nothing_stored(media_root)


def test_add__warns_when_renditions_could_not_be_made(
    root: Client, organization: Organization, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watched_storage(fail_at=2):
        root.post(ADD, values(organization, file_0=upload()))

    page = Page(root.get(LIST))
    assert "No renditions could be made" in page.text
    assert Image.objects.get().status == "failed"


def test_add__a_file_that_is_too_large_is_refused(
    root: Client, organization: Organization, upload: Upload, settings: Any, media_root: Path
) -> None:
    settings.GALLERY = {"MAX_UPLOAD_BYTES": 100}
    response = root.post(ADD, values(organization, file_0=upload()))

    assert response.status_code == 400
    assert_nothing_stored(media_root)


def test_change__shows_the_picture_and_a_link_to_its_file(root: Client, image: Image) -> None:
    page = Page(root.get(change_url(image)))

    links = {link.get("href") for link in page.all("a")}
    assert f"/media/{image.original_key}" in links
    assert "Currently" in page.text
    assert [url for url in page.pictures() if url.endswith("_sm.webp")]
    assert image.sha256 in page.text
    # The file is required, so there is nothing to tick it away with.
    assert not [each for each in page.all("input") if each.get("name") == "file_0-clear"]


def test_change__of_words_keeps_the_file(
    root: Client, image: Image, organization: Organization, media_root: Path
) -> None:
    before = stored_files(media_root)
    response = root.post(change_url(image), values(organization, title="Second"))

    assert response.status_code == 302
    changed = Image.objects.get()
    assert (changed.title, changed.original_key) == ("Second", image.original_key)
    assert changed.creator == image.creator
    assert stored_files(media_root) == before


def test_change__leaves_what_others_changed_meanwhile(
    root: Client, image: Image, organization: Organization
) -> None:
    seen = {
        str(each["name"]): each["value"]
        for each in Page(root.get(change_url(image))).all("input")
        if (each.get("name") or "").startswith("initial-") and each.get("value")
    }
    Image.objects.update(visibility="private", alt_text="theirs", decorative=True)
    response = root.post(change_url(image), values(organization, **seen, title="", description="D"))

    assert response.status_code == 302
    changed = Image.objects.get()
    assert (changed.visibility, changed.alt_text, changed.decorative) == ("private", "theirs", True)
    assert (changed.title, changed.description) == ("", "D")


def test_change__replaces_the_file(
    root: Client, image: Image, organization: Organization, upload: Upload, media_root: Path
) -> None:
    image.focal_point = FocalPoint(10, 10)
    image.save()
    old = f"/media/{image.original_key}"
    response = root.post(change_url(image), values(organization, file_0=upload("b.png", (90, 60))))

    assert response.status_code == 302
    changed = Image.objects.get()
    assert changed.original_key != image.original_key
    assert (changed.width, changed.content_type, changed.status) == (90, "image/png", "ready")
    assert changed.focal_point == FocalPoint.CENTER
    base = changed.original_key.removesuffix(".png")
    assert picture_at(media_root, f"/media/{base}_lg.webp").size == (90, 60)
    # Who holds the old URL may use it for a while.
    assert status_of(root, old) == 200


def test_change__a_bad_file_changes_nothing(
    root: Client, image: Image, organization: Organization, media_root: Path
) -> None:
    before = stored_files(media_root)
    file = SimpleUploadedFile("b.jpg", b"text")
    response = root.post(change_url(image), values(organization, file_0=file, title="Other"))

    assert errors_at(response, "file")
    unchanged = Image.objects.get()
    assert (unchanged.title, unchanged.original_key) == ("First", image.original_key)
    assert stored_files(media_root) == before


def test_change__does_not_move_an_image_to_another_organisation(
    root: Client, image: Image, globex: Organization
) -> None:
    root.post(change_url(image), values(globex, title="Moved?"))

    image.refresh_from_db()
    assert (image.organization.slug, image.title) == ("acme", "Moved?")


def test_delete__takes_the_files_along(root: Client, image: Image, media_root: Path) -> None:
    url = f"/media/{image.original_key}"
    assert len(stored_files(media_root)) == 5
    response = root.post(f"{LIST}{image.pk}/delete/", {"post": "yes"})

    assert response.status_code == 302
    assert_nothing_stored(media_root)
    assert status_of(root, url) == 404


def test_delete__shows_the_galleries_that_lose_it(
    root: Client, image: Image, organization: Organization
) -> None:
    attach(image, organization)
    page = Page(root.get(f"{LIST}{image.pk}/delete/"))

    assert "relation" in page.text


def test_csrf__is_enforced_on_the_form(
    superuser: User, organization: Organization, upload: Upload
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(superuser)
    response = browser.post(ADD, values(organization, file_0=upload()))

    assert response.status_code == 403
    assert not Image.objects.exists()


def test_pages__have_nothing_inline(root: Client, add_image: AddImage) -> None:
    image = add_image()
    for url in (LIST, ADD, change_url(image), f"{LIST}{image.pk}/delete/"):
        response = root.get(url)
        assert "'unsafe-inline'" not in response["Content-Security-Policy"]
        Page(response).assert_safe()


def test_viewer__sees_the_picture_and_cannot_change_it(
    staff: Callable[[Role], Client], image: Image
) -> None:
    page = Page(staff(Role.VIEWER).get(change_url(image)))

    assert [url for url in page.pictures() if url.endswith("_sm.webp")]
    assert not [each for each in page.all("input") if each.get("type") == "file"]
