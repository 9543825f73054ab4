"""The library of an organisation: translate HTTP into services and back."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from gallery.api.filters import ImageFilter
from gallery.api.parsers import ShallowJSONParser
from gallery.api.permissions import may_delete
from gallery.api.problems import MEDIA_TYPE, InUseProblemSerializer
from gallery.api.serializers import (
    BulkUploadResultSerializer,
    BulkUploadSerializer,
    FileReplaceSerializer,
    ImageSerializer,
    ImageUpdateSerializer,
    ImageUploadSerializer,
)
from gallery.api.throttling import UploadThrottle
from gallery.api.upload_handlers import expect_bulk
from gallery.models import Image
from gallery.services.editing import update_image
from gallery.services.removal import delete_image
from gallery.services.uploads import replace_file, upload_image, upload_images
from orgs.permissions import OrganizationScopedMixin, acting_user


class UploadThrottleMixin(APIView):
    """Count requests that bring files, and no others."""

    def get_throttles(self) -> list[BaseThrottle]:
        """Throttle POST and PUT."""
        is_upload = self.request.method in {"POST", "PUT"}
        return [UploadThrottle()] if is_upload else super().get_throttles()


class LibraryMixin(OrganizationScopedMixin):
    """Images of the organisation in the URL, and no others."""

    def get_queryset(self) -> QuerySet[Image]:
        """Return the organisation's images with what their JSON needs."""
        images = Image.objects.in_org(self.access.organization)
        return images.select_related("organization").with_renditions()

    def get_image(self, pk: int) -> Image:
        """Return one image of the organisation.

        Raises:
            Http404: it is not there, or another organisation's.
        """
        image = self.get_queryset().filter(pk=pk).first()
        if image is None:
            raise Http404
        return image


class ImageListView(UploadThrottleMixin, LibraryMixin, ListModelMixin, GenericAPIView[Image]):
    """All images of an organisation."""

    queryset = Image.objects.none()
    serializer_class = ImageSerializer
    filterset_class = ImageFilter
    parser_classes = (MultiPartParser,)

    def get(self, request: Request, slug: str) -> Response:
        """List the images, newest first."""
        return self.list(request)

    @extend_schema(
        request=ImageUploadSerializer,
        responses={201: ImageSerializer},
        parameters=[
            OpenApiParameter(
                "Location",
                OpenApiTypes.URI,
                OpenApiParameter.HEADER,
                response=[201],
                description="Where the image is from now on.",
            )
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Upload an image; its renditions are ready too, unless they are made in background."""
        self.require(self.access.can_write)
        serializer = ImageUploadSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        image = upload_image(
            organization=self.access.organization,
            creator=acting_user(request),
            upload=values.pop("file"),
            **values,
        )
        location = reverse("image-detail", args=[slug, image.pk], request=request)
        return Response(
            ImageSerializer(image).data, status.HTTP_201_CREATED, headers={"Location": location}
        )


class BulkUploadView(UploadThrottleMixin, LibraryMixin):
    """Several images at once."""

    parser_classes = (MultiPartParser,)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Count files by the rules of bulk uploads, before a session's CSRF check reads them."""
        expect_bulk(request)
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(
        request=BulkUploadSerializer,
        responses={
            201: BulkUploadResultSerializer,
            400: OpenApiResponse(
                BulkUploadResultSerializer, "No file was stored, or there was none to store."
            ),
        },
    )
    def post(self, request: Request, slug: str) -> Response:
        """Upload several images; each stands alone, and 201 says that any was stored."""
        self.require(self.access.can_write)
        # The files alone: a browser sends an empty part for an input without a choice.
        serializer = BulkUploadSerializer(data=request.FILES)
        serializer.is_valid(raise_exception=True)
        images, failures = upload_images(
            organization=self.access.organization,
            creator=acting_user(request),
            uploads=serializer.validated_data["files"],
        )
        result = {"uploaded": len(images), "images": images, "errors": failures}
        code = status.HTTP_201_CREATED if images else status.HTTP_400_BAD_REQUEST
        return Response(BulkUploadResultSerializer(result).data, code)


class ImageDetailView(LibraryMixin):
    """One image."""

    parser_classes = (ShallowJSONParser, FormParser, MultiPartParser)

    @extend_schema(responses=ImageSerializer)
    def get(self, request: Request, slug: str, pk: int) -> Response:
        """Show the image."""
        return Response(ImageSerializer(self.get_image(pk)).data)

    @extend_schema(request=ImageUpdateSerializer, responses=ImageSerializer)
    def patch(self, request: Request, slug: str, pk: int) -> Response:
        """Change what is said about the image; a moved focal point re-crops under new URLs."""
        image = self.get_image(pk)
        self.require(self.access.can_write)
        serializer = ImageUpdateSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        image = update_image(image=image, **serializer.validated_data)
        return Response(ImageSerializer(image).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("force", bool, description="Delete it although it is attached.")
        ],
        responses={
            204: OpenApiResponse(description="It is gone."),
            (409, MEDIA_TYPE): OpenApiResponse(InUseProblemSerializer, "It is attached."),
        },
    )
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        """Delete the image and its files; 409 while it is attached, unless forced."""
        image = self.get_image(pk)
        self.require(may_delete(self.access, request.user, image))
        is_forced = request.query_params.get("force", "").lower() in {"1", "true"}
        delete_image(image=image, force=is_forced)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ImageFileView(UploadThrottleMixin, LibraryMixin):
    """The original of an image."""

    parser_classes = (MultiPartParser,)

    @extend_schema(request=FileReplaceSerializer, responses=ImageSerializer)
    def put(self, request: Request, slug: str, pk: int) -> Response:
        """Replace the original under a new URL; id, description and attachments stay."""
        image = self.get_image(pk)
        self.require(self.access.can_write)
        serializer = FileReplaceSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        image = replace_file(image=image, upload=values.pop("file"), **values)
        return Response(ImageSerializer(image).data)
