"""The gallery of any object whose model is registered."""

from __future__ import annotations

from typing import Any, cast

from django.core.files.base import File
from django.db import models
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from gallery.api.fields import form_with
from gallery.api.filters import RelationFilter
from gallery.api.parsers import ShallowJSONParser
from gallery.api.serializers.relations import (
    AttachedSerializer,
    AttachUploadSerializer,
    CoverSerializer,
    DetachedSerializer,
    DetailSerializer,
    ImageIdsSerializer,
    OrderSerializer,
    PlacementSerializer,
    RelationSerializer,
)
from gallery.api.views.uploading import BulkUploadMixin, UploadThrottleMixin, is_form
from gallery.exceptions import UnknownImages
from gallery.models import Image, PolymorphicImageRelation
from gallery.querysets import RelationQuerySet
from gallery.registry import attachable_named
from gallery.services import attachments
from gallery.services.uploads import Description, FailedUpload
from orgs.conditional import ConditionalMixin
from orgs.permissions import OrganizationScopedMixin, acting_user
from orgs.preconditions import Precondition
from orgs.responses import LOCATION, created

DONE = {"detail": "ok"}


class GalleryMixin(ConditionalMixin, OrganizationScopedMixin):
    """The gallery of the object in the URL, an object of the organisation in the URL."""

    obj: models.Model

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Find the object: unregistered, foreign, missing and impossible are one 404."""
        super().initial(request, *args, **kwargs)
        attachable = attachable_named(kwargs["app_label"], kwargs["model"])
        if attachable is None:
            raise Http404
        organization_id = self.access.organization.pk
        obj = attachable.find(kwargs["obj_id"], organization_id=organization_id)
        if obj is None:
            raise Http404
        self.obj = obj

    def relations(self) -> RelationQuerySet:
        """Return the gallery in order, with what its JSON needs."""
        relations = PolymorphicImageRelation.objects.in_org(self.access.organization)
        return relations.for_object(self.obj).in_order().with_renditions()

    def get_relation(self, image_id: int) -> PolymorphicImageRelation:
        """Return the place of one image.

        Raises:
            Http404: it is not attached, or not there at all.
        """
        relation = self.relations().filter(image=image_id).first()
        if relation is None:
            raise Http404
        return relation

    def unchanged(self, image_id: int) -> Precondition:
        """Return the check that the relation is still the one that the client has read."""
        return self.precondition(lambda: RelationSerializer(self.get_relation(image_id)).data)

    def listed(self, in_order: list[PolymorphicImageRelation]) -> Response:
        """Answer with these relations, in this order."""
        by_pk = self.relations().in_bulk([relation.pk for relation in in_order])
        found = [by_pk[relation.pk] for relation in in_order if relation.pk in by_pk]
        return Response(RelationSerializer(found, many=True).data)


class GalleryView(
    UploadThrottleMixin, GalleryMixin, ListModelMixin, GenericAPIView[PolymorphicImageRelation]
):
    """All images of an object."""

    queryset = PolymorphicImageRelation.objects.none()
    serializer_class = RelationSerializer
    filterset_class = RelationFilter
    parser_classes = (ShallowJSONParser, MultiPartParser)

    def get_queryset(self) -> QuerySet[PolymorphicImageRelation]:
        """Return all of them, in order."""
        return self.relations().with_effective_title()

    @extend_schema(operation_id="gallery_list")
    def get(self, request: Request, **kwargs: Any) -> Response:
        """List the gallery, in its order."""
        return self.list(request)

    @extend_schema(
        operation_id="gallery_attach",
        request={
            "application/json": ImageIdsSerializer,
            "multipart/form-data": form_with(AttachUploadSerializer, files="file"),
        },
        responses={
            200: OpenApiResponse(RelationSerializer(many=True), "The images are attached."),
            201: OpenApiResponse(RelationSerializer, "The file is uploaded and attached."),
        },
        parameters=[LOCATION],
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Attach images of the library by their ids (JSON), or upload and attach a file (a form).

        The first image of a gallery becomes its cover. What is attached already stays as it is; one
        id that is not the organisation's is a 404 and nothing changes.
        """
        return self._upload(request) if is_form(request) else self._attach(request)

    def _attach(self, request: Request) -> Response:
        serializer = ImageIdsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            attached = attachments.bulk_attach(obj=self.obj, **serializer.validated_data)
        except UnknownImages as error:
            raise Http404 from error
        return self.listed(attached)

    def _upload(self, request: Request) -> Response:
        serializer = AttachUploadSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        described = Description.__optional_keys__ & values.keys()
        description = cast("Description", {name: values.pop(name) for name in described})
        relation = attachments.upload_and_attach(
            obj=self.obj,
            creator=acting_user(request),
            upload=values.pop("file"),
            description=description,
            **values,
        )
        place = {**self.kwargs, "image_id": relation.image_id}
        return created(
            RelationSerializer(self.get_relation(relation.image_id)).data,
            at=reverse("gallery-image", kwargs=place, request=request),
        )


class GalleryImageView(GalleryMixin):
    """One image of an object."""

    parser_classes = (ShallowJSONParser, FormParser, MultiPartParser)

    @extend_schema(operation_id="gallery_image_retrieve", responses=RelationSerializer)
    def get(self, request: Request, image_id: int, **kwargs: Any) -> Response:
        """Show the image's place in the gallery."""
        return Response(RelationSerializer(self.get_relation(image_id)).data)

    @extend_schema(
        operation_id="gallery_image_partial_update",
        request=PlacementSerializer,
        responses=RelationSerializer,
    )
    def patch(self, request: Request, image_id: int, **kwargs: Any) -> Response:
        """Change what is said about the image here; its own words and focal point stay.

        A focal point re-crops under URLs of its own, for this gallery alone.
        """
        self.get_relation(image_id)
        serializer = PlacementSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        attachments.update_relation(
            obj=self.obj,
            image_id=image_id,
            precondition=self.unchanged(image_id),
            **serializer.validated_data,
        )
        return Response(RelationSerializer(self.get_relation(image_id)).data)

    @extend_schema(
        operation_id="gallery_detach",
        responses={204: OpenApiResponse(description="It is detached.")},
    )
    def delete(self, request: Request, image_id: int, **kwargs: Any) -> Response:
        """Detach the image, which stays in the library; a lost cover goes to the first left."""
        attachments.detach(obj=self.obj, image_id=image_id, precondition=self.unchanged(image_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class CoverView(GalleryMixin):
    """The cover of an object."""

    @extend_schema(operation_id="gallery_cover_retrieve", responses=RelationSerializer)
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Show the cover; 404 when the gallery has none."""
        cover = self.relations().filter(is_cover=True).first()
        if cover is None:
            raise Http404
        return Response(RelationSerializer(cover).data)


class SetCoverView(GalleryMixin):
    """Choose the cover."""

    parser_classes = (ShallowJSONParser,)

    @extend_schema(
        operation_id="gallery_set_cover", request=CoverSerializer, responses=DetailSerializer
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Make an attached image the only cover; the order stays."""
        serializer = CoverSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        attachments.set_cover(obj=self.obj, **serializer.validated_data)
        return Response(DONE)


class UnsetCoverView(GalleryMixin):
    """Have no cover."""

    parser_classes = (ShallowJSONParser,)

    @extend_schema(operation_id="gallery_unset_cover", request=None, responses=DetailSerializer)
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Leave the gallery without a cover; the order stays."""
        attachments.unset_cover(obj=self.obj)
        return Response(DONE)


class ReorderView(GalleryMixin):
    """The order of a gallery."""

    parser_classes = (ShallowJSONParser,)

    @extend_schema(
        operation_id="gallery_reorder",
        request=OrderSerializer,
        responses=RelationSerializer(many=True),
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Put all images in this order; any other set of ids is a 400 and nothing moves."""
        serializer = OrderSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return self.listed(attachments.reorder(obj=self.obj, **serializer.validated_data))


class BulkAttachView(GalleryMixin):
    """Several images, to be attached."""

    parser_classes = (ShallowJSONParser,)

    @extend_schema(
        operation_id="gallery_bulk_attach", request=ImageIdsSerializer, responses=AttachedSerializer
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Attach all or none: one id that is not the organisation's is a 403."""
        serializer = ImageIdsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        attached = attachments.bulk_attach(obj=self.obj, **serializer.validated_data)
        return Response({"attached": [relation.image_id for relation in attached]})


class BulkDetachView(GalleryMixin):
    """Several images, to be detached."""

    parser_classes = (ShallowJSONParser,)

    @extend_schema(
        operation_id="gallery_bulk_detach", request=ImageIdsSerializer, responses=DetachedSerializer
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Detach all or none: one id that is not the organisation's is a 403."""
        serializer = ImageIdsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        image_ids = list(dict.fromkeys(serializer.validated_data["image_ids"]))
        attachments.bulk_detach(obj=self.obj, image_ids=image_ids)
        return Response({"detached": image_ids})


class GalleryBulkUploadView(BulkUploadMixin, GalleryMixin):
    """Several files at once, into a gallery."""

    def store(self, uploads: list[File[Any]]) -> tuple[list[Image], list[FailedUpload]]:
        """Upload and attach each file."""
        return attachments.upload_and_attach_each(
            obj=self.obj, creator=acting_user(self.request), uploads=uploads
        )
