"""Limit how fast one user can try e-mail addresses by adding members."""

from typing import Any

from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView


class MemberCreateThrottle(UserRateThrottle):
    """Count POSTs; the rate is `DEFAULT_THROTTLE_RATES["members"]`, off when None or absent."""

    scope = "members"

    def get_rate(self) -> Any:
        """Return the rate as it is set now: the parent keeps that of the time of its import."""
        return api_settings.DEFAULT_THROTTLE_RATES.get(self.scope)

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Let reading pass uncounted."""
        return request.method != "POST" or super().allow_request(request, view)
