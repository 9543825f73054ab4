"""Whatever is sent to organisations and members, the answer is a problem and never a 5xx."""

import json
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orgs.models import Organization
from tests.accounts.clients import client_of, problem_of
from tests.orgs.conftest import Team

ORGS = "/api/v1/orgs/"
MEMBERS = f"{ORGS}acme/members/"

HOSTILE = [
    "\x00",
    "a\x00b",
    "\ud800",
    "a\udfffb@example.com",
    "x" * 100_000,
    2**63,
    -(2**63) - 1,
    10**400,
    1.5,
    True,
    [],
    ["owner"],
    {},
    {"role": "owner"},
    None,
]


def raw(value: object) -> str:
    """Return JSON with lone surrogates escaped, as a client may well send them."""
    return json.dumps(value)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: raw(value)[:20])
@pytest.mark.parametrize(
    ("method", "url", "field"),
    [
        ("post", ORGS, "name"),
        ("post", ORGS, "slug"),
        ("patch", f"{ORGS}acme/", "name"),
        ("post", MEMBERS, "email"),
        ("post", MEMBERS, "role"),
        ("patch", f"{MEMBERS}{{id}}/", "role"),
    ],
)
def test_hostile_value__is_refused_or_stored(
    team: Team, method: str, url: str, field: str, value: object
) -> None:
    fine = {"name": "Fine", "slug": "fine", "email": "nobody@example.com", "role": "viewer"}
    url = url.format(id=team.membership("viewer").pk)
    send = getattr(client_of(team.users["owner"]), method)
    response = send(url, raw({**fine, field: value}), content_type="application/json")

    # A number is taken for the text of its digits, as DRF does.
    is_text_of_number = field in {"name", "slug"} and type(value) in (int, float)
    if response.status_code == 400:
        assert problem_of(response)["errors"]
    else:
        assert is_text_of_number
        assert response.status_code in (200, 201)


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "1", '"text"', "[[]]", "\ud800", "NaN"])
@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("post", ORGS),
        ("patch", f"{ORGS}acme/"),
        ("post", MEMBERS),
        ("patch", f"{MEMBERS}{{id}}/"),
    ],
)
def test_body__that_is_no_json_object(team: Team, method: str, url: str, body: str) -> None:
    url = url.format(id=team.membership("viewer").pk)
    content = body.encode("utf-8", "surrogatepass")
    send = getattr(client_of(team.users["owner"]), method)
    response = send(url, content, content_type="application/json")

    # An empty body is an empty object, which a PATCH may well send.
    assert response.status_code == (200 if (body, method) == ("", "patch") else 400)


@pytest.mark.parametrize("method", ["post", "patch"])
def test_body__of_a_type_that_is_not_read(team: Team, method: str) -> None:
    url = ORGS if method == "post" else f"{ORGS}acme/"
    send = getattr(client_of(team.users["owner"]), method)
    response = send(url, "name=New", content_type="text/plain")

    assert response.status_code == 415
    assert problem_of(response)["status"] == 415


@pytest.mark.parametrize(
    "slug", ["%00", "acme%00", "ACME", "%ED%A0%80", "%FF", "a" * 5_000, "%0A", "acme%2Fx", "%25"]
)
@pytest.mark.parametrize("method", ["get", "patch"])
def test_slug__that_cannot_be(team: Team, method: str, slug: str) -> None:
    response = getattr(client_of(team.users["owner"]), method)(f"{ORGS}{slug}/", {})

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("number", ["0", "9" * 19, "9" * 5_000, "-1", "1.5", "x", "%00", "1%00"])
@pytest.mark.parametrize("method", ["patch", "delete"])
def test_member_id__that_cannot_be(team: Team, method: str, number: str) -> None:
    send = getattr(client_of(team.users["owner"]), method)

    assert send(f"{MEMBERS}{number}/", {"role": "viewer"}).status_code == 404


@pytest.mark.parametrize("limit", ["-1", "0", "x", "%00", "9" * 30, "1e3"])
@pytest.mark.parametrize("name", ["limit", "offset"])
@pytest.mark.parametrize("url", [ORGS, MEMBERS])
def test_page__out_of_bounds(team: Team, url: str, name: str, limit: str) -> None:
    response = client_of(team.users["owner"]).get(f"{url}?{name}={limit}")

    assert response.status_code in (200, 400, 404)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children),
    max_leaves=5,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=json_values | st.fixed_dictionaries({"name": st.text(), "slug": st.text()}))
def test_any_json__never_fails(team: Team, body: object) -> None:
    client = client_of(team.users["owner"])
    for url in (ORGS, MEMBERS):
        response = client.post(url, raw(body), content_type="application/json")

        assert response.status_code < 500


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(slug=st.text(min_size=1).filter(lambda text: text not in (".", "..")))
def test_any_slug__never_fails(team: Team, slug: str) -> None:
    path = quote(slug, safe="", errors="surrogatepass")
    status = client_of(team.users["owner"]).get(f"{ORGS}{path}/").status_code

    assert status == (
        200 if Organization.objects.filter(slug="acme").exists() and slug == "acme" else 404
    )
