"""Strong ETags, and requests that are conditional on them (RFC 9110, section 13)."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.utils.cache import get_conditional_response
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.views import APIView

from orgs import preconditions
from orgs.preconditions import Precondition

CONDITIONS = ("If-Match", "If-None-Match")


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
        if not any(self.request.headers.get(name) for name in CONDITIONS):
            return preconditions.none
        media_type = getattr(self.request, "accepted_media_type", None)

        def check() -> None:
            content = JSONRenderer().render(represent(), media_type)
            if get_conditional_response(self.request, etag=etag_of(content)) is not None:
                raise PreconditionFailed

        return check
