"""The REST endpoints of products: anybody reads, members of the product's organisation write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import SAFE_METHODS, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from catalog.exceptions import SlugTaken
from catalog.filters import ProductFilter
from catalog.models import Product
from catalog.serializers import (
    ProductCreateSerializer,
    ProductSerializer,
    ProductUpdateSerializer,
    SingleImageSerializer,
)
from catalog.services import create_product, update_product
from gallery.api.fields import form_with
from gallery.api.views.uploading import RefusedFilesMixin, UploadThrottleMixin
from gallery.models import Image
from gallery.services.belongings import delete_with_belongings
from gallery.services.single_image import clear_image, set_image
from orgs.conditional import ConditionalMixin
from orgs.exceptions import NotAllowed
from orgs.models import Organization
from orgs.permissions import OrganizationErrorsMixin, acting_user
from orgs.preconditions import Precondition
from orgs.responses import LOCATION, created
from orgs.tenancy import Access, access_to


class ProductsMixin(ConditionalMixin, OrganizationErrorsMixin):
    """Products as their reader may see them."""

    permission_classes = (IsAuthenticatedOrReadOnly,)

    def products(self) -> QuerySet[Product]:
        """Return all products, with what their JSON needs."""
        shown = Product.objects.with_gallery(shown_to=self.request.user)
        return shown.select_related("organization")

    def json_of(self, serializer: Callable[..., Any], obj: Any, **options: Any) -> Any:
        """Return the JSON of something whose URLs are absolute."""
        return serializer(obj, context={"request": self.request}, **options).data

    def handle_exception(self, exc: Exception) -> Response:
        """Answer what the services refuse."""
        if isinstance(exc, SlugTaken):
            exc = ValidationError({"slug": [ErrorDetail(exc.message, code=exc.code)]})
        return super().handle_exception(exc)


class ProductMixin(ProductsMixin):
    """The product in the URL, which its organisation's writers may change."""

    product: Product
    access: Access
    """Of whoever writes."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Find the product, and refuse what the role does not allow before the body is read."""
        super().initial(request, *args, **kwargs)
        if not hasattr(self, (request.method or "").lower()):
            self.http_method_not_allowed(request)
        self.product = self.get_product(kwargs["slug"])
        if request.method not in SAFE_METHODS:
            self.access = writing(acting_user(request), self.product.organization)

    def may_delete(self, image: Image) -> bool:
        """Tell whether the user may delete an image, by the rule of the library."""
        return self.access.can_remove(image.creator_id, user=self.request.user)

    def get_product(self, slug: str) -> Product:
        """Return the product.

        Raises:
            NotFound: there is none.
        """
        product = self.products().filter(slug=slug).first()
        if product is None:
            raise NotFound
        return product

    def unchanged(self) -> Precondition:
        """Return the check that the product is still the one that the client has read."""
        return self.precondition(self._as_it_is)

    def answer(self, code: int = status.HTTP_200_OK) -> Response:
        """Answer with the product as it is by now."""
        return Response(self._as_it_is(), code)

    def _as_it_is(self) -> Any:
        product = self.products().filter(pk=self.product.pk).first()
        if product is None:
            raise NotFound
        return self.json_of(ProductSerializer, product)


def writing(user: AbstractBaseUser, organization: Organization) -> Access:
    """Insist on a role that writes, and return what else it may.

    Raises:
        NotAllowed: the user has none. What is public may be known to exist.
    """
    try:
        access = access_to(user, organization.slug)
    except Organization.DoesNotExist as error:
        raise NotAllowed from error
    if not access.can_write:
        raise NotAllowed
    return access


class ProductListView(ProductsMixin, ListModelMixin, GenericAPIView[Product]):
    """All products."""

    queryset = Product.objects.none()
    serializer_class = ProductSerializer
    filterset_class = ProductFilter

    def get_queryset(self) -> QuerySet[Product]:
        """Return all of them."""
        return self.products()

    def get(self, request: Request) -> Response:
        """List the products of all organisations, by name."""
        return self.list(request)

    @extend_schema(
        request=ProductCreateSerializer,
        responses={201: ProductSerializer},
        parameters=[LOCATION],
    )
    def post(self, request: Request) -> Response:
        """Add a product to an organisation of yours."""
        user = acting_user(request)
        serializer = ProductCreateSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        organization = _organization_of(user, values.pop("organization", None))
        writing(user, organization)
        product = create_product(organization=organization, **values)
        shown = self.products().filter(pk=product.pk).first()
        if shown is None:
            raise NotFound  # somebody deleted it at once
        at = reverse("product-detail", args=[shown.slug], request=request)
        return created(self.json_of(ProductSerializer, shown), at=at)


def _organization_of(user: AbstractBaseUser, slug: str | None) -> Organization:
    """Return the organisation that was named, else the only one.

    Raises:
        ValidationError: there is none of this name for this user, or there are several.
    """
    if slug is not None:
        try:
            return access_to(user, slug).organization
        except Organization.DoesNotExist as error:
            problem = ErrorDetail("There is no such organisation.", code="does_not_exist")
            raise ValidationError({"organization": [problem]}) from error
    theirs = Organization.objects.filter(memberships__user=user.pk)[:2]
    if len(theirs) != 1:
        problem = ErrorDetail("Say which one: you are not a member of just one.", code="required")
        raise ValidationError({"organization": [problem]})
    return theirs[0]


class ProductDetailView(ProductMixin):
    """One product."""

    @extend_schema(responses=ProductSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Show the product with its gallery."""
        return Response(self.json_of(ProductSerializer, self.product))

    @extend_schema(request=ProductUpdateSerializer, responses=ProductSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        """Change what is said about the product; with another slug it has another URL."""
        serializer = ProductUpdateSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        update_product(
            product=self.product, precondition=self.unchanged(), **serializer.validated_data
        )
        return self.answer()

    @extend_schema(responses={204: OpenApiResponse(description="It is gone.")})
    def delete(self, request: Request, slug: str) -> Response:
        """Delete the product with its image and the images that were uploaded to it.

        Those that another object has too, or that were attached from the library, stay there.
        """
        delete_with_belongings(
            obj=self.product,
            organization=self.product.organization,
            may_delete=self.may_delete,
            precondition=self.unchanged(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class SingleImageView(UploadThrottleMixin, RefusedFilesMixin, ProductMixin):
    """Where the single image of a product is uploaded."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="product_upload_image",
        request=form_with(SingleImageSerializer, files="image"),
        responses=ProductSerializer,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Upload the image, or replace it: JPEG, PNG or WebP of at most 5 MB."""
        return self._store(request)

    @extend_schema(
        operation_id="product_replace_image",
        request=form_with(SingleImageSerializer, files="image"),
        responses=ProductSerializer,
    )
    def put(self, request: Request, slug: str) -> Response:
        """Do the same."""
        return self._store(request)

    def _store(self, request: Request) -> Response:
        serializer = SingleImageSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        upload = serializer.validated_data["image"]
        set_image(instance=self.product, upload=upload, precondition=self.unchanged())
        return self.answer()


class SingleImageDeletionView(ProductMixin):
    """Where the single image of a product is deleted."""

    @extend_schema(
        operation_id="product_delete_image",
        responses={204: OpenApiResponse(description="There is none.")},
    )
    def delete(self, request: Request, slug: str) -> Response:
        """Delete the image; one that is not there is what was asked for."""
        clear_image(instance=self.product, precondition=self.unchanged())
        return Response(status=status.HTTP_204_NO_CONTENT)
