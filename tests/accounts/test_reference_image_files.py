"""Who is given the files of reference images: their user, and who holds what that user signed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import ReferenceImage, User
from accounts.services import remove_reference_image
from tests.accounts.clients import client_of
from tests.accounts.reference_images import REFERENCES, add
from tests.conftest import Upload
from tests.gallery.api.harness import committed, status_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(user: User, upload: Upload) -> ReferenceImage:
    return add(user, upload)


def urls_of(client: Any, image: ReferenceImage) -> list[str]:
    body = client.get(f"{REFERENCES}{image.pk}/").json()
    return sorted(body["variants"].values())


def signed_urls_of(user: User, image: ReferenceImage) -> list[str]:
    response = client_of(user).get(f"{REFERENCES}{image.pk}/urls/")
    assert response["Cache-Control"] == "no-store"
    body = response.json()
    assert body["url"] == body["variants"]["original"]
    assert body["expires_at"]
    return sorted(body["variants"].values())


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_urls__answer_their_user_and_nobody_else(
    user: User, image: ReferenceImage, superuser: User, outsider: User
) -> None:
    urls = urls_of(client_of(user), image)

    assert len(set(urls)) == 4
    for client in (client_of(user), browser_of(user)):
        assert [status_of(client, url) for url in urls] == [200] * 4
        assert client.get(urls[0])["Cache-Control"].startswith("private")
    for other in (Client(), browser_of(superuser), client_of(superuser), client_of(outsider)):
        assert [status_of(other, url) for url in urls] == [404] * 4


def test_signed_urls__answer_anybody_as_long_as_their_user_is_welcome(
    user: User, image: ReferenceImage
) -> None:
    urls = signed_urls_of(user, image)

    assert [status_of(Client(), url) for url in urls] == [200] * 4
    assert status_of(Client(), urls[0].replace(f"by=user-{user.pk}", "by=user-0")) == 404
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert [status_of(Client(), url) for url in urls] == [404] * 4


def test_urls__end_with_the_reference_image(user: User, image: ReferenceImage) -> None:
    urls = [*urls_of(client_of(user), image), *signed_urls_of(user, image)]
    with committed():
        remove_reference_image(reference_image=image)

    assert [status_of(browser_of(user), url) for url in urls] == [404] * 8
