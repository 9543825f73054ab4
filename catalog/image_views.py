"""The REST endpoints of the images of a product: its gallery, by the names of its own contract."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.files.base import File
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from catalog.serializers import (
    ProductImageSerializer,
    ProductImagesUploadedSerializer,
    ProductImagesUploadSerializer,
    ProductImageUpdateSerializer,
    ProductImageUploadSerializer,
    ProductOrderSerializer,
)
from catalog.views import ProductMixin
from gallery.api.fields import form_with
from gallery.api.idempotency import upload_id_of
from gallery.api.parsers import ShallowJSONParser
from gallery.api.views.uploading import BulkUploadMixin, RefusedFilesMixin, UploadThrottleMixin
from gallery.exceptions import OrderMismatch
from gallery.models import PolymorphicImageRelation
from gallery.querysets import RelationQuerySet
from gallery.services import attachments
from gallery.services.belongings import take_out
from gallery.services.uploads import FailedUpload
from orgs.permissions import acting_user
from orgs.preconditions import Precondition
from orgs.responses import LOCATION, created


class ProductImagesMixin(ProductMixin):
    """The images of the product in the URL."""

    def relations(self) -> RelationQuerySet:
        """Return the images that the reader may see, in order."""
        relations = PolymorphicImageRelation.objects.in_org(self.product.organization)
        shown = relations.for_object(self.product).shown_to(self.request.user)
        return shown.in_order().with_renditions()

    def get_relation(self, pk: int) -> PolymorphicImageRelation:
        """Return one image.

        Raises:
            NotFound: the product has no such image.
        """
        relation = self.relations().filter(pk=pk).first()
        if relation is None:
            raise NotFound
        return relation

    def image_json(self, pk: int) -> Any:
        """Return the JSON of one image."""
        return self.json_of(ProductImageSerializer, self.get_relation(pk))

    def image_unchanged(self, pk: int) -> Precondition:
        """Return the check that the image is still the one that the client has read."""
        return self.precondition(lambda: self.image_json(pk))

    @property
    def place(self) -> dict[str, Any]:
        """What the services of galleries need to know."""
        return {"obj": self.product, "organization": self.product.organization}


class ProductImageListView(
    UploadThrottleMixin,
    RefusedFilesMixin,
    ProductImagesMixin,
    ListModelMixin,
    GenericAPIView[PolymorphicImageRelation],
):
    """All images of a product."""

    queryset = PolymorphicImageRelation.objects.none()
    serializer_class = ProductImageSerializer
    filter_backends = ()
    parser_classes = (MultiPartParser,)

    def get_queryset(self) -> QuerySet[PolymorphicImageRelation]:
        """Return all of them, in order."""
        return self.relations()

    def get(self, request: Request, slug: str) -> Response:
        """List the images in their order."""
        return self.list(request)

    @extend_schema(
        request=form_with(ProductImageUploadSerializer, files="image"),
        responses={201: ProductImageSerializer},
        parameters=[LOCATION],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Upload an image: JPEG, PNG or WebP of at most 5 MB. The first one becomes primary."""
        serializer = ProductImageUploadSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        if not values.get("is_cover"):
            values.pop("is_cover", None)  # or the first one would not be
        relation = attachments.upload_and_attach(
            **self.place,
            creator=acting_user(request),
            upload=values.pop("image"),
            upload_id=upload_id_of(request),
            **values,
        )
        at = reverse("product-image", args=[slug, relation.pk], request=request)
        return created(self.image_json(relation.pk), at=at)


class ProductImageView(ProductImagesMixin):
    """One image of a product."""

    @extend_schema(responses=ProductImageSerializer)
    def get(self, request: Request, slug: str, image_id: int) -> Response:
        """Show the image."""
        return Response(self.image_json(image_id))

    @extend_schema(request=ProductImageUpdateSerializer, responses=ProductImageSerializer)
    def patch(self, request: Request, slug: str, image_id: int) -> Response:
        """Change its words, its place, or which one is primary."""
        relation = self.get_relation(image_id)
        serializer = ProductImageUpdateSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        if values.get("custom_alt_text"):
            values["custom_decorative"] = None  # what says something is not decorative
        attachments.update_relation(
            **self.place,
            image_id=relation.image_id,
            precondition=self.image_unchanged(image_id),
            **values,
        )
        return Response(self.image_json(image_id))

    @extend_schema(responses={204: OpenApiResponse(description="It is gone.")})
    def delete(self, request: Request, slug: str, image_id: int) -> Response:
        """Take the image out; it is deleted if it was uploaded to a product and is nowhere else."""
        relation = self.get_relation(image_id)
        take_out(
            **self.place,
            image_id=relation.image_id,
            may_delete=self.may_delete,
            precondition=self.image_unchanged(image_id),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class ProductBulkUploadView(BulkUploadMixin, RefusedFilesMixin, ProductImagesMixin):
    """Several images at once."""

    file_field = "images"
    parser_classes = (MultiPartParser,)

    def store(
        self, uploads: list[File[Any]]
    ) -> tuple[list[PolymorphicImageRelation], list[FailedUpload]]:
        """Upload and attach each file."""
        images, failures = attachments.upload_and_attach_each(
            **self.place,
            creator=acting_user(self.request),
            uploads=uploads,
            upload_ids=partial(upload_id_of, self.request),
        )
        return list(self.relations().filter(image__in=images)), failures

    @extend_schema(
        operation_id="product_images_bulk_upload",
        request=form_with(ProductImagesUploadSerializer, files="images"),
        responses={
            201: ProductImagesUploadedSerializer,
            400: OpenApiResponse(
                ProductImagesUploadedSerializer, "No file was stored, or there was none to store."
            ),
        },
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Upload at most ten images; each stands alone, and 201 says that any was stored."""
        form = ProductImagesUploadSerializer(data=request.FILES)
        return self.store_all(form, ProductImagesUploadedSerializer, request=request)


class ProductPrimaryImageView(ProductImagesMixin):
    """Which image is the primary one."""

    @extend_schema(
        operation_id="product_image_set_primary", request=None, responses=ProductImageSerializer
    )
    def post(self, request: Request, slug: str, image_id: int) -> Response:
        """Make the image the only primary one; the order stays."""
        relation = self.get_relation(image_id)
        attachments.set_cover(**self.place, image_id=relation.image_id)
        return Response(self.image_json(image_id))


class ProductReorderView(ProductImagesMixin):
    """The order of the images."""

    parser_classes = (ShallowJSONParser,)

    @extend_schema(
        operation_id="product_images_reorder",
        request=ProductOrderSerializer,
        responses=ProductImageSerializer(many=True),
    )
    def post(self, request: Request, slug: str) -> Response:
        """Put all images in this order; any other set of ids is a 400 and nothing moves."""
        serializer = ProductOrderSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = serializer.validated_data["order"]
        image_ids = dict(self.relations().filter(pk__in=wanted).values_list("pk", "image"))
        if len(image_ids) != len(wanted):
            raise OrderMismatch
        try:
            attachments.reorder(**self.place, image_ids=[image_ids[pk] for pk in wanted])
        except OrderMismatch:
            raise OrderMismatch from None  # whose ids are those of the library
        return Response(self.json_of(ProductImageSerializer, self.relations(), many=True))
