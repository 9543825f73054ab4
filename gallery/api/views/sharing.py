"""URLs of private images for those who have no credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from gallery.api.parsers import ShallowJSONParser
from gallery.api.problems import MEDIA_TYPE, ProblemSerializer
from gallery.api.serializers.sharing import (
    NewShareSerializer,
    ShareRequestSerializer,
    ShareSerializer,
    TemporaryUrlsSerializer,
    TokenSerializer,
)
from gallery.api.views.images import LibraryMixin
from gallery.models import Share
from gallery.services.sharing import resolve_share, revoke_share, share_image, urls_for
from orgs.permissions import acting_user
from orgs.responses import LOCATION, created
from orgs.tenancy import Right


class ImageUrlsView(LibraryMixin):
    """Where one image answers."""

    @extend_schema(responses=TemporaryUrlsSerializer)
    def get(self, request: Request, slug: str, pk: int) -> Response:
        """Sign URLs of a private image: they need no credentials, and expire.

        They end sooner when you may not see the image any more. A public image has URLs for ever.
        """
        urls = urls_for(image=self.get_image(pk), user=acting_user(request))
        return Response(TemporaryUrlsSerializer(urls).data, headers={"Cache-Control": "no-store"})


class ShareListView(LibraryMixin, ListModelMixin, GenericAPIView[Share]):
    """The shares of one image, for those who may make them."""

    queryset = Share.objects.none()
    serializer_class = ShareSerializer
    filter_backends = ()
    parser_classes = (ShallowJSONParser,)
    rights: ClassVar[Mapping[str, Right]] = {"GET": "can_write", "HEAD": "can_write"}
    secret_fields = ("token",)

    def get_queryset(self) -> QuerySet[Share]:
        """Return those that have not expired."""
        return Share.objects.valid().filter(image=self.get_image(self.kwargs["pk"])).order_by("pk")

    def get(self, request: Request, slug: str, pk: int) -> Response:
        """List the shares that have not expired, the first one first."""
        return self.list(request)

    @extend_schema(
        request=ShareRequestSerializer,
        responses={201: NewShareSerializer},
        parameters=[LOCATION],
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        """Share the image with people without an account; the token is shown this once."""
        image = self.get_image(pk)
        serializer = ShareRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        share, token = share_image(
            image=image, creator=acting_user(request), **serializer.validated_data
        )
        data = {**ShareSerializer(share).data, "token": token}
        answer = {name: data[name] for name in NewShareSerializer.Meta.fields}
        at = reverse("image-share", args=[slug, image.pk, share.pk], request=request)
        return created(answer, at=at)


class ShareView(LibraryMixin):
    """One share."""

    @extend_schema(responses={204: OpenApiResponse(description="It ended, with all its URLs.")})
    def delete(self, request: Request, slug: str, pk: int, share_id: int) -> Response:
        """Revoke a share: its token and every URL it gave end at once."""
        revoke_share(image=self.get_image(pk), share_id=share_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class SharedImageView(APIView):
    """An image that was shared."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (ShallowJSONParser,)

    @extend_schema(
        request=TokenSerializer,
        responses={
            200: TemporaryUrlsSerializer,
            (404, MEDIA_TYPE): OpenApiResponse(
                ProblemSerializer, "Unknown, expired or revoked: one answer for all."
            ),
        },
    )
    def post(self, request: Request) -> Response:
        """Return URLs of the image that a token is for; they end with the share at the latest."""
        serializer = TokenSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        urls = resolve_share(token=serializer.validated_data["token"])
        return Response(TemporaryUrlsSerializer(urls).data, headers={"Cache-Control": "no-store"})
