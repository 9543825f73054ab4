"""Images in the admin: a list with thumbnails, and a form that goes through the services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminFileWidget
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.csrf import csrf_protect

from gallery.exceptions import GalleryError
from gallery.models import Image
from gallery.renditions.urls import variants
from gallery.storage import media_storage

if TYPE_CHECKING:
    from gallery.querysets import ImageQuerySet

    ImageAdminBase = admin.ModelAdmin[Image]
else:
    ImageAdminBase = admin.ModelAdmin


class ImageForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """The fields people edit. The file is stored while the form is cleaned, so that a picture
    that is refused is an error at its field.
    """

    file = forms.FileField(widget=AdminFileWidget)

    class Meta:
        model = Image
        fields: ClassVar = [
            *("organization", "file", "title", "alt_text", "description"),
            *("decorative", "visibility"),
        ]

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.errors:
            return
        try:
            self.instance.store_assigned_file()
        except GalleryError as error:
            self.add_error("file", forms.ValidationError(error.message, code=error.code))


class HasAltTextFilter(admin.SimpleListFilter):
    """Which images still need words."""

    title = "alt text"
    parameter_name = "alt_text"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("missing", "Missing")]

    def queryset(self, request: HttpRequest, queryset: ImageQuerySet) -> ImageQuerySet:
        return queryset.missing_alt() if self.value() == "missing" else queryset


@admin.register(Image)
class ImageAdmin(ImageAdminBase):
    """The library of every organisation the user belongs to."""

    form = ImageForm
    list_display = ("thumbnail", "__str__", "organization", "size", "visibility", "status")
    list_display_links = ("thumbnail", "__str__")
    list_filter = ("visibility", "status", HasAltTextFilter, "content_type", "organization")
    list_select_related = ("organization",)
    list_per_page = 50
    search_fields = ("title", "alt_text", "description", "file_name")
    date_hierarchy = "created_at"
    fields = (
        *("preview", "organization", "file", "title", "alt_text", "description"),
        *("decorative", "visibility", "facts"),
    )
    readonly_fields = ("preview", "facts")
    actions = None

    def get_queryset(self, request: HttpRequest) -> ImageQuerySet:
        """Return what the user may see, with renditions."""
        images: ImageQuerySet = super().get_queryset(request)  # type: ignore[assignment]
        return images.visible_to(request.user).with_renditions()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the user's own organisations."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "organization":
            field.queryset = field.queryset.visible_to(request.user)
        return field

    @method_decorator(csrf_protect)
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show and save the form without the admin's surrounding transaction.

        Files are stored outside transactions, so that a rollback cannot lose track of them; the
        row, its ledger entries and nothing else are saved in one.
        """
        return self._changeform_view(request, *args, **kwargs)  # type: ignore[no-any-return, attr-defined]

    def save_model(self, request: HttpRequest, obj: Image, form: Any, change: bool) -> None:  # noqa: FBT001
        """Note who brought the image."""
        if not change:
            obj.creator = request.user
        super().save_model(request, obj, form, change)
        obj.refresh_from_db(fields=["status", "error"])
        if obj.status == Image.Status.FAILED:
            messages.warning(request, f"No renditions could be made ({obj.error}).")

    @admin.display(description="")
    def thumbnail(self, image: Image) -> str:
        """Show the small square."""
        return format_html(
            '<img src="{}" alt="" width="48" height="48" loading="lazy">', variants(image)["thumb"]
        )

    @admin.display(description="Size", ordering="file_size")
    def size(self, image: Image) -> str:
        """Show pixels and bytes."""
        return f"{image.width} × {image.height}, {image.file_size // 1024:,} KB"

    @admin.display(description="Preview")
    def preview(self, image: Image) -> str:
        """Show the picture, not larger than it is."""
        if not image.pk:
            return "After saving."
        return format_html(
            '<a href="{}"><img src="{}" alt="{}" height="240"></a>',
            media_storage().url(image.original_key),
            variants(image)["sm"],
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
