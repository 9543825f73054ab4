"""`DELETE images/{id}/`: the image, its files and its URLs are gone, unless it is in use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from gallery.models import Image, MediaFile, PolymorphicImageRelation
from orgs.models import Organization
from tests.accounts.clients import client_of, field_codes_of, problem_of
from tests.conftest import Upload
from tests.factories import OrganizationFactory
from tests.gallery.api.harness import assert_nothing_stored, attach, status_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def uploaded(member: User, images_url: str, upload: Upload) -> dict[str, Any]:
    response = client_of(member).post(images_url, {"file": upload()}, format="multipart")
    body: dict[str, Any] = response.json()
    return {**body, "self": response["Location"]}


def test_delete__takes_the_files_and_the_urls_along(
    member: User, uploaded: dict[str, Any], media_root: Path
) -> None:
    client = client_of(member)
    urls = [uploaded["self"], *uploaded["variants"].values()]
    assert {status_of(client, url) for url in urls} == {200}
    response = client.delete(uploaded["self"])

    assert (response.status_code, response.content) == (204, b"")
    assert {status_of(client, url) for url in urls} == {404}
    assert_nothing_stored(media_root)
    assert client.delete(uploaded["self"]).status_code == 404


def test_delete__takes_crops_of_former_focal_points_along(
    member: User, uploaded: dict[str, Any], media_root: Path
) -> None:
    client = client_of(member)
    client.patch(uploaded["self"], {"focal_point": {"x": 0, "y": 0}}, format="json")
    client.delete(uploaded["self"])

    assert_nothing_stored(media_root)


def test_delete__answers_although_the_storage_keeps_the_files(
    member: User, uploaded: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise OSError("read-only")

    client = client_of(member)
    monkeypatch.setattr("gallery.storage.LocalStorage.delete", fail)

    assert client.delete(uploaded["self"]).status_code == 204
    assert client.get(uploaded["self"]).status_code == 404
    # The ledger knows what is left to delete.
    assert MediaFile.objects.filter(delete_after__isnull=False).count() == 5


def test_delete__ends_the_urls_although_the_storage_keeps_the_files(
    member: User, uploaded: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise OSError("read-only")

    client = client_of(member)
    monkeypatch.setattr("gallery.storage.LocalStorage.delete", fail)
    client.delete(uploaded["self"])

    assert {status_of(client, url) for url in uploaded["variants"].values()} == {404}


def test_delete__is_409_with_the_usage_while_it_is_attached(
    member: User, uploaded: dict[str, Any], organization: Organization
) -> None:
    client, image = client_of(member), Image.objects.get(pk=uploaded["id"])
    other = OrganizationFactory.create()
    attach(image, organization)
    attach(image, other)
    response = client.delete(uploaded["self"])

    body = problem_of(response)
    assert (response.status_code, body["code"]) == (409, "image_in_use")
    assert body["usage"] == [
        {"app_label": "orgs", "model": "organization", "object_id": str(organization.pk)},
        {"app_label": "orgs", "model": "organization", "object_id": str(other.pk)},
    ]
    assert client.get(uploaded["self"]).status_code == 200
    assert PolymorphicImageRelation.objects.count() == 2


@pytest.mark.parametrize("force", ["false", "0", "", "False"])
def test_delete__is_not_forced_unless_asked_to(
    member: User, uploaded: dict[str, Any], organization: Organization, force: str
) -> None:
    attach(Image.objects.get(pk=uploaded["id"]), organization)

    assert client_of(member).delete(f"{uploaded['self']}?force={force}").status_code == 409


@pytest.mark.parametrize("force", ["no", "truely", "2"])
def test_delete__forced_by_another_word_is_400(
    member: User, uploaded: dict[str, Any], force: str
) -> None:
    response = client_of(member).delete(f"{uploaded['self']}?force={force}")

    assert field_codes_of(response) == {"force": "invalid"}
    assert Image.objects.count() == 1


@pytest.mark.parametrize("force", ["true", "True", "1"])
def test_delete__forced_takes_its_places_along(
    member: User,
    uploaded: dict[str, Any],
    organization: Organization,
    media_root: Path,
    force: str,
) -> None:
    attach(Image.objects.get(pk=uploaded["id"]), organization)
    response = client_of(member).delete(f"{uploaded['self']}?force={force}")

    assert response.status_code == 204
    assert not PolymorphicImageRelation.objects.exists()
    assert_nothing_stored(media_root)


def test_delete__usage_is_a_hundred_places_at_most(
    member: User, uploaded: dict[str, Any], organization: Organization
) -> None:
    image = Image.objects.get(pk=uploaded["id"])
    first = attach(image, organization)
    PolymorphicImageRelation.objects.bulk_create(
        PolymorphicImageRelation(
            organization=organization,
            image=image,
            content_type=first.content_type,
            object_id=f"other-{number}",
        )
        for number in range(150)
    )
    response = client_of(member).delete(uploaded["self"])

    assert len(response.json()["usage"]) == 100
    assert response.json()["count"] == 151


def test_delete__of_an_image_deleted_meanwhile_is_done(
    member: User, uploaded: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two clients delete at once: the second finds the row when it looks, not when it locks."""
    look_up = "gallery.api.views.images.LibraryMixin.get_image"
    image = Image.objects.select_related("organization").get(pk=uploaded["id"])
    client_of(member).delete(uploaded["self"])
    monkeypatch.setattr(look_up, lambda *_: image)

    response = client_of(member).delete(uploaded["self"])
    assert response.status_code == 204
