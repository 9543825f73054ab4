"""RFC 9457 problems: the one shape of every error under `/api/`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

MEDIA_TYPE = "application/problem+json"


def problem(
    *, status: int, code: str, detail: str, instance: str, **more: object
) -> dict[str, object]:
    """Return the body of a problem; `more` are its members beyond those of the RFC and `code`."""
    return {
        "type": f"urn:gallery:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "instance": instance,
        "code": code,
        **more,
    }


def problem_response(
    request: HttpRequest, status: HTTPStatus, *, code: str, detail: str = ""
) -> JsonResponse:
    """Answer with a problem where no DRF view is at work."""
    detail = detail or f"{status.description or status.phrase}."
    body = problem(status=status, code=code, detail=detail, instance=request.path)
    # To the byte as DRF's renderer writes it, so that nobody can tell one 404 from another.
    compact = {"separators": (",", ":")}
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, json_dumps_params=compact)


class ProblemRenderer(JSONRenderer):
    """Write a problem, whichever media type the client would have liked a success in."""

    media_type = MEDIA_TYPE
    # What was sent may be repeated in it, and need not be valid Unicode.
    ensure_ascii = True


class InvalidFieldSerializer(serializers.Serializer[Any]):
    """One invalid value of the request."""

    field = serializers.CharField(allow_null=True, help_text="Null when it is no single field.")
    code = serializers.CharField()
    message = serializers.CharField(help_text="For people: it may change.")


class ProblemSerializer(serializers.Serializer[Any]):
    """What went wrong, as RFC 9457 has it, with a stable `code` to branch on."""

    type = serializers.CharField(help_text="`urn:gallery:problem:` and the code.")
    title = serializers.CharField(help_text="The name of the status.")
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="For people: it may change.")
    instance = serializers.CharField(help_text="The path of the request.")
    code = serializers.CharField()
    errors = InvalidFieldSerializer(  # type: ignore[assignment]  # the contract's name
        many=True, required=False, help_text="With the code `invalid_input`: each invalid value."
    )


class UsageSerializer(serializers.Serializer[Any]):
    """One object that has the image in its gallery."""

    app_label = serializers.CharField()
    model = serializers.CharField()
    object_id = serializers.CharField()


class InUseProblemSerializer(ProblemSerializer):
    """The code is `image_in_use`; `usage` tells where, the first hundred places."""

    usage = UsageSerializer(many=True)
    count = serializers.IntegerField(help_text="In how many places it is, shown or not.")
