"""Who makes a request outside of the API, by the API's own ways to log in."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.settings import api_settings

from orgs.models import Viewer


def visitor_of(request: HttpRequest) -> Viewer:
    """Return the user of a token or a session; an anonymous one where neither is valid."""
    # The stubs know them by their dotted paths; here they are imported.
    classes = cast("list[type[BaseAuthentication]]", api_settings.DEFAULT_AUTHENTICATION_CLASSES)
    authenticators = [each() for each in classes]
    try:
        user: Viewer = Request(request, authenticators=authenticators).user
    except APIException:
        return AnonymousUser()
    return user
