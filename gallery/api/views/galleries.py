"""The gallery of any object whose model is registered."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypedDict, cast

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
from gallery.api.idempotency import upload_id_of
from gallery.api.parsers import ShallowJSONParser
from gallery.api.serializers.pictures import EXPAND, expansion_of
from gallery.api.serializers.relations import (
    AttachUploadSerializer,
    ImageIdsSerializer,
    PlacementSerializer,
    RelationSerializer,
)
from gallery.api.views.uploading import UploadThrottleMixin, is_form
from gallery.exceptions import UnknownImages
from gallery.models import PolymorphicImageRelation
from gallery.querysets import RelationQuerySet
from gallery.registry import attachable_named
from gallery.services import attachments
from gallery.services.uploads import Description
from orgs.conditional import ConditionalMixin
from orgs.models import Organization
from orgs.permissions import OrganizationScopedMixin, acting_user
from orgs.preconditions import Precondition
from orgs.responses import LOCATION, created


class Place(TypedDict):
    """What every verb of galleries needs to know."""

    obj: models.Model
    organization: Organization


class GalleryMixin(ConditionalMixin, OrganizationScopedMixin):
    """The gallery of the object in the URL, an object of the organisation in the URL."""

    obj: models.Model
    place: Place

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
        # The services insist on the organisation: by then the object may have changed hands.
        self.place = Place(obj=obj, organization=self.access.organization)

    def relations(self) -> RelationQuerySet:
        """Return the gallery in order, with what its JSON needs."""
        relations = PolymorphicImageRelation.objects.in_org(self.access.organization)
        return relations.for_object(self.obj).in_order().with_renditions()

    def get_relation(self, image_id: int) -> PolymorphicImageRelation:
        """Return the place of one image.

        Raises:
            Http404: it is not attached, or not there at all.
        """
        # By the key of the image: of one too large for a database, Django knows that there is none.
        relation = self.relations().filter(image__pk=image_id).first()
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
    expansion: Mapping[str, Any] = MappingProxyType({})

    def get_queryset(self) -> QuerySet[PolymorphicImageRelation]:
        """Return all of them, in order."""
        return self.relations().with_effective_title()

    def get_serializer_context(self) -> dict[str, Any]:
        """Say what else the client asks for."""
        return {**super().get_serializer_context(), **self.expansion}

    @extend_schema(operation_id="gallery_list", parameters=[EXPAND])
    def get(self, request: Request, **kwargs: Any) -> Response:
        """List the gallery, in its order."""
        self.expansion = expansion_of(request)
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
            attached = attachments.bulk_attach(**self.place, **serializer.validated_data)
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
            **self.place,
            creator=acting_user(request),
            upload=values.pop("file"),
            upload_id=upload_id_of(request),
            description=description,
            **values,
        )
        url = {**self.kwargs, "image_id": relation.image_id}
        return created(
            RelationSerializer(self.get_relation(relation.image_id)).data,
            at=reverse("gallery-image", kwargs=url, request=request),
        )


class GalleryImageView(GalleryMixin):
    """One image of an object."""

    parser_classes = (ShallowJSONParser, FormParser, MultiPartParser)

    @extend_schema(
        operation_id="gallery_image_retrieve",
        responses=RelationSerializer,
        parameters=[EXPAND],
    )
    def get(self, request: Request, image_id: int, **kwargs: Any) -> Response:
        """Show the image's place in the gallery."""
        expansion = expansion_of(request)
        relation = self.get_relation(image_id)
        return Response(RelationSerializer(relation, context=expansion).data)

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
            **self.place,
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
        attachments.detach(**self.place, image_id=image_id, precondition=self.unchanged(image_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
