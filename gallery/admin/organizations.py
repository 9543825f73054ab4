"""Which organisations a member of staff writes for, asked once in a request."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from gallery.registry import Attachable
from orgs.models import Organization, Role, is_acting_superuser
from orgs.tenancy import Access


def writable_organizations(request: HttpRequest) -> dict[int, Organization]:
    """Return the organisations that the user may bring images to, by id and by name."""
    known: dict[int, Organization] | None = request.__dict__.get("_gallery_writable")
    if known is None:
        user = request.user
        visible = Organization.objects.visible_to(user).with_role_of(user).order_by("name")
        known = {
            each.pk: each
            for each in visible
            if Access(each, _role_of(each), is_acting_superuser(user)).can_write
        }
        request.__dict__["_gallery_writable"] = known
    return known


def _role_of(organization: Organization) -> Role | None:
    return Role(organization.role) if organization.role else None


def may_write(request: HttpRequest, attachable: Attachable, obj: Any) -> bool:
    """Tell whether the user writes for the organisation of `obj`, asked once in a request."""
    known: dict[Any, int | None] = request.__dict__.setdefault("_gallery_organizations", {})
    key = attachable.model, obj.pk
    if key not in known:
        known[key] = attachable.organization_id_of(obj)
    return known[key] in writable_organizations(request)
