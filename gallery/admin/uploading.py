"""The page of the admin where people send several images at once, straight to the storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gallery.models import Image
from gallery.renditions.limits import decoding_limits
from orgs.models import Organization

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.admin import ModelAdmin

TEMPLATE = "admin/gallery/image/upload.html"


@require_safe
def upload_page(
    request: HttpRequest, *, model_admin: ModelAdmin[Image], organizations: Iterable[Organization]
) -> HttpResponse:
    """Show the page; what it sends goes to the API, which asks for everybody's rights anew.

    Args:
        request: whose.
        model_admin: that of images.
        organizations: those that the user may bring images to.

    Raises:
        PermissionDenied: the user may add no images, or to no organisation.
    """
    targets = [(each, _endpoint(each)) for each in organizations]
    if not (targets and model_admin.has_add_permission(request)):
        raise PermissionDenied
    limits = decoding_limits()
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": _("Upload several images"),
        "opts": model_admin.opts,
        "targets": targets,
        "visibilities": Image.Visibility.choices,
        "accept": ",".join(limits.content_types),
        "max_bytes": limits.max_bytes,
        "words_url": reverse(f"{model_admin.admin_site.name}:gallery_jsi18n"),
        # The page puts the id of an image in the place of 0.
        "change_url": reverse(f"{model_admin.admin_site.name}:gallery_image_change", args=[0]),
    }
    return TemplateResponse(request, TEMPLATE, context)


def _endpoint(organization: Organization) -> str:
    return reverse("upload-list", args=[organization.slug]).removesuffix("uploads/")
