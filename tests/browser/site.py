"""An admin of photos, and of users with portraits: pickers as other apps have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, JsonResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from accounts.models import User
from gallery.admin.saving import FilesFirstMixin, StoresFileForm
from gallery.exceptions import GalleryError
from gallery.services.suggestions import suggest_focal_point
from settings.urls import urlpatterns as others
from tests.testapp.models import Photo, Portrait

if TYPE_CHECKING:
    PhotoFormBase = forms.ModelForm[Photo]
    PortraitFormBase = forms.ModelForm[Portrait]
    PortraitInlineBase = admin.StackedInline[Portrait, User]
    AdminBase = admin.ModelAdmin[Any]
else:
    PhotoFormBase = PortraitFormBase = forms.ModelForm
    PortraitInlineBase = admin.StackedInline
    AdminBase = admin.ModelAdmin


class PhotoForm(StoresFileForm, PhotoFormBase):
    class Meta:
        model = Photo
        fields = ["name", "image"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget: Any = self.fields["image"].widget
        widget.suggest_url = reverse("suggest", args=[self.instance.pk])


class PortraitForm(StoresFileForm, PortraitFormBase):
    class Meta:
        model = Portrait
        fields = ["image"]


class PhotoAdmin(FilesFirstMixin, AdminBase):
    form = PhotoForm


class PortraitInline(PortraitInlineBase):
    model = Portrait
    form = PortraitForm
    extra = 0


class PersonAdmin(FilesFirstMixin, AdminBase):
    fields = ["name"]
    inlines = [PortraitInline]


@require_POST
def suggest(request: HttpRequest, pk: str) -> JsonResponse:
    """Answer as the admin of images does."""
    try:
        point = suggest_focal_point(image=Photo.objects.get(pk=pk))
    except GalleryError as error:
        return JsonResponse({"code": error.code, "detail": error.message}, status=409)
    x, y = point.fractions
    return JsonResponse({"focal_point": {"x": x, "y": y}})


site = admin.AdminSite(name="pickers")
site.register(Photo, PhotoAdmin)
site.register(User, PersonAdmin)

urlpatterns = [
    path("pickers/suggest/<str:pk>/", suggest, name="suggest"),
    path("pickers/", site.urls),
    *others,
]
handler400 = "gallery.api.errors.handle_400"
handler403 = "gallery.api.errors.handle_403"
handler404 = "gallery.api.errors.handle_404"
handler500 = "gallery.api.errors.handle_500"
