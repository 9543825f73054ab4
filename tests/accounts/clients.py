"""Send real requests as somebody, and read what the problem was."""

from typing import Any

from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import User


def client_of(user: User | None) -> APIClient:
    """Return a client with the user's access token; without a user, one without credentials."""
    client = APIClient()
    if user is not None:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(user)}")
    return client


def problem_of(response: Any) -> dict[str, Any]:
    """Return the problem+json body without `instance`, which repeats the path."""
    assert response["Content-Type"] == "application/problem+json", response.content
    body: dict[str, Any] = response.json()
    assert body["status"] == response.status_code
    return {name: value for name, value in body.items() if name != "instance"}


def field_codes_of(response: Any) -> dict[str | None, str]:
    """Return the code of each invalid field of a 400."""
    assert response.status_code == 400, response.content
    return {error["field"]: error["code"] for error in problem_of(response)["errors"]}
