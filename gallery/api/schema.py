"""The OpenAPI description: every operation says which problems it may answer with."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import AllowAny

from gallery.api.problems import MEDIA_TYPE, ProblemSerializer

_FORM_WITH_FILES = {"multipart/form-data"}


class ProblemAutoSchema(AutoSchema):
    """Add to what a view declares the problems that follow from what the operation takes."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation with a problem for each status it may fail with."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        responses = operation["responses"]
        declared = {int(code) for code in responses if code.isdecimal() and int(code) >= 400}
        for status in sorted(declared | self._possible_problems(operation)):
            response = responses.setdefault(str(status), {"description": ""})
            response["description"] = response["description"] or HTTPStatus(status).phrase
            content = response.setdefault("content", {})
            content.setdefault(MEDIA_TYPE, {"schema": self._problem_reference()})
        operation["responses"] = dict(sorted(responses.items()))
        return operation

    def _possible_problems(self, operation: dict[str, Any]) -> set[int]:
        body = set(operation.get("requestBody", {}).get("content", {}))
        parameters = {parameter["in"] for parameter in operation.get("parameters", [])}
        is_open = all(isinstance(each, AllowAny) for each in self.view.get_permissions())
        is_unsafe = self.method not in {"GET", "HEAD", "OPTIONS"}
        follows_from = {
            HTTPStatus.BAD_REQUEST: bool(body) or "query" in parameters,
            HTTPStatus.UNAUTHORIZED: not is_open,
            HTTPStatus.FORBIDDEN: is_unsafe and not is_open,
            HTTPStatus.NOT_FOUND: "path" in parameters,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE: bool(body),
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE: bool(body),
            HTTPStatus.UNPROCESSABLE_ENTITY: body == _FORM_WITH_FILES,
            HTTPStatus.TOO_MANY_REQUESTS: is_unsafe and bool(self.view.get_throttles()),
            HTTPStatus.SERVICE_UNAVAILABLE: body == _FORM_WITH_FILES,
        }
        return {int(status) for status, is_possible in follows_from.items() if is_possible}

    def _problem_reference(self) -> dict[str, str]:
        reference: dict[str, str] = self.resolve_serializer(ProblemSerializer, "response").ref
        return reference
