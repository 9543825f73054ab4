"""What lets somebody in and what does not; who may do what then is in `tests/permissions`."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from gallery.models import Image
from orgs.models import Membership, Organization
from tests.accounts.clients import client_of, problem_of
from tests.conftest import Upload

pytestmark = pytest.mark.django_db


def test_access__ends_with_the_membership(image: Image, member: User, images_url: str) -> None:
    client = client_of(member)
    assert client.get(f"{images_url}{image.pk}/").status_code == 200

    Membership.objects.filter(user=member).delete()
    assert client.get(f"{images_url}{image.pk}/").status_code == 404


@pytest.mark.parametrize(
    "authorization", ["Bearer x", "Bearer", "Bearer a b", "Basic dTpw", "Token x", "Bearer \xff"]
)
def test_access__with_a_broken_token_is_401_or_nobody(
    image: Image, images_url: str, authorization: str
) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=authorization)
    response = client.get(images_url)

    assert response.status_code == 401
    assert "WWW-Authenticate" in response
    assert problem_of(response)["code"]


@pytest.mark.parametrize("slug", ["ACME", "acme%00", "..", "a" * 300, "%F0%9F%8C%85", "acme%2F"])
def test_access__odd_slugs_are_404(member: User, organization: Organization, slug: str) -> None:
    response = client_of(member).get(f"/api/v1/images/orgs/{slug}/images/")

    assert problem_of(response)["code"] == "not_found"


# --- sessions ---------------------------------------------------------------------------------


@pytest.fixture
def browser(owner: User) -> APIClient:
    """Return a client with the owner's session, which needs a CSRF token as browsers do."""
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(owner)
    return client


def test_session__reads_without_a_token(browser: APIClient, image: Image, images_url: str) -> None:
    assert browser.get(images_url).status_code == 200


@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=\xff"])
def test_session__a_form_that_cannot_be_read_is_400_not_500(
    browser: APIClient, images_url: str, boundary: str
) -> None:
    """Django looks for the CSRF token in the form before a parser of ours sees it."""
    browser.cookies["csrftoken"] = "a" * 32
    response = browser.post(images_url, b"--x", content_type=f"multipart/form-data{boundary}")

    assert response.status_code == 400
    assert problem_of(response)["code"] == "parse_error"


@pytest.mark.parametrize("length", [None, "3000000"])
def test_session__a_form_that_is_too_large_is_413(
    browser: APIClient, images_url: str, upload: Upload, settings: Any, length: str | None
) -> None:
    """Whoever reads the form first, the same limits hold."""
    settings.GALLERY = {"MAX_UPLOAD_BYTES": 100}
    browser.cookies["csrftoken"] = "a" * 32
    headers: dict[str, Any] = {} if length is None else {"CONTENT_LENGTH": length}
    response = browser.post(images_url, {"file": upload()}, format="multipart", **headers)

    assert problem_of(response)["status"] == 413
