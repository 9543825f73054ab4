"""What can be done to the gallery of an object as a whole."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.files.base import File
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from gallery.api.idempotency import upload_id_of
from gallery.api.parsers import ShallowJSONParser
from gallery.api.serializers.relations import (
    AttachedSerializer,
    CoverSerializer,
    DetachedSerializer,
    DetailSerializer,
    ImageIdsSerializer,
    OrderSerializer,
    RelationSerializer,
)
from gallery.api.views.galleries import GalleryMixin
from gallery.api.views.uploading import BulkUploadMixin
from gallery.models import Image
from gallery.services import attachments
from gallery.services.uploads import FailedUpload
from orgs.permissions import acting_user

DONE = {"detail": "ok"}


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
        attachments.set_cover(**self.place, **serializer.validated_data)
        return Response(DONE)


class UnsetCoverView(GalleryMixin):
    """Have no cover."""

    parser_classes = (ShallowJSONParser,)

    @extend_schema(operation_id="gallery_unset_cover", request=None, responses=DetailSerializer)
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Leave the gallery without a cover; the order stays."""
        attachments.unset_cover(**self.place)
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
        return self.listed(attachments.reorder(**self.place, **serializer.validated_data))


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
        attached = attachments.bulk_attach(**self.place, **serializer.validated_data)
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
        attachments.bulk_detach(**self.place, image_ids=image_ids)
        return Response({"detached": image_ids})


class GalleryBulkUploadView(BulkUploadMixin, GalleryMixin):
    """Several files at once, into a gallery."""

    def store(self, uploads: list[File[Any]]) -> tuple[list[Image], list[FailedUpload]]:
        """Upload and attach each file."""
        return attachments.upload_and_attach_each(
            **self.place,
            creator=acting_user(self.request),
            uploads=uploads,
            upload_ids=partial(upload_id_of, self.request),
        )
