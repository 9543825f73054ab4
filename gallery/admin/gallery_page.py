"""What the script of a gallery in the admin is told: where to upload, and how crops come out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from gallery.admin.organizations import may_write, writable_organizations
from gallery.conf import gallery_settings
from gallery.imaging.suggest import is_installed
from gallery.models import Image
from gallery.registry import Attachable
from gallery.renditions.limits import decoding_limits
from gallery.renditions.sets import set_for
from orgs.models import Organization


@dataclass(eq=False)
class GalleryPage:
    """The facts that `admin-gallery.js` works with."""

    request: HttpRequest
    attachable: Attachable
    obj: Any
    """The object, or None while it is being added."""
    site: str
    """The name of the admin site."""

    @cached_property
    def organizations(self) -> list[Organization]:
        """Where images may come from: the object's organisation, else all that may be its."""
        writable = list(writable_organizations(self.request).values())
        if self.obj is None:
            return writable
        if not may_write(self.request, self.attachable, self.obj):
            return []
        own = self.attachable.organization_of(self.obj)
        return [each for each in writable if each == own]

    @property
    def organization_field(self) -> str:
        """The name of the form's field that says whose the object is; empty if none does."""
        path = self.attachable.organization
        is_field = isinstance(path, str) and path != "pk" and "__" not in path
        return str(path) if is_field else ""

    @property
    def accept(self) -> str:
        """The media types of files that may be chosen."""
        return ",".join(decoding_limits().content_types)

    @property
    def suggest_url(self) -> str:
        """Who suggests focal points, with 0 in the place of the image's id; empty if nobody can."""
        if not is_installed():
            return ""
        return reverse(f"{self.site}:gallery_image_suggest", args=[0])

    def as_json(self) -> dict[str, Any]:
        """Return what the script reads."""
        return {
            "organizations": [
                {"id": each.pk, "name": each.name, "endpoint": _endpoint(each)}
                for each in self.organizations
            ],
            "isAdding": self.obj is None,
            "organizationField": self.organization_field,
            "crops": self._crops(),
            "limit": gallery_settings().max_per_object,
            # The page puts the id of an image in the place of 0.
            "changeUrl": reverse(f"{self.site}:gallery_image_change", args=[0]),
            "suggestUrl": self.suggest_url,
        }

    def _crops(self) -> list[dict[str, Any]]:
        """Return the crops that a new image will have here."""
        name = self.attachable.rendition_set
        if callable(name):
            name = self.attachable.rendition_set_of(self.obj) if self.obj is not None else ""
        return [
            {"name": spec.name, "width": spec.width, "height": spec.height}
            for spec in set_for(Image(), name)
            if spec.follows_focal_point
        ]


def _endpoint(organization: Organization) -> str:
    return reverse("upload-list", args=[organization.slug]).removesuffix("uploads/")
