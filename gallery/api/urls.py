"""The paths of the gallery below `/api/v1/`, all with the slash that clients may leave out."""

from django.urls import URLPattern, URLResolver, include, path

from gallery.api.views import arranging, direct_uploads, galleries, images, sharing

_of_an_object: list[URLPattern | URLResolver] = [
    path("", galleries.GalleryView.as_view(), name="gallery"),
    path("bulk_attach/", arranging.BulkAttachView.as_view(), name="gallery-bulk-attach"),
    path("bulk_detach/", arranging.BulkDetachView.as_view(), name="gallery-bulk-detach"),
    path("bulk_upload/", arranging.GalleryBulkUploadView.as_view(), name="gallery-bulk-upload"),
    path("reorder/", arranging.ReorderView.as_view(), name="gallery-reorder"),
    path("set_cover/", arranging.SetCoverView.as_view(), name="gallery-set-cover"),
    path("unset_cover/", arranging.UnsetCoverView.as_view(), name="gallery-unset-cover"),
    path("cover/", arranging.CoverView.as_view(), name="gallery-cover"),
    path("<int:image_id>/", galleries.GalleryImageView.as_view(), name="gallery-image"),
]
_of_an_organization: list[URLPattern | URLResolver] = [
    path("images/", images.ImageListView.as_view(), name="image-list"),
    path("bulk-upload/", images.BulkUploadView.as_view(), name="image-bulk-upload"),
    path("bulk-delete/", images.BulkDeleteView.as_view(), name="image-bulk-delete"),
    path("images/<int:pk>/", images.ImageDetailView.as_view(), name="image-detail"),
    path("images/<int:pk>/file/", images.ImageFileView.as_view(), name="image-file"),
    path("images/<int:pk>/warm/", images.ImageWarmView.as_view(), name="image-warm"),
    path("images/<int:pk>/relations/", images.ImageRelationsView.as_view(), name="image-relations"),
    path("images/<int:pk>/urls/", sharing.ImageUrlsView.as_view(), name="image-urls"),
    path("images/<int:pk>/shares/", sharing.ShareListView.as_view(), name="image-shares"),
    path("images/<int:pk>/shares/<int:share_id>/", sharing.ShareView.as_view(), name="image-share"),
    path("uploads/", direct_uploads.DirectUploadListView.as_view(), name="upload-list"),
    path(
        "uploads/<uuid:upload_id>/", direct_uploads.DirectUploadView.as_view(), name="upload-detail"
    ),
    path(
        "uploads/<uuid:upload_id>/complete/",
        direct_uploads.DirectUploadCompleteView.as_view(),
        name="upload-complete",
    ),
    path(
        "uploads/<uuid:upload_id>/file/",
        direct_uploads.DirectUploadFileView.as_view(),
        name="upload-file",
    ),
    # Last: a label of an app is no number.
    path("images/<str:app_label>/<str:model>/<str:obj_id>/", include(_of_an_object)),
]

urlpatterns = [
    path("images/orgs/<str:slug>/", include(_of_an_organization)),
    path("images/shared/images/resolve/", sharing.SharedImageView.as_view(), name="share-resolve"),
]
