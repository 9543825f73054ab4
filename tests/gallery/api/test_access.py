"""Who may do what: every route, every kind of visitor, and one 404 for all that is not theirs."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import User
from gallery.models import Image
from orgs.models import Membership, Organization, Role
from tests.accounts.clients import client_of, problem_of
from tests.conftest import Upload
from tests.factories import MembershipFactory, UserFactory
from tests.gallery.api.harness import AddImage

pytestmark = pytest.mark.django_db

# What a visitor may do is the documentation of roles; `mine` and `theirs` say who uploaded.
ALLOWED: dict[str, dict[str, int]] = {
    "list": {"anonymous": 401, "outsider": 404, "viewer": 200, "member": 200},
    "upload": {"anonymous": 401, "outsider": 404, "viewer": 403, "member": 201},
    "bulk upload": {"anonymous": 401, "outsider": 404, "viewer": 403, "member": 201},
    "detail": {"anonymous": 401, "outsider": 404, "viewer": 200, "member": 200},
    "change": {"anonymous": 401, "outsider": 404, "viewer": 403, "member": 200},
    "replace": {"anonymous": 401, "outsider": 404, "viewer": 403, "member": 200},
    "delete theirs": {"anonymous": 401, "outsider": 404, "viewer": 403, "member": 403},
    "delete mine": {"anonymous": 401, "outsider": 404, "viewer": 403, "member": 204},
}
# Managers may what members may, and delete what is not theirs.
for _operation, _answers in ALLOWED.items():
    _manager = 204 if _operation.startswith("delete") else _answers["member"]
    _answers |= dict.fromkeys(("admin", "owner", "superuser"), _manager)
    _answers |= {"inactive": 401, "removed": 404}

CASES = [
    (operation, who, status)
    for operation, answers in ALLOWED.items()
    for who, status in answers.items()
]


@pytest.fixture
def people(
    organization: Organization,
    member: User,
    owner: User,
    viewer: User,
    outsider: User,
    superuser: User,
) -> dict[str, User | None]:
    """Return one user of each kind."""
    admin = MembershipFactory.create(organization=organization, role=Role.ADMIN).user
    inactive = UserFactory.create(is_active=False)
    MembershipFactory.create(organization=organization, user=inactive, role=Role.OWNER)
    removed = MembershipFactory.create(organization=organization, role=Role.OWNER)
    removed_user = removed.user
    removed.delete()
    return {
        "anonymous": None,
        "outsider": outsider,
        "viewer": viewer,
        "member": member,
        "admin": admin,
        "owner": owner,
        "superuser": superuser,
        "inactive": inactive,
        "removed": removed_user,
    }


def ask(client: APIClient, operation: str, image: Image, file: SimpleUploadedFile) -> Any:
    """Send the request of an operation, as valid as can be."""
    library = "/api/v1/images/orgs/acme"
    one = f"{library}/images/{image.pk}/"
    method, url, values, content = {
        "list": ("get", f"{library}/images/", None, "json"),
        "upload": ("post", f"{library}/images/", {"file": file}, "multipart"),
        "bulk": ("post", f"{library}/bulk-upload/", {"files": [file]}, "multipart"),
        "detail": ("get", one, None, "json"),
        "change": ("patch", one, {"title": "changed"}, "json"),
        "replace": ("put", f"{one}file/", {"file": file}, "multipart"),
        "delete": ("delete", one, None, "json"),
    }[operation.split(maxsplit=1)[0]]
    return getattr(client, method)(url, values, format=content)


@pytest.mark.parametrize(("operation", "who", "status"), CASES)
def test_access(
    people: dict[str, User | None],
    add_image: AddImage,
    owner: User,
    upload: Upload,
    operation: str,
    who: str,
    status: int,
) -> None:
    user = people[who]
    creator = user if operation == "delete mine" else people["admin"]
    if who == "admin":
        creator = owner
    image = add_image(creator=creator)
    images = Image.objects.count()
    response = ask(client_of(user), operation, image, upload(size=(30, 20)))

    assert response.status_code == status, response.content
    if status == 401:
        assert response["WWW-Authenticate"].startswith("Bearer")
    if status >= 400:
        assert problem_of(response)["status"] == status
        assert Image.objects.count() == images
        image.refresh_from_db()
        assert image.title == ""


@pytest.mark.parametrize("operation", ALLOWED)
def test_access__foreign_and_missing_are_one_404(
    add_image: AddImage, outsider: User, upload: Upload, operation: str
) -> None:
    """In an organisation that is not theirs, in one that does not exist, and in their own."""
    theirs = add_image()
    gone = Image(pk=999_999)
    client = client_of(outsider)
    own = Membership.objects.get(user=outsider).organization
    foreign = ask(client, operation, theirs, upload())

    bodies = [problem_of(foreign)]
    Organization.objects.filter(slug="acme").update(slug="renamed")
    bodies.append(problem_of(ask(client, operation, theirs, upload())))
    bodies.append(problem_of(ask(client, operation, gone, upload())))
    Organization.objects.filter(pk=own.pk).update(slug="acme")
    if operation not in {"list", "upload", "bulk upload"}:
        bodies.append(problem_of(ask(client, operation, theirs, upload())))
        bodies.append(problem_of(ask(client, operation, gone, upload())))
    assert bodies[0]["code"] == "not_found"
    assert all(body == bodies[0] for body in bodies)


@pytest.mark.parametrize("body", [b"{", b'{"focal_point": 1}'])
def test_access__is_decided_before_the_body_is_read(
    image: Image, viewer: User, outsider: User, images_url: str, body: bytes
) -> None:
    url = f"{images_url}{image.pk}/"
    for user, status in [(viewer, 403), (outsider, 404), (None, 401)]:
        response = client_of(user).patch(url, body, content_type="application/json")
        assert response.status_code == status


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

UNSAFE = [operation for operation in ALLOWED if operation not in {"list", "detail"}]


@pytest.fixture
def browser(owner: User) -> APIClient:
    """Return a client with the owner's session, which needs a CSRF token as browsers do."""
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(owner)
    return client


@pytest.mark.parametrize("operation", UNSAFE)
def test_session__without_a_csrf_token_is_403(
    browser: APIClient, image: Image, upload: Upload, operation: str
) -> None:
    response = ask(browser, operation, image, upload())

    assert response.status_code == 403
    body = problem_of(response)
    assert body["code"] == "permission_denied"
    assert "CSRF" in body["detail"]
    assert Image.objects.count() == 1


@pytest.mark.parametrize("operation", UNSAFE)
def test_session__with_a_csrf_token_works(
    browser: APIClient, image: Image, upload: Upload, operation: str
) -> None:
    browser.cookies["csrftoken"] = "a" * 32
    browser.credentials(HTTP_X_CSRFTOKEN="a" * 32)

    assert ask(browser, operation, image, upload()).status_code in {200, 201, 204}


def test_session__reads_without_a_token(browser: APIClient, image: Image, images_url: str) -> None:
    assert browser.get(images_url).status_code == 200


def test_session__a_form_of_another_site_cannot_post_text_plain(
    browser: APIClient, image: Image, images_url: str
) -> None:
    response = browser.post(images_url, b'{"file": 1}', content_type="text/plain")

    assert response.status_code == 403


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
