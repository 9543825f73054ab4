"""Images in the admin: a list with thumbnails, and a form that goes through the services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.csrf import csrf_protect

from gallery.admin.forms import ImageForm
from gallery.admin.uploading import upload_page
from gallery.models import Image
from gallery.renditions.urls import original_url, variants
from orgs.models import Organization, Role, is_acting_superuser
from orgs.tenancy import Access, access_to

if TYPE_CHECKING:
    from gallery.querysets import ImageQuerySet

    ImageAdminBase = admin.ModelAdmin[Image]
else:
    ImageAdminBase = admin.ModelAdmin


class HasAltTextFilter(admin.SimpleListFilter):
    """Which images still need words."""

    title = "alt text"
    parameter_name = "alt_text"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("missing", "Missing")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        images: ImageQuerySet = queryset  # type: ignore[assignment]  # those of `get_queryset`
        return images.missing_alt() if self.value() == "missing" else images


@admin.register(Image)
class ImageAdmin(ImageAdminBase):
    """The library of every organisation the user belongs to, by their role in each."""

    form = ImageForm
    list_display = ("thumbnail", "__str__", "organization", "size", "visibility", "status")
    list_display_links = ("thumbnail", "__str__")
    list_filter = (
        *("visibility", "status", HasAltTextFilter, "content_type"),
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
    actions = None

    def get_queryset(self, request: HttpRequest) -> ImageQuerySet:
        """Return what the user may see, with renditions."""
        images: ImageQuerySet = super().get_queryset(request)  # type: ignore[assignment]
        return images.visible_to(request.user).with_renditions()

    def get_urls(self) -> list[URLPattern]:
        """Add the page for several images, before Django's path that takes anything for an id."""
        view = self.admin_site.admin_view(self.upload_view)
        return [path("upload/", view, name="gallery_image_upload"), *super().get_urls()]

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Let the user send several images at once."""
        writable = Organization.objects.filter(pk__in=_writable_by(request)).order_by("name")
        return upload_page(request, model_admin=self, organizations=writable)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the way to that page to those who may use it."""
        may_upload = self.has_add_permission(request) and bool(_writable_by(request))
        context = {"may_upload_several": may_upload, **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Image | None = None
    ) -> tuple[str, ...]:
        """Keep an image where it is: its galleries are the organisation's too."""
        return ("preview", "facts", "organization") if obj else ("preview", "facts")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the organisations that the user may bring images to."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "organization":
            field.queryset = Organization.objects.filter(pk__in=_writable_by(request))
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
            messages.warning(request, f"No renditions could be made ({obj.error}).")

    @admin.display(description="")
    def thumbnail(self, image: Image) -> str:
        """Show the small square."""
        return format_html(
            '<img src="{}" alt="" width="48" height="48" loading="lazy">', _url(image, "thumb")
        )

    @admin.display(description="Size", ordering="file_size")
    def size(self, image: Image) -> str:
        """Show pixels and bytes."""
        return f"{image.width} × {image.height}, {image.file_size / 1024:,.0f} KB"

    @admin.display(description="Preview")
    def preview(self, image: Image) -> str:
        """Show the picture, not larger than it is."""
        if not image.pk:
            return "After saving."
        return format_html(
            '<a href="{}"><img src="{}" alt="{}" height="240"></a>',
            original_url(image),
            _url(image, "sm"),
            image.alt_text,
        )

    @admin.display(description="Facts")
    def facts(self, image: Image) -> str:
        """Show what was learned about the file."""
        if not image.pk:
            return "After saving."
        return format_html(
            "{} · {} · {} · focal point {} · sha256 {}",
            image.file_name,
            image.content_type,
            self.size(image),
            image.focal_point,
            image.sha256,
        )


def _url(image: Image, rendition: str) -> str:
    """Return the URL of a rendition, or the original's in a set that has none of this name."""
    urls = variants(image)
    return urls.get(rendition, urls["original"])


def _access(request: HttpRequest, image: Image) -> Access:
    return access_to(request.user, image.organization.slug)


def _writable_by(request: HttpRequest) -> list[int]:
    """Return the ids of the organisations that the user may bring images to, with one query."""
    user = request.user
    visible = Organization.objects.visible_to(user).with_role_of(user)
    accesses = (
        Access(each, Role(each.role) if each.role else None, is_acting_superuser(user))
        for each in visible
    )
    return [access.organization.pk for access in accesses if access.can_write]
