"""Files that clients send straight to the storage."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import UnreadablePostError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser, FormParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from gallery.api.parsers import ShallowJSONParser
from gallery.api.problems import MEDIA_TYPE, ProblemSerializer
from gallery.api.serializers.direct_uploads import (
    DirectUploadRequestSerializer,
    DirectUploadSerializer,
)
from gallery.api.serializers.images import ImageSerializer
from gallery.api.throttling import UploadThrottle
from gallery.api.views.images import LibraryMixin
from gallery.conf import gallery_settings
from gallery.exceptions import TooLarge, UploadNotFound, WrongSize
from gallery.models import DirectUpload
from gallery.services.direct_uploads import (
    abort_upload,
    begin_upload,
    complete_upload,
    receive_file,
)
from gallery.services.upload_instructions import instructions_for
from gallery.signing import expiry, is_upload_allowed, upload_query
from orgs.permissions import acting_user
from orgs.responses import LOCATION, created

_SIGNED = [
    OpenApiParameter(name, OpenApiTypes.STR, description="As in the URL that you were given.")
    for name in ("expires", "signature")
]


class DirectUploadMixin(LibraryMixin):
    """The user's own uploads into the organisation in the URL."""

    def get_upload(self, upload_id: UUID) -> DirectUpload:
        """Return an upload that is not over.

        Raises:
            UploadNotFound: it is not there, expired, or somebody else's.
        """
        uploads = DirectUpload.objects.in_org(self.access.organization).unexpired()
        own = uploads.made_by(acting_user(self.request)).select_related("organization", "image")
        upload = own.filter(pk=upload_id).first()
        if upload is None:
            raise UploadNotFound
        return upload

    def describe(self, upload: DirectUpload) -> dict[str, Any]:
        """Return how to send the file."""
        how = instructions_for(upload=upload)
        url = how.url
        if url is None and not how.parts and not upload.parts_name:
            args = [self.access.organization.slug, upload.pk]
            expires = min(
                int(upload.expires_at.timestamp()), expiry(gallery_settings().signed_seconds)
            )
            url = f"{reverse('upload-file', args=args)}?{upload_query(upload.pk, expires=expires)}"
        data = {
            "id": upload.pk,
            "method": how.method,
            "url": url,
            "fields": how.fields,
            "headers": how.headers,
            "parts": how.parts,
            "image": upload.image_id,
            "expires_at": upload.expires_at,
        }
        return dict(DirectUploadSerializer(data).data)


class DirectUploadListView(DirectUploadMixin):
    """Uploads to begin."""

    parser_classes = (ShallowJSONParser,)

    def get_throttles(self) -> list[BaseThrottle]:
        """Count each like an upload of any other kind."""
        return [*super().get_throttles(), UploadThrottle()]

    @extend_schema(
        request=DirectUploadRequestSerializer,
        responses={201: DirectUploadSerializer},
        parameters=[LOCATION],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Announce a file; the answer says how to send it to where it is stored.

        It is an image once the upload is completed.
        """
        serializer = DirectUploadRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        facts, description = serializer.split()
        upload = begin_upload(
            organization=self.access.organization,
            creator=acting_user(request),
            description=description,
            **facts,
        )
        at = reverse("upload-detail", args=[slug, upload.pk], request=request)
        return created(self.describe(upload), at=at)


class DirectUploadView(DirectUploadMixin):
    """One upload."""

    @extend_schema(responses=DirectUploadSerializer)
    def get(self, request: Request, slug: str, upload_id: UUID) -> Response:
        """Show how to go on: which parts are missing, with URLs that answer anew."""
        return Response(self.describe(self.get_upload(upload_id)))

    @extend_schema(responses={204: OpenApiResponse(description="It is over.")})
    def delete(self, request: Request, slug: str, upload_id: UUID) -> Response:
        """End the upload and forget what has arrived. An image that it became stays."""
        abort_upload(upload=self.get_upload(upload_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class DirectUploadCompleteView(DirectUploadMixin):
    """An upload whose file has arrived."""

    parser_classes = (ShallowJSONParser, FormParser, MultiPartParser)

    @extend_schema(
        request=None,
        responses={
            201: ImageSerializer,
            (413, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, "What arrived is too large."),
            (415, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, "What arrived is no image."),
        },
        parameters=[LOCATION],
    )
    def post(self, request: Request, slug: str, upload_id: UUID) -> Response:
        """Make an image of the file: it is checked and rendered like any upload.

        409 `upload_incomplete` while it has not arrived. Sent again, the answer is the same image.
        """
        image = complete_upload(upload=self.get_upload(upload_id))
        location = reverse("image-detail", args=[slug, image.pk], request=request)
        return created(ImageSerializer(self.get_image(image.pk)).data, at=location)


class AnyParser(BaseParser):
    """Leave the body as it is: it is the file."""

    media_type = "*/*"


class DirectUploadFileView(APIView):
    """The file of an upload, where this server stores it itself."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (AnyParser,)

    @extend_schema(
        request={"image/*": bytes},
        parameters=_SIGNED,
        responses={204: OpenApiResponse(description="It has arrived.")},
    )
    def put(self, request: Request, slug: str, upload_id: UUID) -> Response:
        """Send the file to the signed URL that the upload gave; exactly what was announced."""
        uploads = DirectUpload.objects.unexpired().filter(pk=upload_id, image=None)
        is_allowed = is_upload_allowed(upload_id, request.query_params)
        upload = uploads.select_related("organization").first() if is_allowed else None
        # Compared here: a database cannot look for every text that a path may have.
        if upload is None or upload.organization.slug != slug:
            raise UploadNotFound
        if request.content_type != upload.content_type:
            raise UnsupportedMediaType(request.content_type)
        length = _content_length(request)
        if length > upload.file_size:
            raise TooLarge
        if length < upload.file_size:
            raise WrongSize
        receive_file(upload=upload, read=lambda size: _read(request, size))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _content_length(request: Request) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _read(request: Request, size: int) -> bytes:
    try:
        return request._request.read(size)
    except UnreadablePostError:
        return b""  # the client went away
