"""What DRF views under an organisation share: one look-up, one 404, one translation of errors."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from rest_framework import status
from rest_framework.exceptions import (
    APIException,
    ErrorDetail,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    ValidationError,
)
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orgs.exceptions import Conflict, InvalidInput, NotAllowed, OrganizationError
from orgs.models import Membership, Organization
from orgs.tenancy import Access, Right, access_to


class ConflictError(APIException):
    """409: the request is valid and the present state forbids it."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = "The present state does not allow this."


def acting_user(request: Request) -> AbstractBaseUser:
    """Return the authenticated user, never an anonymous one, whatever a view permits."""
    if isinstance(request.user, AnonymousUser):
        raise NotAuthenticated
    return request.user


class OrganizationErrorsMixin(APIView):
    """Turn the errors of `orgs` into those of the API."""

    def handle_exception(self, exc: Exception) -> Response:
        """Answer the failures of services with their stable codes."""
        return super().handle_exception(_to_api_exception(exc))


class OrganizationScopedMixin(OrganizationErrorsMixin):
    """Give a view under `{slug}` the `access` of its user, and check it before any method runs.

    Reading asks for a role, every other method for one that writes, unless `rights` says more.
    """

    access: Access
    rights: ClassVar[Mapping[str, Right]] = {}
    """By method, the right it asks for where that is not the usual one."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate first, then look the organisation up: foreign and missing are one 404.

        What the role does not allow is refused before the body is read, whatever was sent.
        """
        super().initial(request, *args, **kwargs)
        self.access = access_to(request.user, kwargs["slug"])
        method = request.method or ""
        usual: Right = "can_read" if method in SAFE_METHODS else "can_write"
        self.require(getattr(self.access, self.rights.get(method, usual)))

    def require(self, is_allowed: bool, /) -> None:
        """Refuse what the role does not allow."""
        if not is_allowed:
            raise NotAllowed


def _to_api_exception(error: Exception) -> Exception:
    """Translate; errors of other families pass unchanged."""
    if isinstance(error, Organization.DoesNotExist | Membership.DoesNotExist):
        return NotFound()
    if isinstance(error, NotAllowed):
        return PermissionDenied(error.message, code=error.code)
    if isinstance(error, InvalidInput):
        return ValidationError({error.field: [ErrorDetail(error.message, code=error.code)]})
    if isinstance(error, Conflict):
        return ConflictError(error.message, code=error.code)
    if isinstance(error, OrganizationError):
        return ValidationError(error.message, code=error.code)
    return error
