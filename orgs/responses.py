"""The answer to a request that made something, and its description."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.response import Response

LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[status.HTTP_201_CREATED],
    description="Where it is from now on.",
)


def created(data: Any, *, at: str) -> Response:
    """Answer 201 with the new resource and where it is."""
    return Response(data, status.HTTP_201_CREATED, headers={"Location": at})
