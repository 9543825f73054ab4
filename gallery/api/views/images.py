"""The library of an organisation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from django.core.files.base import File
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from gallery.api.fields import form_with
from gallery.api.filters import ImageFilter
from gallery.api.idempotency import upload_id_of
from gallery.api.parsers import ShallowJSONParser
from gallery.api.problems import MEDIA_TYPE, InUseProblemSerializer
from gallery.api.serializers.images import (
    BulkDeleteResultSerializer,
    BulkDeleteSerializer,
    FileReplaceSerializer,
    ImageSerializer,
    ImageUpdateSerializer,
    ImageUploadSerializer,
)
from gallery.api.serializers.pictures import EXPAND, expansion_of
from gallery.api.serializers.relations import RelationSerializer
from gallery.api.views.uploading import BulkUploadMixin, UploadThrottleMixin
from gallery.models import Image, PolymorphicImageRelation
from gallery.querysets import ImageQuerySet
from gallery.services.editing import update_image
from gallery.services.removal import delete_image, delete_images
from gallery.services.uploads import FailedUpload, replace_file, upload_image, upload_images
from gallery.services.warming import warm_image
from orgs.conditional import ConditionalMixin
from orgs.permissions import OrganizationScopedMixin, acting_user
from orgs.preconditions import Precondition
from orgs.responses import LOCATION, created

_FORCED = {"": False, "false": False, "0": False, "true": True, "1": True}
FORCE = OpenApiParameter("force", bool, description="Also what is attached.")


class LibraryMixin(ConditionalMixin, OrganizationScopedMixin):
    """Images of the organisation in the URL, and no others."""

    def images(self) -> ImageQuerySet:
        """Return the organisation's images with what their JSON needs."""
        images = Image.objects.in_org(self.access.organization)
        return images.select_related("organization").with_renditions()

    def get_image(self, pk: int) -> Image:
        """Return one image of the organisation.

        Raises:
            Http404: it is not there, or another organisation's.
        """
        image = self.images().filter(pk=pk).first()
        if image is None:
            raise Http404
        return image

    def unchanged(self, pk: int) -> Precondition:
        """Return the check that the image is still the one that the client has read."""
        return self.precondition(lambda: ImageSerializer(self.get_image(pk)).data)

    def may_delete(self, image: Image) -> bool:
        """Tell whether the user may delete this image."""
        return self.access.can_remove(image.creator_id, user=self.request.user)

    def is_forced(self) -> bool:
        """Tell whether attached images are to be deleted too.

        Raises:
            ValidationError: `force` is neither true nor false.
        """
        said = self.request.query_params.get("force", "").lower()
        try:
            return _FORCED[said]
        except KeyError as error:
            problem = ErrorDetail("Send true or false.", code="invalid")
            raise ValidationError({"force": [problem]}) from error


class ImageListView(UploadThrottleMixin, LibraryMixin, ListModelMixin, GenericAPIView[Image]):
    """All images of an organisation."""

    queryset = Image.objects.none()
    serializer_class = ImageSerializer
    filterset_class = ImageFilter
    parser_classes = (MultiPartParser,)
    expansion: Mapping[str, Any] = MappingProxyType({})

    def get_queryset(self) -> QuerySet[Image]:
        """Return all of them."""
        return self.images()

    def get_serializer_context(self) -> dict[str, Any]:
        """Say what else the client asks for."""
        return {**super().get_serializer_context(), **self.expansion}

    @extend_schema(parameters=[EXPAND])
    def get(self, request: Request, slug: str) -> Response:
        """List the images, newest first."""
        self.expansion = expansion_of(request)
        return self.list(request)

    @extend_schema(
        request=form_with(ImageUploadSerializer, files="file"),
        responses={201: ImageSerializer},
        parameters=[LOCATION],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Upload an image; its renditions are ready too, unless they are made in background."""
        serializer = ImageUploadSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        image = upload_image(
            organization=self.access.organization,
            creator=acting_user(request),
            upload=values.pop("file"),
            upload_id=upload_id_of(request),
            **values,
        )
        location = reverse("image-detail", args=[slug, image.pk], request=request)
        return created(ImageSerializer(self.get_image(image.pk)).data, at=location)


class BulkUploadView(BulkUploadMixin, LibraryMixin):
    """Several images at once."""

    def store(self, uploads: list[File[Any]]) -> tuple[list[Image], list[FailedUpload]]:
        """Upload each file into the library."""
        return upload_images(
            organization=self.access.organization,
            creator=acting_user(self.request),
            uploads=uploads,
            upload_ids=partial(upload_id_of, self.request),
        )


class BulkDeleteView(LibraryMixin):
    """Several images, to be deleted."""

    parser_classes = (ShallowJSONParser,)

    @extend_schema(
        request=BulkDeleteSerializer, responses=BulkDeleteResultSerializer, parameters=[FORCE]
    )
    def post(self, request: Request, slug: str) -> Response:
        """Delete several images; each stands alone.

        The codes of those that stay: `not_found`, `permission_denied`, `image_in_use`.
        """
        serializer = BulkDeleteSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        deleted, failures = delete_images(
            organization=self.access.organization,
            image_ids=serializer.validated_data["ids"],
            may_delete=self.may_delete,
            force=self.is_forced(),
        )
        return Response(BulkDeleteResultSerializer({"deleted": deleted, "failed": failures}).data)


class ImageDetailView(LibraryMixin):
    """One image."""

    parser_classes = (ShallowJSONParser, FormParser, MultiPartParser)

    @extend_schema(responses=ImageSerializer, parameters=[EXPAND])
    def get(self, request: Request, slug: str, pk: int) -> Response:
        """Show the image."""
        expansion = expansion_of(request)
        return Response(ImageSerializer(self.get_image(pk), context=expansion).data)

    @extend_schema(request=ImageUpdateSerializer, responses=ImageSerializer)
    def patch(self, request: Request, slug: str, pk: int) -> Response:
        """Change what is said about the image; a moved focal point re-crops under new URLs."""
        image = self.get_image(pk)
        serializer = ImageUpdateSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        update_image(image=image, precondition=self.unchanged(pk), **serializer.validated_data)
        return Response(ImageSerializer(self.get_image(pk)).data)

    @extend_schema(
        parameters=[FORCE],
        responses={
            204: OpenApiResponse(description="It is gone."),
            (409, MEDIA_TYPE): OpenApiResponse(InUseProblemSerializer, "It is attached."),
        },
    )
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        """Delete the image and its files; 409 while it is attached, unless forced."""
        image = self.get_image(pk)
        self.require(self.may_delete(image))
        delete_image(image=image, force=self.is_forced(), precondition=self.unchanged(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ImageFileView(UploadThrottleMixin, LibraryMixin):
    """The original of an image."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        request=form_with(FileReplaceSerializer, files="file"), responses=ImageSerializer
    )
    def put(self, request: Request, slug: str, pk: int) -> Response:
        """Replace the original under a new URL; id, description and attachments stay."""
        image = self.get_image(pk)
        serializer = FileReplaceSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        upload = values.pop("file")
        replace_file(image=image, upload=upload, precondition=self.unchanged(pk), **values)
        return Response(ImageSerializer(self.get_image(pk)).data)


class ImageWarmView(LibraryMixin):
    """The renditions of an image."""

    parser_classes = (ShallowJSONParser, FormParser, MultiPartParser)

    @extend_schema(
        request=None,
        responses={
            200: OpenApiResponse(ImageSerializer, "It is done; `status` says how it ended."),
            202: OpenApiResponse(ImageSerializer, "A worker is at it."),
        },
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        """Make the renditions that are missing, also of an image that was given up."""
        image = warm_image(image=self.get_image(pk), precondition=self.unchanged(pk))
        is_done = image.status != Image.Status.PENDING
        code = status.HTTP_200_OK if is_done else status.HTTP_202_ACCEPTED
        return Response(ImageSerializer(self.get_image(pk)).data, code)


class ImageRelationsView(LibraryMixin, ListModelMixin, GenericAPIView[PolymorphicImageRelation]):
    """The places of one image."""

    queryset = PolymorphicImageRelation.objects.none()
    serializer_class = RelationSerializer
    filter_backends = ()

    def get(self, request: Request, slug: str, pk: int) -> Response:
        """List where the image is attached, the first place first."""
        return self.list(request)

    def get_queryset(self) -> QuerySet[PolymorphicImageRelation]:
        """Return its relations to objects of its organisation."""
        relations = PolymorphicImageRelation.objects.in_org(self.access.organization)
        of_image = relations.filter(image=self.get_image(self.kwargs["pk"]))
        return of_image.order_by("pk").with_renditions()
