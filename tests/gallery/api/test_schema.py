"""The OpenAPI description is true: files are binary, maps are maps, problems are documented."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.validation import validate_schema
from rest_framework.views import APIView

from gallery.api.schema import ProblemAutoSchema
from tests.accounts.clients import client_of

IMAGES = "/api/v1/images/orgs/{slug}/images/"
ONE = f"{IMAGES}{{id}}/"
BULK_UPLOAD = "/api/v1/images/orgs/{slug}/bulk-upload/"
BULK_DELETE = "/api/v1/images/orgs/{slug}/bulk-delete/"
UPLOADS = "/api/v1/images/orgs/{slug}/uploads/"
ONE_UPLOAD = f"{UPLOADS}{{upload_id}}/"
GALLERY = f"{IMAGES}{{app_label}}/{{model}}/{{obj_id}}/"
REFERENCES = "/api/v1/me/reference-images/"
ONE_REFERENCE = f"{REFERENCES}{{reference_image_id}}/"
Schema = dict[str, Any]


@pytest.fixture(scope="module")
def schema() -> Schema:
    """Return the description as clients see it."""
    with pytest.MonkeyPatch.context() as patch:
        # Whatever the settings say by now.
        patch.setattr(APIView, "schema", ProblemAutoSchema())
        described: Schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    validate_schema(described)  # type: ignore[no-untyped-call]
    return described


def component(schema: Schema, name: str) -> Schema:
    found: Schema = schema["components"]["schemas"][name]
    return found


@pytest.mark.parametrize(
    ("method", "path", "statuses"),
    [
        ("get", IMAGES, {200, 304, 400, 401, 404}),
        ("post", IMAGES, {201, 400, 401, 403, 404, 409, 413, 415, 422}),
        ("post", BULK_UPLOAD, {201, 400, 401, 403, 404, 409, 413, 415, 422}),
        ("post", BULK_DELETE, {200, 400, 401, 403, 404, 409, 413, 415, 422}),
        ("get", ONE, {200, 304, 400, 401, 404}),
        ("patch", ONE, {200, 400, 401, 403, 404, 412, 413, 415}),
        ("delete", ONE, {204, 400, 401, 403, 404, 409, 412}),
        ("put", f"{ONE}file/", {200, 400, 401, 403, 404, 412, 413, 415, 422}),
        ("get", f"{ONE}urls/", {200, 304, 401, 404}),
        ("get", f"{ONE}shares/", {200, 304, 400, 401, 404}),
        ("post", f"{ONE}shares/", {201, 400, 401, 403, 404, 409, 413, 415, 422}),
        ("post", UPLOADS, {201, 400, 401, 403, 404, 409, 413, 415, 422}),
        ("get", ONE_UPLOAD, {200, 304, 401, 404}),
        (
            "post",
            f"{ONE_UPLOAD}complete/",
            {201, 400, 401, 403, 404, 409, 413, 415, 422},
        ),
        ("put", f"{ONE_UPLOAD}file/", {204, 400, 404, 413, 415}),
        ("post", "/api/v1/images/shared/images/resolve/", {200, 400, 404, 413, 415}),
        ("get", GALLERY, {200, 304, 400, 401, 404}),
        ("post", GALLERY, {200, 201, 400, 401, 403, 404, 409, 413, 415, 422}),
        ("post", f"{GALLERY}set_cover/", {200, 400, 401, 403, 404, 409, 413, 415, 422}),
        ("post", f"{GALLERY}unset_cover/", {200, 400, 401, 403, 404, 409, 422}),
        ("get", f"{GALLERY}{{image_id}}/", {200, 304, 400, 401, 404}),
        ("patch", f"{GALLERY}{{image_id}}/", {200, 400, 401, 403, 404, 412, 413, 415}),
        ("delete", f"{GALLERY}{{image_id}}/", {204, 401, 403, 404, 412}),
        ("post", "/api/v1/token/pair/", {200, 400, 401, 413, 415}),
        ("get", REFERENCES, {200, 304, 400, 401, 404}),
        ("post", REFERENCES, {201, 400, 401, 403, 409, 413, 415, 422}),
        ("patch", ONE_REFERENCE, {200, 400, 401, 403, 404, 412, 413, 415}),
        ("delete", ONE_REFERENCE, {204, 401, 403, 404, 412}),
    ],
)
def test_schema__names_every_status(
    schema: Schema, method: str, path: str, statuses: set[int]
) -> None:
    responses = schema["paths"][path][method]["responses"]

    # Anybody may be throttled, and the database may be down.
    assert {int(status) for status in responses} == statuses | {429, 503}
    for status, response in responses.items():
        is_problem = "application/problem+json" in response.get("content", {})
        assert is_problem is (int(status) >= 400)
        assert response["description"] or int(status) < 400


def test_schema__describes_a_problem(schema: Schema) -> None:
    problem = component(schema, "Problem")

    required = {"type", "title", "status", "detail", "instance", "code"}
    assert set(problem["required"]) == required
    assert problem["properties"].keys() == required | {"errors"}
    conflict = schema["paths"][ONE]["delete"]["responses"]["409"]["content"]
    reference = conflict["application/problem+json"]["schema"]["$ref"]
    assert "usage" in component(schema, reference.rsplit("/", 1)[-1])["properties"]


def test_schema__files_are_binary(schema: Schema) -> None:
    binary = {"type": "string", "format": "binary"}

    for name in ("ImageUploadRequest", "FileReplaceRequest", "AttachUploadRequest"):
        assert component(schema, name)["properties"]["file"] == {**binary, "minLength": 1}
    form = schema["paths"][GALLERY]["post"]["requestBody"]["content"]["multipart/form-data"]
    assert form["encoding"]["file"]["contentType"].startswith("image/jpeg, image/png")
    assert component(schema, "BulkUploadRequest")["properties"]["files"]["items"] == binary


def test_schema__variants_and_renditions_are_maps(schema: Schema) -> None:
    properties = component(schema, "Image")["properties"]

    assert properties["title"]["readOnly"]
    assert properties["file_size"]["readOnly"]
    assert properties["variants"]["additionalProperties"] == {"type": "string"}
    rendition = properties["renditions"]["additionalProperties"]
    assert {name: value["type"] for name, value in rendition["properties"].items()} == {
        "url": "string",
        "width": "integer",
        "height": "integer",
        "bytes": "integer",
        "content_type": "string",
    }
    assert len(rendition["required"]) == 5


def test_schema__lists_have_both_ways(schema: Schema) -> None:
    parameters = {each["name"] for each in schema["paths"][IMAGES]["get"]["parameters"]}
    assert {"limit", "offset", "cursor", "ordering", "search", "attached"} <= parameters

    page = component(schema, "PaginatedImageList")
    assert page["required"] == ["next", "previous", "results"]
    assert page["properties"].keys() == {"count", "next", "previous", "results"}


def test_schema__attaching_answers_with_a_plain_list(schema: Schema) -> None:
    for path in (GALLERY, f"{GALLERY}reorder/"):
        answer = schema["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]
        assert answer["schema"]["type"] == "array"


def test_schema__an_upload_tells_where_the_image_is(schema: Schema) -> None:
    assert "Location" in schema["paths"][IMAGES]["post"]["responses"]["201"]["headers"]


@pytest.mark.django_db
def test_docs__are_served_from_here_without_inline_scripts() -> None:
    client = Client()
    page = client.get("/api/v1/docs/")
    html = page.content.decode()

    assert page.status_code == 200
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]
    assert "<script>" not in html
    assert "<style" not in html
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert "https://" not in html
    assert spectacular_settings.SWAGGER_UI_DIST == "SIDECAR"
    assert "/static/drf_spectacular_sidecar/" in html
    script = client.get("/api/v1/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert b"/api/v1/schema/" in script.content


@pytest.mark.django_db
def test_schema__is_served_to_anybody() -> None:
    client = client_of(None)

    assert client.get("/api/v1/schema/").status_code == 200
    assert client.get("/api/v1/schema").status_code == 200
    assert (
        client.get("/api/v1/schema/", HTTP_ACCEPT="application/json").json()["openapi"] == "3.1.0"
    )
