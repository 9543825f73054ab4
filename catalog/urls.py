"""Where products answer, below `/api/v1/`."""

from django.urls import path

from catalog import image_views, views

_ONE = "products/<slug:slug>/"
_IMAGES = f"{_ONE}images/"

urlpatterns = [
    path("products/", views.ProductListView.as_view(), name="product-list"),
    path(_ONE, views.ProductDetailView.as_view(), name="product-detail"),
    path(f"{_ONE}upload_image/", views.SingleImageView.as_view(), name="product-upload-image"),
    path(
        f"{_ONE}delete_image/",
        views.SingleImageDeletionView.as_view(),
        name="product-delete-image",
    ),
    path(_IMAGES, image_views.ProductImageListView.as_view(), name="product-images"),
    path(
        f"{_IMAGES}bulk_upload/",
        image_views.ProductBulkUploadView.as_view(),
        name="product-bulk-upload",
    ),
    path(f"{_IMAGES}reorder/", image_views.ProductReorderView.as_view(), name="product-reorder"),
    path(f"{_IMAGES}<int:image_id>/", image_views.ProductImageView.as_view(), name="product-image"),
    path(
        f"{_IMAGES}<int:image_id>/set_primary/",
        image_views.ProductPrimaryImageView.as_view(),
        name="product-set-primary",
    ),
]
