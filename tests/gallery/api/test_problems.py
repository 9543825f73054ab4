"""Whatever goes wrong under `/api/` is JSON, says little, and has a code."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import ProgrammingError
from django.http import UnreadablePostError
from rest_framework.test import APIClient

from accounts.models import User
from gallery.models import Image
from tests.accounts.clients import client_of, problem_of
from tests.conftest import Upload

pytestmark = pytest.mark.django_db

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
METHODS = ["get", "post", "put", "patch", "delete", "options", "head", "trace"]


@pytest.fixture(params=[False, True], ids=["production", "debug"])
def debug(request: pytest.FixtureRequest, settings: Any) -> bool:
    settings.DEBUG = request.param
    return bool(request.param)


@pytest.fixture
def client(member: User) -> APIClient:
    client = client_of(member)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("route", ["list", "bulk", "detail", "file"])
def test_problem__405_names_the_methods_there_are(
    client: APIClient, images_url: str, image: Image, debug: bool, route: str
) -> None:
    one = f"{images_url}{image.pk}/"
    url, methods = {
        "list": (images_url, {"get", "post", "head", "options"}),
        "bulk": ("/api/v1/images/orgs/acme/bulk-upload/", {"post", "options"}),
        "detail": (one, {"get", "patch", "delete", "head", "options"}),
        "file": (f"{one}file/", {"put", "options"}),
    }[route]
    for method in METHODS:
        if method in methods:
            continue
        for path in (url, url.removesuffix("/")):
            response = client.generic(method.upper(), path)
            assert response.status_code == 405, (method, path)
            allow = {name.strip().lower() for name in response["Allow"].split(",")}
            assert allow == methods
            if method != "head":
                assert problem_of(response)["code"] == "method_not_allowed"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1", "/api/v1/nothing", "/api/v2/images/", "/api/v1/%00/"]
)
def test_problem__404_on_paths_that_are_none(
    client: APIClient, debug: bool, method: str, path: str
) -> None:
    response = client.generic(method.upper(), path, HTTP_ACCEPT=HTML)

    assert response.status_code == 404
    if method != "head":
        body = problem_of(response)
        assert (body["code"], body["detail"]) == ("not_found", "Not found.")


def test_problem__404_for_a_post_without_a_csrf_token_too(debug: bool) -> None:
    """Django would answer 403 in HTML before the path is known to be none."""
    response = APIClient(enforce_csrf_checks=True).post("/api/v1/nothing/", {}, HTTP_ACCEPT=HTML)

    assert problem_of(response)["status"] == 404


@pytest.mark.parametrize("accept", [HTML, "text/html", "*/*", "application/json", "", "image/*"])
def test_problem__is_json_whatever_the_client_accepts(
    client: APIClient, images_url: str, image: Image, debug: bool, accept: str
) -> None:
    requests: list[tuple[Any, str, set[int]]] = [
        (client.get, f"{images_url}999/", {404, 406}),
        (client.put, images_url, {405, 406}),
        (APIClient().get, images_url, {401, 406}),
        (client.get, f"{images_url}?ordering=x", {400, 406}),
        (client.get, f"{images_url}?format=pdf", {404, 406}),
    ]
    for send, url, statuses in requests:
        response = send(url, HTTP_ACCEPT=accept)
        assert response.status_code in statuses
        assert problem_of(response)["code"]


def test_problem__an_accept_nobody_can_serve_is_406(client: APIClient, images_url: str) -> None:
    assert problem_of(client.get(images_url, HTTP_ACCEPT="image/png"))["status"] == 406


@pytest.mark.parametrize("accept", ["*/*", "application/json", None])
def test_json__is_what_curl_gets(client: APIClient, images_url: str, accept: str | None) -> None:
    headers: dict[str, Any] = {} if accept is None else {"HTTP_ACCEPT": accept}

    assert client.get(images_url, **headers)["Content-Type"] == "application/json"


def test_browsable_api__shows_every_page_to_a_browser(
    owner: User, images_url: str, image: Image
) -> None:
    browser = APIClient()
    browser.force_login(owner)
    one = f"{images_url}{image.pk}/"
    for url in (images_url, f"{images_url}?cursor=", one):
        response = browser.get(url, HTTP_ACCEPT=HTML)
        assert response.status_code == 200
        assert response["Content-Type"].startswith("text/html")
    response = browser.options(f"{one}file/", HTTP_ACCEPT=HTML)
    assert response.status_code == 200


def test_browsable_api__runs_no_inline_scripts(owner: User, images_url: str, image: Image) -> None:
    browser = APIClient()
    browser.force_login(owner)
    Image.objects.update(title="</script><script>alert(1)</script>", alt_text="<b onclick=x>")
    page = browser.get(f"{images_url}{image.pk}/", HTTP_ACCEPT=HTML).content.decode()

    assert "<script>" not in page
    assert "<b onclick" not in page


class Secret(RuntimeError):
    """An error whose words must stay here."""


@pytest.mark.parametrize(
    "error", [Secret("password=hunter2"), ProgrammingError("hunter2"), KeyError("hunter2")]
)
def test_problem__500_says_nothing(
    client: APIClient,
    images_url: str,
    upload: Upload,
    debug: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    def fail(**_: Any) -> None:
        raise error

    monkeypatch.setattr("gallery.api.views.images.upload_image", fail)
    with caplog.at_level(logging.ERROR):
        response = client.post(images_url, {"file": upload()}, format="multipart", HTTP_ACCEPT=HTML)

    assert problem_of(response) == {
        "type": "urn:gallery:problem:server_error",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "Server got itself in trouble.",
        "code": "server_error",
    }
    assert "hunter2" not in response.content.decode()
    # Whoever runs the site finds it in the log, with its stack trace.
    assert any(record.exc_info and record.exc_info[1] is error for record in caplog.records)


def test_problem__500_outside_of_views_says_the_same(
    client: APIClient, images_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("hunter2")

    monkeypatch.setattr("django.middleware.common.CommonMiddleware.process_request", fail)
    response = client.get(images_url)

    assert problem_of(response)["code"] == "server_error"
    assert "hunter2" not in response.content.decode()


def test_problem__a_client_that_hangs_up_is_no_server_error(
    client: APIClient, images_url: str, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang_up(*_: Any) -> bytes:
        raise UnreadablePostError("connection reset")

    monkeypatch.setattr("gallery.api.parsers.ShallowJSONParser.parse", hang_up)
    response = client.patch(f"{images_url}{image.pk}/", {"title": "x"}, format="json")

    assert problem_of(response)["code"] == "bad_request"


@pytest.mark.parametrize("url", ["/api/v1/docs/", "/api/v1/schema/"])
def test_problem__options_of_the_documents_is_no_server_error(
    client: APIClient, debug: bool, url: str
) -> None:
    assert client.options(url).status_code in {200, 405}


def test_problem__404_is_one_to_the_byte_whoever_writes_it(
    client: APIClient, images_url: str
) -> None:
    missing, no_path = client.get(f"{images_url}999/"), client.get(f"{images_url}abc/")

    assert missing.content.replace(b"999", b"abc") == no_path.content


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_problem__413_for_a_body_longer_than_a_form_may_be(
    client: APIClient, images_url: str, image: Image, settings: Any, content_type: str
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    url = f"{images_url}{image.pk}/"
    fits = b'{"title": "' + b"a" * 200 + b'"}'

    assert client.patch(url, fits, content_type="application/json").status_code == 200
    response = client.patch(url, fits + b" " * 1000, content_type=content_type)
    assert (response.status_code, problem_of(response)["code"]) == (413, "too_large")


def test_problem__400_for_a_form_of_too_many_fields(
    client: APIClient, images_url: str, image: Image
) -> None:
    body = "&".join(f"f{number}=" for number in range(5001))
    response = client.patch(
        f"{images_url}{image.pk}/", body, content_type="application/x-www-form-urlencoded"
    )

    assert problem_of(response)["code"] == "too_many_fields"


@pytest.mark.parametrize("slash", ["/", ""])
def test_slash__every_method_answers_with_and_without(
    owner: User, images_url: str, upload: Upload, slash: str
) -> None:
    client = client_of(owner)
    images = images_url.removesuffix("/")
    bulk = "/api/v1/images/orgs/acme/bulk-upload"

    created = client.post(images + slash, {"file": upload()}, format="multipart")
    assert created.status_code == 201
    one = f"{images}/{created.json()['id']}"
    assert client.get(f"{images}{slash}?limit=1").json()["count"] == 1
    assert client.get(one + slash).status_code == 200
    assert client.head(one + slash).status_code == 200
    assert client.options(one + slash).status_code == 200
    assert client.patch(one + slash, {"title": "a"}, format="json").json()["title"] == "a"
    replaced = client.put(f"{one}/file{slash}", {"file": upload()}, format="multipart")
    assert replaced.status_code == 200
    several = client.post(bulk + slash, {"files": [upload()]}, format="multipart")
    assert several.status_code == 201
    assert client.delete(one + slash).status_code == 204
    missing = client.get(one + slash)
    assert missing.json()["instance"] == one + slash
