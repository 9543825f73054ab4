"""Strong ETags, and requests that are conditional on them (RFC 9110, section 13)."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.cache import get_conditional_response
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.views import APIView

from orgs import preconditions
from orgs.preconditions import Precondition
from orgs.renderers import CompactJSONRenderer

CONDITIONS = ("If-Match", "If-None-Match")


def is_conditional(request: HttpRequest | Request) -> bool:
    """Tell whether an ETag decides about the request. Times are not kept, and so ignored."""
    return any(request.headers.get(name) for name in CONDITIONS)


class PreconditionFailed(APIException):
    """412: the resource is not what the client made its request conditional on."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "precondition_failed"
    default_detail = "The resource has changed since you read it. Read it again."


def etag_of(content: bytes) -> str:
    """Return the strong ETag of a representation: the same bytes, the same tag."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


class ConditionalMixin(APIView):
    """Make changes of a resource conditional on the representation that the client has read."""

    def precondition(self, represent: Callable[[], Any]) -> Precondition:
        """Return the check of `If-Match` and `If-None-Match`, to be made under the locks.

        Args:
            represent: returns the data that GET would answer with now. Not called when the
                request has no conditions.
        """
        if not is_conditional(self.request):
            return preconditions.none

        def check() -> None:
            content = CompactJSONRenderer().render(represent())
            if get_conditional_response(self.request, etag=etag_of(content)) is not None:
                raise PreconditionFailed

        return check
