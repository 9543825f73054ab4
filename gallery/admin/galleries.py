"""Galleries on any model's page in the admin: `GalleryAdminMixin` and `GalleryInline`.

```python
@admin.register(Product)
class ProductAdmin(GalleryAdminMixin, admin.ModelAdmin):
    inlines = [GalleryInline]
```
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.contenttypes.admin import GenericInlineModelAdmin
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.forms.widgets import Script
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from gallery.admin.cards import thumbnail_of
from gallery.admin.gallery_forms import GalleryForm
from gallery.admin.gallery_formset import GalleryFormSet
from gallery.admin.gallery_page import GalleryPage
from gallery.admin.organizations import may_write, writable_organizations
from gallery.admin.saving import FilesFirstMixin
from gallery.conf import gallery_settings
from gallery.exceptions import NotAttachable
from gallery.models import PolymorphicImageRelation
from gallery.models.has_gallery import RELATIONS, cover_of
from gallery.registry import Attachable, attachable_of
from gallery.services import attachments
from orgs.models import Organization, is_acting_superuser


class GalleryInline(GenericInlineModelAdmin):
    """The gallery of an object as a grid of cards: upload, pick, arrange, crop, describe.

    Whoever may change the object, and writes for its organisation, may change its gallery. Nothing
    is changed before the page is saved. Without JavaScript the cards are plain fields.
    """

    model = PolymorphicImageRelation
    form = GalleryForm
    formset = GalleryFormSet
    template = "admin/gallery/gallery_inline.html"
    extra = 1
    verbose_name = _("image")
    verbose_name_plural = _("gallery")

    @property
    def media(self) -> forms.Media:
        """The page's style and script, and the catalogue of its words."""
        return forms.Media(
            css={"all": ["gallery/admin-gallery.css", "gallery/gallery-dialogs.css"]},
            js=[
                reverse(f"{self.admin_site.name}:gallery_jsi18n"),
                Script("gallery/admin-gallery.js", type="module"),  # type: ignore[list-item]
            ],
        )

    def get_max_num(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Return how many images a gallery may have."""
        return gallery_settings().max_per_object

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Return a class that knows who is editing, and what the page is to be told."""
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.user = request.user
        formset.page = GalleryPage(request, self.attachable, obj, self.admin_site.name)
        return formset

    @property
    def attachable(self) -> Attachable:
        """What is registered for the model.

        Raises:
            ImproperlyConfigured: nothing is.
        """
        found = attachable_of(self.parent_model)
        if found is None:
            raise ImproperlyConfigured(
                f"{self.parent_model._meta.label} has no gallery: let it inherit HasGallery, or"
                " call gallery.register()."
            )
        return found

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask what the page itself asks."""
        return self._may(request, "view") or self._may(request, "change")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right to change the object, and for a role that writes."""
        right = "add" if obj is None else "change"
        return self._may(request, right) and self._is_writable(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Likewise."""
        return self.has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Likewise: an image that is taken out stays in the library."""
        return self.has_add_permission(request, obj)

    def _may(self, request: HttpRequest, right: str) -> bool:
        options = self.parent_model._meta
        return bool(request.user.has_perm(f"{options.app_label}.{right}_{options.model_name}"))

    def _is_writable(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or may_write(request, self.attachable, obj)


class GalleryAdminMixin(FilesFirstMixin):
    """A `ModelAdmin` of a model with a gallery: staff see and change what is theirs."""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return what is of an organisation that the user belongs to."""
        found = super().get_queryset(request)
        if "cover_picture" in self.list_display:
            in_order = PolymorphicImageRelation.objects.in_order().with_renditions()
            found = found.prefetch_related(models.Prefetch(RELATIONS, queryset=in_order))
        attachable = attachable_of(self.model)
        if attachable is None or is_acting_superuser(request.user):
            return found
        path = attachable.organization
        if callable(path):
            return found.filter(pk__in=_visible(found, attachable, request))
        return found.filter(**{f"{path}__in": Organization.objects.visible_to(request.user)})

    @admin.display(description="")
    def cover_picture(self, obj: Any) -> str:
        """Show the cover; name this in `list_display`."""
        cover = cover_of(obj)
        if cover is None:
            return "–"
        return format_html(
            '<img src="{}" alt="{}" width="48" height="48" loading="lazy">',
            thumbnail_of(cover),
            obj,
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for Django's permission and for a role that writes."""
        return super().has_change_permission(request, obj) and self._is_writable(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for Django's permission and for a role that writes."""
        return super().has_delete_permission(request, obj) and self._is_writable(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the organisations that the user may bring something to, and what is of these."""
        writable = writable_organizations(request)
        way = self._way_to_organization(db_field)
        if db_field.related_model is Organization:
            offered = Organization.objects.filter(pk__in=writable)
            kwargs["queryset"] = offered.order_by("name")
        elif way and not is_acting_superuser(request.user):
            offered = db_field.related_model._default_manager.filter(**{f"{way}__in": writable})
            kwargs["queryset"] = offered
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Leave the images of another organisation behind when the object moves."""
        super().save_related(request, form, formsets, change)
        if change and form.changed_data:
            with suppress(NotAttachable):  # it is in no organisation
                attachments.leave_images_behind(obj=form.instance)

    def _way_to_organization(self, field: Any) -> str:
        """Return the path to the organisation of what `field` points at; empty if none is known."""
        own, related = attachable_of(self.model), attachable_of(field.related_model)
        for found, prefix in ((own, f"{field.name}__"), (related, "")):
            path = found.organization if found else ""
            if isinstance(path, str) and path.startswith(prefix):
                return path.removeprefix(prefix)
        return ""

    def _is_writable(self, request: HttpRequest, obj: Any) -> bool:
        attachable = attachable_of(self.model)
        return obj is None or attachable is None or may_write(request, attachable, obj)


def _visible(
    found: models.QuerySet[Any], attachable: Attachable, request: HttpRequest
) -> list[Any]:
    """Return the keys of what is visible where a function says whose it is: one by one."""
    visible = set(Organization.objects.visible_to(request.user).values_list("pk", flat=True))
    return [obj.pk for obj in found if attachable.organization_id_of(obj) in visible]
