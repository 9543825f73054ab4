"""The OpenAPI description: what every operation has in common is said here, once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny

from gallery.api.idempotency import HEADER, KEY_PATTERN, REPLAYED
from gallery.api.problems import MEDIA_TYPE, ProblemSerializer
from orgs.conditional import ConditionalMixin
from orgs.responses import LOCATION

_FILES = "multipart/form-data"
_ETAGS = "Quoted ETags, separated by commas, or *."
_RETRY_AFTER = {
    "description": "Seconds to wait before the next attempt.",
    "schema": {"type": "integer", "minimum": 0},
}
# What has a Retry-After.
_LATER = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


def _header(name: str, description: str, **options: Any) -> OpenApiParameter:
    options.setdefault("type", OpenApiTypes.STR)
    return OpenApiParameter(
        name, location=OpenApiParameter.HEADER, description=description, **options
    )


IDEMPOTENCY_KEY = _header(
    HEADER,
    "A name for this request, new for each. Sent again with the same one, the request is not "
    "carried out again: the first answer is given again, for 24 hours.",
    type={"type": "string", "pattern": KEY_PATTERN},
)
WAS_REPLAYED = _header(
    REPLAYED,
    "There when this answer was given before.",
    type={"type": "string", "enum": ["true"]},
    response=[200, 201],
)
IF_NONE_MATCH = _header("If-None-Match", f"304 if it is still one of these. {_ETAGS}")
IF_MATCH = _header("If-Match", f"412 unless it is still one of these. {_ETAGS}")
ETAG = "A strong one: it changes with the representation."


class ProblemAutoSchema(AutoSchema):
    """Add to what a view declares the headers and the problems that follow from the operation."""

    def get_override_parameters(self) -> list[Any]:
        """Return the headers that every operation of this kind takes and gives."""
        declared = super().get_override_parameters()
        match self.method:
            case "GET":
                return [*declared, IF_NONE_MATCH, _header("ETag", ETAG, response=[200])]
            case "POST" if not self._is_open():
                return [*declared, IDEMPOTENCY_KEY, WAS_REPLAYED]
            case "PATCH" | "PUT" if self._is_conditional():
                return [*declared, IF_MATCH, _header("ETag", ETAG, response=[200])]
            case "DELETE" if self._is_conditional():
                return [*declared, IF_MATCH]
        return list(declared)

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation with a problem for each status it may fail with."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                # As in the forms of browsers, what is empty is left out.
                parameter["allowEmptyValue"] = True
        responses = operation["responses"]
        if self.method == "GET":
            responses["304"] = {"description": "It is still what `If-None-Match` names."}
        if LOCATION.name in responses.get("201", {}).get("headers", {}):
            responses["201"]["headers"]["ETag"] = {
                "description": ETAG,
                "schema": {"type": "string"},
            }
        declared = {int(code) for code in responses if code.isdecimal() and int(code) >= 400}
        for status in sorted(declared | self._possible_problems(operation)):
            response = responses.setdefault(str(status), {"description": ""})
            response["description"] = response["description"] or HTTPStatus(status).phrase
            content = response.setdefault("content", {})
            content.setdefault(MEDIA_TYPE, {"schema": self._problem_reference()})
            if status in _LATER:
                response["headers"] = {"Retry-After": _RETRY_AFTER}
        operation["responses"] = dict(sorted(responses.items()))
        return operation

    def _possible_problems(self, operation: dict[str, Any]) -> set[int]:
        body = set(operation.get("requestBody", {}).get("content", {}))
        parameters = {parameter["in"] for parameter in operation.get("parameters", [])}
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        is_unsafe = self.method not in {"GET", "HEAD", "OPTIONS"}
        has_key = self.method == "POST" and not self._is_open()
        takes_files = _FILES in body and len(body) <= 2  # with others alone, it is just a form
        follows_from = {
            HTTPStatus.BAD_REQUEST: bool(body) or "query" in parameters or has_key,
            HTTPStatus.UNAUTHORIZED: not self._is_open(),
            HTTPStatus.FORBIDDEN: is_unsafe and not self._is_open(),
            HTTPStatus.NOT_FOUND: "path" in parameters or "cursor" in names,
            HTTPStatus.CONFLICT: has_key,
            HTTPStatus.PRECONDITION_FAILED: is_unsafe
            and self.method != "POST"
            and self._is_conditional(),
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE: bool(body),
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE: bool(body),
            HTTPStatus.UNPROCESSABLE_ENTITY: takes_files or has_key,
            HTTPStatus.TOO_MANY_REQUESTS: bool(self.view.get_throttles()),
            HTTPStatus.SERVICE_UNAVAILABLE: True,
        }
        return {int(status) for status, is_possible in follows_from.items() if is_possible}

    def _get_paginator(self) -> Any:
        # Lists that POST answers with are whole.
        if self.method != "GET":
            return None
        return super()._get_paginator()  # type: ignore[no-untyped-call]

    def _is_open(self) -> bool:
        return all(isinstance(each, AllowAny) for each in self.view.get_permissions())

    def _is_conditional(self) -> bool:
        return isinstance(self.view, ConditionalMixin)

    def _problem_reference(self) -> dict[str, str]:
        reference: dict[str, str] = self.resolve_serializer(ProblemSerializer, "response").ref
        return reference
