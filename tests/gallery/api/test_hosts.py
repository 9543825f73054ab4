"""A request for another host is refused in the form of what it asked for, with DEBUG too."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from tests.accounts.clients import client_of, problem_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_debug", [False, True])
def test_host__that_is_not_ours_is_a_problem_or_plain(
    member: User, images_url: str, settings: Any, is_debug: bool
) -> None:
    settings.DEBUG = is_debug
    client = client_of(member)
    response = client.get(images_url, HTTP_HOST="evil.example")
    media = client.get("/media/x.jpg", HTTP_HOST="evil.example")

    assert problem_of(response)["code"] == "unknown_host"
    assert (media.status_code, media["Content-Type"]) == (400, "text/plain")
