"""The REST endpoints of tokens, of the user's own account and of their reference images."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import ErrorDetail, NotAuthenticated, NotFound, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView
from rest_framework_simplejwt.views import (
    TokenObtainPairView,
    TokenRefreshView,
    TokenVerifyView,
)

from accounts.exceptions import ReferenceImagesFull, SlotTaken
from accounts.models import ReferenceImage
from accounts.serializers import (
    MeSerializer,
    ReferenceImageSerializer,
    ReferenceImageUpdateSerializer,
    ReferenceImageUploadSerializer,
    RefreshSerializer,
    VerifySerializer,
)
from accounts.services import (
    add_reference_image,
    remove_reference_image,
    update_reference_image,
)
from gallery.api.fields import form_with
from gallery.api.idempotency import upload_id_of
from gallery.api.parsers import ShallowJSONParser
from gallery.api.serializers.sharing import TemporaryUrlsSerializer
from gallery.api.views.uploading import UploadThrottleMixin
from gallery.services.sharing import urls_for
from orgs.conditional import ConditionalMixin
from orgs.models import Membership
from orgs.permissions import ConflictError, acting_user
from orgs.preconditions import Precondition
from orgs.responses import LOCATION, created

REFUSED = OpenApiResponse(description="The token, or the user it was made for, is not valid.")


class ThrottledTokenMixin(APIView):
    """Slow down guessing, by network address: these endpoints are open to anybody."""

    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "token"


class TokenPairView(ThrottledTokenMixin, TokenObtainPairView):
    """Log in."""

    @extend_schema(
        responses={
            200: TokenObtainPairView().get_serializer_class(),
            401: OpenApiResponse(description="Wrong, unknown or inactive: the answer is the same."),
        }
    )
    def post(self, request: Request) -> Response:
        """Take an e-mail address and a password, give an access and a refresh token."""
        return super().post(request)


class TokenRefreshedView(ThrottledTokenMixin, TokenRefreshView):
    """Stay logged in."""

    serializer_class = RefreshSerializer

    @extend_schema(responses={200: RefreshSerializer, 401: REFUSED})
    def post(self, request: Request) -> Response:
        """Take a refresh token, give a new access token."""
        return super().post(request)


class TokenVerifiedView(ThrottledTokenMixin, TokenVerifyView):
    """Ask about a token."""

    serializer_class = VerifySerializer

    @extend_schema(
        responses={200: OpenApiResponse(description="The API accepts this token."), 401: REFUSED}
    )
    def post(self, request: Request) -> Response:
        """Take a token of either kind, answer `{}` if the API would accept it."""
        return super().post(request)


class MeView(APIView):
    """The user's own account."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Read your account and your role in each organisation."""
        user = request.user
        if isinstance(user, AnonymousUser):
            raise NotAuthenticated
        memberships = Membership.objects.select_related("organization").order_by(
            "organization__slug"
        )
        prefetch_related_objects([user], Prefetch("memberships", queryset=memberships))
        return Response(MeSerializer(user).data)


class ReferenceImagesMixin(ConditionalMixin):
    """The reference images of the user, and nobody else's."""

    def images(self) -> QuerySet[ReferenceImage]:
        """Return the user's own, with what their JSON needs."""
        own = ReferenceImage.objects.filter(user=acting_user(self.request).pk)
        return own.with_renditions()

    def get_image(self, pk: uuid.UUID) -> ReferenceImage:
        """Return one of them.

        Raises:
            NotFound: it is not there, or another user's.
        """
        image = self.images().filter(pk=pk).first()
        if image is None:
            raise NotFound
        return image

    def unchanged(self, pk: uuid.UUID) -> Precondition:
        """Return the check that the image is still the one that the client has read."""
        return self.precondition(lambda: ReferenceImageSerializer(self.get_image(pk)).data)

    def handle_exception(self, exc: Exception) -> Response:
        """Answer what the services refuse."""
        if isinstance(exc, ReferenceImagesFull):
            exc = ConflictError(exc.message, code=exc.code)
        if isinstance(exc, SlotTaken):
            exc = ValidationError({"order": [ErrorDetail(exc.message, code=exc.code)]})
        if isinstance(exc, ObjectDoesNotExist):
            # Deleted, alone or with its user, between the look-up and the lock.
            exc = NotFound()
        return super().handle_exception(exc)


class ReferenceImageListView(
    UploadThrottleMixin, ReferenceImagesMixin, ListModelMixin, GenericAPIView[ReferenceImage]
):
    """The user's reference images: five at most."""

    queryset = ReferenceImage.objects.none()
    serializer_class = ReferenceImageSerializer
    filter_backends = ()
    parser_classes = (MultiPartParser,)

    def get_queryset(self) -> QuerySet[ReferenceImage]:
        """Return all of them."""
        return self.images()

    def get(self, request: Request) -> Response:
        """List your reference images in the order of their slots."""
        return self.list(request)

    @extend_schema(
        request=form_with(ReferenceImageUploadSerializer, files="image"),
        responses={
            201: ReferenceImageSerializer,
            409: OpenApiResponse(description="`reference_images_full`: there are five already."),
        },
        parameters=[LOCATION],
    )
    def post(self, request: Request) -> Response:
        """Add a reference image; a slot that another one is in is a 400 with the code `unique`."""
        serializer = ReferenceImageUploadSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        image = add_reference_image(
            user=acting_user(request),
            upload=values.pop("image"),
            upload_id=upload_id_of(request),
            **values,
        )
        at = reverse("reference-image-detail", args=[image.pk], request=request)
        return created(ReferenceImageSerializer(self.get_image(image.pk)).data, at=at)


class ReferenceImageView(ReferenceImagesMixin):
    """One reference image of the user."""

    parser_classes = (ShallowJSONParser, FormParser, MultiPartParser)

    @extend_schema(responses=ReferenceImageSerializer)
    def get(self, request: Request, reference_image_id: uuid.UUID) -> Response:
        """Show the reference image."""
        return Response(ReferenceImageSerializer(self.get_image(reference_image_id)).data)

    @extend_schema(request=ReferenceImageUpdateSerializer, responses=ReferenceImageSerializer)
    def patch(self, request: Request, reference_image_id: uuid.UUID) -> Response:
        """Rename, move or crop it; who is in the slot asked for takes the one it leaves."""
        image = self.get_image(reference_image_id)
        serializer = ReferenceImageUpdateSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        update_reference_image(
            reference_image=image,
            precondition=self.unchanged(image.pk),
            **serializer.validated_data,
        )
        return Response(ReferenceImageSerializer(self.get_image(image.pk)).data)

    @extend_schema(responses={204: OpenApiResponse(description="It is gone, and its slot free.")})
    def delete(self, request: Request, reference_image_id: uuid.UUID) -> Response:
        """Delete it with its files."""
        image = self.get_image(reference_image_id)
        remove_reference_image(reference_image=image, precondition=self.unchanged(image.pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReferenceImageUrlsView(ReferenceImagesMixin):
    """Where one reference image answers without credentials."""

    @extend_schema(responses=TemporaryUrlsSerializer)
    def get(self, request: Request, reference_image_id: uuid.UUID) -> Response:
        """Sign its URLs, as for the `src` of a page: they need no credentials, and expire."""
        urls = urls_for(image=self.get_image(reference_image_id), user=acting_user(request))
        return Response(TemporaryUrlsSerializer(urls).data, headers={"Cache-Control": "no-store"})
