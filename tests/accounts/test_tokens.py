"""Getting, refreshing and verifying tokens over HTTP."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from rest_framework.test import APIClient
from rest_framework.throttling import ScopedRateThrottle
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.models import User
from tests.accounts.clients import client_of, field_codes_of, problem_of
from tests.factories import PASSWORD, UserFactory

PAIR, REFRESH, VERIFY = (f"/api/v1/token/{name}/" for name in ("pair", "refresh", "verify"))
ME = "/api/v1/me/"

pytestmark = pytest.mark.django_db


def deactivate(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def delete(user: User) -> None:
    User.objects.filter(pk=user.pk).delete()


def change_password(user: User) -> None:
    user.set_password("another one entirely")
    user.save()


FALLS_FROM_GRACE: list[Callable[[User], None]] = [deactivate, delete, change_password]


@pytest.mark.parametrize("email", ["jane@example.com", "JANE@Example.com", " jane@example.com "])
def test_pair__opens_the_api(email: str) -> None:
    UserFactory.create(email="jane@example.com")
    response = APIClient().post(PAIR, {"email": email, "password": PASSWORD})

    assert response.status_code == 200
    assert sorted(response.json()) == ["access", "refresh"]
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {response.json()['access']}")
    assert client.get(ME).json()["email"] == "jane@example.com"


def test_pair__answers_the_same_whatever_is_wrong() -> None:
    UserFactory.create(email="jane@example.com")
    UserFactory.create(email="asleep@example.com", is_active=False)
    responses = [
        APIClient().post(PAIR, {"email": email, "password": password})
        for email, password in [
            ("jane@example.com", "wrong"),
            ("nobody@example.com", PASSWORD),
            ("asleep@example.com", PASSWORD),
            ("no address", PASSWORD),
        ]
    ]

    assert [response.status_code for response in responses] == [401] * 4
    assert problem_of(responses[0])["code"] == "no_active_account"
    assert all(problem_of(response) == problem_of(responses[0]) for response in responses)
    assert responses[0]["WWW-Authenticate"].startswith("Bearer ")


def test_pair__does_not_read_other_credentials() -> None:
    """Somebody with an old token in their client must still be able to log in."""
    user = UserFactory.create(email="jane@example.com")
    client = client_of(user)
    change_password(user)
    body = {"email": "jane@example.com", "password": "another one entirely"}

    assert client.post(PAIR, body).status_code == 200


@pytest.mark.parametrize("token_class", [AccessToken, RefreshToken])
def test_verify__takes_both_kinds(token_class: Any) -> None:
    response = APIClient().post(VERIFY, {"token": str(token_class.for_user(UserFactory.create()))})

    assert (response.status_code, response.json()) == (200, {})


def test_refresh__gives_a_token_that_works() -> None:
    user = UserFactory.create()
    response = APIClient().post(REFRESH, {"refresh": str(RefreshToken.for_user(user))})

    assert list(response.json()) == ["access"]
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {response.json()['access']}")
    assert client.get(ME).json()["id"] == user.pk


@pytest.mark.parametrize("fall", FALLS_FROM_GRACE)
def test_tokens__stop_working_with_their_user(fall: Callable[[User], None]) -> None:
    user = UserFactory.create()
    refresh, access = RefreshToken.for_user(user), AccessToken.for_user(user)
    client = client_of(user)
    fall(user)
    responses = [
        client.get(ME),
        APIClient().post(REFRESH, {"refresh": str(refresh)}),
        APIClient().post(VERIFY, {"token": str(refresh)}),
        APIClient().post(VERIFY, {"token": str(access)}),
    ]

    assert [response.status_code for response in responses] == [401] * 4
    assert all(response["WWW-Authenticate"].startswith("Bearer ") for response in responses)
    assert [problem_of(response)["code"] for response in responses[1:]] == ["token_not_valid"] * 3


def with_claim(user: User, name: str, value: object) -> str:
    token = AccessToken.for_user(user)
    token[name] = value
    return str(token)


def resigned(user: User, header: str, signature: str | None = None) -> str:
    good_header, claims, good_signature = str(AccessToken.for_user(user)).split(".")
    return ".".join(
        [header or good_header, claims, good_signature if signature is None else signature]
    )


BAD_TOKENS: dict[str, Callable[[User], str]] = {
    "garbage": lambda _user: "garbage",
    "two dots": lambda _user: "..",
    "expired": lambda user: with_claim(user, "exp", 1),
    "without a user": lambda _user: str(AccessToken()),
    "of a huge user": lambda user: with_claim(user, "user_id", 10**30),
    "signed by another": lambda user: resigned(user, "", "AAAA"),
    "unsigned": lambda user: resigned(user, "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0", ""),
}


@pytest.mark.parametrize("which", BAD_TOKENS)
def test_bad_token__is_refused_everywhere(which: str) -> None:
    token = BAD_TOKENS[which](UserFactory.create())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    responses = [
        client.get(ME),
        APIClient().post(REFRESH, {"refresh": token}),
        APIClient().post(VERIFY, {"token": token}),
    ]

    assert [response.status_code for response in responses] == [401] * 3
    assert all(response["WWW-Authenticate"].startswith("Bearer ") for response in responses)


def test_token__of_the_other_kind() -> None:
    user = UserFactory.create()
    access, refresh = str(AccessToken.for_user(user)), str(RefreshToken.for_user(user))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {refresh}")

    assert APIClient().post(REFRESH, {"refresh": access}).status_code == 401
    assert client.get(ME).status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer a b", "Basic YTpi", "bearer", "\xff", "Bearer \xff"]
)
def test_authorization__that_is_none(header: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    response = client.get(ME)

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("value", ["\x00", "\ud800", 2**64, 1.5, True, None, [], {}, "x" * 100_000])
@pytest.mark.parametrize(
    ("url", "field"),
    [(PAIR, "email"), (PAIR, "password"), (REFRESH, "refresh"), (VERIFY, "token")],
)
def test_hostile_value__is_refused(url: str, field: str, value: object) -> None:
    UserFactory.create(email="jane@example.com")
    body = {"email": "jane@example.com", "password": PASSWORD, field: value}

    response = APIClient().post(url, json.dumps(body), content_type="application/json")

    assert response.status_code in (400, 401)


@pytest.mark.parametrize("url", [PAIR, REFRESH, VERIFY])
@pytest.mark.parametrize("body", ["", "{", "[]", "null", "1", '"text"', "NaN", "[" * 100_000])
def test_body__that_is_no_json_object(url: str, body: str) -> None:
    response = APIClient().post(url, body, content_type="application/json")

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("url", "fields"),
    [(PAIR, ["email", "password"]), (REFRESH, ["refresh"]), (VERIFY, ["token"])],
)
def test_body__without_its_fields(url: str, fields: list[str]) -> None:
    assert field_codes_of(APIClient().post(url, {})) == dict.fromkeys(fields, "required")


@pytest.mark.parametrize("url", [PAIR, REFRESH, VERIFY])
def test_guessing__is_slowed_down_when_a_rate_is_set(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", {"token": "2/min"})
    cache.clear()
    responses = [
        # A client cannot pick its bucket by naming addresses.
        APIClient().post(url, {}, headers={"X-Forwarded-For": f"10.0.0.{number}"})
        for number in range(4)
    ]

    assert [response.status_code for response in responses] == [400, 400, 429, 429]
    assert int(responses[-1]["Retry-After"]) > 0
    assert problem_of(responses[-1])["code"] == "throttled"


def test_guessing__is_not_slowed_down_when_the_rate_is_none() -> None:
    assert settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["token"] is None
    statuses = {APIClient().post(PAIR, {}).status_code for _ in range(50)}

    assert statuses == {400}
