"""Images in the admin: a list with thumbnails, and a form that goes through the services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST
from django.views.i18n import JavaScriptCatalog

from gallery.admin.forms import ImageForm
from gallery.admin.image_actions import ImageActions
from gallery.admin.image_details import files_of, places_of
from gallery.admin.image_filters import HasAltTextFilter, IsUsedFilter
from gallery.admin.organizations import writable_organizations
from gallery.admin.suggesting import suggestion
from gallery.admin.uploading import upload_page
from gallery.imaging.suggest import is_installed
from gallery.models import Image, PolymorphicImageRelation
from gallery.renditions.urls import original_url, variants
from orgs.models import Organization
from orgs.tenancy import Access, access_to

if TYPE_CHECKING:
    from gallery.querysets import ImageQuerySet

    ImageAdminBase = admin.ModelAdmin[Image]
else:
    ImageAdminBase = admin.ModelAdmin


@admin.register(Image)
class ImageAdmin(ImageActions, ImageAdminBase):
    """The library of every organisation the user belongs to, by their role in each."""

    form = ImageForm
    change_form_template = "admin/gallery/image/change_form.html"
    list_display = (
        *("thumbnail", "__str__", "organization", "size", "visibility"),
        *("uses", "alt", "state"),
    )
    list_display_links = ("thumbnail", "__str__")
    list_filter = (
        *("visibility", "status", HasAltTextFilter, IsUsedFilter, "content_type"),
        # Of all organisations it would tell staff of one who the others are.
        ("organization", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("organization",)
    list_per_page = 50
    search_fields = ("title", "alt_text", "description", "file_name")
    date_hierarchy = "created_at"
    fields = (
        *("preview", "organization", "file", "title", "alt_text", "description"),
        *("decorative", "visibility", "facts"),
    )

    def get_queryset(self, request: HttpRequest) -> ImageQuerySet:
        """Return what the user may see, with renditions."""
        images: ImageQuerySet = super().get_queryset(request)  # type: ignore[assignment]
        counted = PolymorphicImageRelation.objects.filter(image=OuterRef("pk")).order_by()
        uses = Subquery(counted.values("image").annotate(count=Count("pk")).values("count"))
        visible = images.visible_to(request.user).with_renditions()
        return visible.annotate(use_count=Coalesce(uses, 0))

    def get_urls(self) -> list[URLPattern]:
        """Add the page for several images, before Django's path that takes anything for an id."""
        view = self.admin_site.admin_view
        words = view(JavaScriptCatalog.as_view(packages=["gallery"]), cacheable=True)
        return [
            path("upload/", view(self.upload_view), name="gallery_image_upload"),
            path("jsi18n/", words, name="gallery_jsi18n"),
            path("<int:pk>/suggest/", view(self.suggest_view), name="gallery_image_suggest"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def suggest_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """Suggest a focal point to whoever may change the image."""
        image = self.get_queryset(request).filter(pk=pk).first()
        is_permitted = image is not None and self.has_change_permission(request, image)
        return suggestion(image if is_permitted else None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the image's files and where it is used besides the form."""
        image = self.get_object(request, object_id)
        context: dict[str, Any] = extra_context or {}
        if image is not None:
            places = places_of(image, request=request, site=self.admin_site)
            context = {"files": list(files_of(image)), "places": places, **context}
        return super().change_view(request, object_id, form_url, context)

    def get_form(
        self, request: HttpRequest, obj: Image | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Tell the focal-point picker whom to ask for suggestions."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        if obj is not None and is_installed():
            name = f"{self.admin_site.name}:gallery_image_suggest"
            form.suggest_url = reverse(name, args=[obj.pk])
        return form

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Let the user send several images at once."""
        writable = writable_organizations(request).values()
        return upload_page(request, model_admin=self, organizations=writable)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the way to that page to those who may use it."""
        may_upload = self.has_add_permission(request) and bool(writable_organizations(request))
        context = {"may_upload_several": may_upload, **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_fields(self, request: HttpRequest, obj: Image | None = None) -> Any:
        """Leave out what the focal-point picker shows already, and what there is not yet."""
        shown = list(self.fields)
        if obj is None or self.has_change_permission(request, obj):
            shown.remove("preview")
        if obj is None:
            shown.remove("facts")
        return shown

    def get_readonly_fields(
        self, request: HttpRequest, obj: Image | None = None
    ) -> tuple[str, ...]:
        """Keep an image where it is: its galleries are the organisation's too."""
        return ("preview", "facts", "organization") if obj else ("preview", "facts")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the organisations that the user may bring images to."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "organization":
            field.queryset = Organization.objects.filter(pk__in=writable_organizations(request))
        return field

    def has_change_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        """Ask for Django's permission and for a role that writes."""
        is_permitted = super().has_change_permission(request, obj)
        return is_permitted and (obj is None or _access(request, obj).can_write)

    def has_delete_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        """Ask for Django's permission and for a role that manages: galleries lose it too."""
        is_permitted = super().has_delete_permission(request, obj)
        return is_permitted and (obj is None or _access(request, obj).can_manage)

    @method_decorator(csrf_protect)
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show and save the form without the admin's surrounding transaction.

        Files are stored outside transactions, so that a rollback cannot lose track of them; the
        row, its ledger entries and nothing else are saved in one.
        """
        return self._changeform_view(request, *args, **kwargs)  # type: ignore[no-any-return, attr-defined]

    def save_model(self, request: HttpRequest, obj: Image, form: Any, change: bool) -> None:
        """Note who brought the image."""
        if not change:
            obj.creator_id = request.user.pk
        super().save_model(request, obj, form, change)
        obj.refresh_from_db(fields=["status", "error"])
        if obj.status == Image.Status.FAILED:
            message = _("No renditions could be made (%(error)s).") % {"error": obj.error}
            messages.warning(request, message)

    @property
    def media(self) -> forms.Media:
        """The style of its pages, and the catalogue of words for the picker's script."""
        words = reverse(f"{self.admin_site.name}:gallery_jsi18n")
        own = forms.Media(css={"all": ["gallery/admin-images.css"]}, js=[words])
        return super().media + own

    @admin.display(description="")
    def thumbnail(self, image: Image) -> str:
        """Show the small square."""
        return format_html(
            '<img src="{}" alt="{}" width="48" height="48" loading="lazy">',
            _url(image, "thumb"),
            image,  # the link's name
        )

    @admin.display(description=_("size"), ordering="file_size")
    def size(self, image: Image) -> str:
        """Show width and height of the upright image, and the bytes of the original."""
        pixels, size = f"{image.width} × {image.height}", filesizeformat(image.file_size)
        return format_html('<span class="image-pixels">{}</span> {}', pixels, size)

    @admin.display(description=_("used"), ordering="use_count")
    def uses(self, image: Any) -> int:
        """Show how many galleries it is in."""
        count: int = image.use_count
        return count

    @admin.display(description=_("alt text"))
    def alt(self, image: Image) -> str:
        """Show whether it says something."""
        if image.decorative:
            return str(_("decorative"))
        if image.alt_text:
            return "✓"
        return format_html('<span class="image-missing">{}</span>', _("missing"))

    @admin.display(description=_("status"), ordering="status")
    def state(self, image: Image) -> str:
        """Show how far its renditions are, and why there are none."""
        if image.status == Image.Status.FAILED:
            return format_html(
                '<span class="image-missing">{}: {}</span>', image.status, image.error
            )
        return image.status

    @admin.display(description=_("preview"))
    def preview(self, image: Image) -> str:
        """Show the picture, not larger than it is."""
        return format_html(
            '<a href="{}"><img src="{}" alt="{}" height="240"></a>',
            original_url(image),
            _url(image, "sm"),
            image.alt_text or image,
        )

    @admin.display(description=_("facts"))
    def facts(self, image: Image) -> str:
        """Show what was learned about the file."""
        return format_html(
            "{} · {} · {} · sha256 {}",
            image.file_name,
            image.content_type,
            self.size(image),
            image.sha256,
        )


def _url(image: Image, rendition: str) -> str:
    """Return the URL of a rendition, or the original's in a set that has none of this name."""
    urls = variants(image)
    return urls.get(rendition, urls["original"])


def _access(request: HttpRequest, image: Image) -> Access:
    return access_to(request.user, image.organization.slug)
