"""The paths of the gallery below `/api/v1/`, all with the slash that clients may leave out."""

from django.urls import path

from gallery.api.views import BulkUploadView, ImageDetailView, ImageFileView, ImageListView

_LIBRARY = "images/orgs/<str:slug>"

urlpatterns = [
    path(f"{_LIBRARY}/images/", ImageListView.as_view(), name="image-list"),
    path(f"{_LIBRARY}/bulk-upload/", BulkUploadView.as_view(), name="image-bulk-upload"),
    path(f"{_LIBRARY}/images/<int:pk>/", ImageDetailView.as_view(), name="image-detail"),
    path(f"{_LIBRARY}/images/<int:pk>/file/", ImageFileView.as_view(), name="image-file"),
]
