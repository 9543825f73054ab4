"""Reference images in the admin: on the page of their user, and by themselves.

Superusers manage everybody's, other staff their own. Nobody is shown the pictures of others here
either: `/media/` does not answer them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import IntegrityError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.forms import (
    InlineReferenceImageForm,
    ReferenceImageFormSet,
    SingleReferenceImageForm,
)
from accounts.exceptions import SlotTaken
from accounts.models import MAX_REFERENCE_IMAGES, ReferenceImage, User
from gallery.admin.saving import FilesFirstMixin
from gallery.renditions.urls import variants
from orgs.models import is_acting_superuser

if TYPE_CHECKING:
    AdminBase = admin.ModelAdmin[ReferenceImage]
    InlineBase = admin.StackedInline[ReferenceImage, User]
    OptionsBase = admin.options.BaseModelAdmin[ReferenceImage]
else:
    AdminBase = admin.ModelAdmin
    InlineBase = admin.StackedInline
    OptionsBase = object


class ReferenceImagesMixin(OptionsBase):
    """What the user who looks may see of reference images."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReferenceImage]:
        """Return what the user may manage, saying of each whether they may see the picture."""
        images = super().get_queryset(request)
        if not is_acting_superuser(request.user):
            images = images.filter(user=request.user.pk)
        seen = ReferenceImage.private_to(request.user).filter(pk=OuterRef("pk"))
        found: Any = images.annotate(is_visible=Exists(seen))
        renditions: QuerySet[ReferenceImage] = found.with_renditions()
        return renditions

    @admin.display(description=gettext_lazy("picture"))
    def thumbnail(self, image: ReferenceImage) -> str:
        """Show the small square to whom it belongs, and to others that it is there."""
        if image._state.adding:
            return ""
        if not getattr(image, "is_visible", False):
            return _("Private")
        return format_html(
            '<img src="{}" alt="" width="100" height="100" loading="lazy">',
            variants(image).get("thumbnail", ""),
        )


class ReferenceImageInline(ReferenceImagesMixin, InlineBase):
    """The reference images of one user."""

    model = ReferenceImage
    form = InlineReferenceImageForm
    formset: Any = ReferenceImageFormSet
    fields = ("thumbnail", "image", "name", "order")
    readonly_fields = ("thumbnail",)
    extra = 1
    max_num = MAX_REFERENCE_IMAGES

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep staff who are not superusers to their own."""
        return super().has_view_permission(request, obj) and _is_theirs(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Likewise."""
        return super().has_add_permission(request, obj) and _is_theirs(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Likewise."""
        return super().has_change_permission(request, obj) and _is_theirs(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Likewise."""
        return super().has_delete_permission(request, obj) and _is_theirs(request, obj)


def _is_theirs(request: HttpRequest, user: Any) -> bool:
    return user is None or user.pk == request.user.pk or is_acting_superuser(request.user)


@admin.register(ReferenceImage)
class ReferenceImageAdmin(FilesFirstMixin, ReferenceImagesMixin, AdminBase):
    """Reference images by their users."""

    form = SingleReferenceImageForm
    list_display = ("thumbnail", "__str__", "user", "order", "created_at")
    list_display_links = ("thumbnail", "__str__")
    list_select_related = ("user",)
    search_fields = ("name", "user__email", "user__name")
    ordering = ("user__email", "order")
    fields = ("user", "thumbnail", "image", "name", "order")

    def get_readonly_fields(
        self, request: HttpRequest, obj: ReferenceImage | None = None
    ) -> tuple[str, ...]:
        """Keep a reference image with its user."""
        return ("user", "thumbnail") if obj else ("thumbnail",)

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Let superusers look for the user; there is nothing to choose for others."""
        return ("user",) if is_acting_superuser(request.user) else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Let staff who are not superusers add to their own."""
        if db_field.name == "user" and not is_acting_superuser(request.user):
            kwargs["queryset"] = User.objects.filter(pk__in=[request.user.pk])
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: ReferenceImage, form: Any, change: bool
    ) -> None:
        """Save it in the slot that was free when the form was cleaned.

        Raises:
            SlotTaken: somebody was quicker.
        """
        try:
            super().save_model(request, obj, form, change)
        except IntegrityError as error:
            raise SlotTaken from error
