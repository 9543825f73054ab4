"""The REST endpoints of organisations and members: translate HTTP into services and back."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.throttling import BaseThrottle

from orgs.conditional import ConditionalMixin
from orgs.models import Membership, Organization
from orgs.permissions import OrganizationErrorsMixin, OrganizationScopedMixin, acting_user
from orgs.preconditions import Precondition
from orgs.responses import LOCATION, created
from orgs.serializers import (
    MemberCreateSerializer,
    MemberSerializer,
    MemberUpdateSerializer,
    OrganizationCreateSerializer,
    OrganizationSerializer,
    OrganizationUpdateSerializer,
)
from orgs.services import (
    add_member,
    change_role,
    create_organization,
    remove_member,
    rename_organization,
)
from orgs.tenancy import access_to
from orgs.throttling import MemberCreateThrottle


class OrganizationListView(OrganizationErrorsMixin, ListModelMixin, GenericAPIView[Organization]):
    """The organisations of the user."""

    queryset = Organization.objects.none()
    serializer_class = OrganizationSerializer

    def get_queryset(self) -> QuerySet[Organization]:
        """Return what the user is a member of, with their role."""
        user = self.request.user
        return Organization.objects.visible_to(user).with_role_of(user)

    def get(self, request: Request) -> Response:
        """List the organisations you are a member of."""
        return self.list(request)

    @extend_schema(
        request=OrganizationCreateSerializer,
        responses={201: OrganizationSerializer},
        parameters=[LOCATION],
    )
    def post(self, request: Request) -> Response:
        """Create an organisation and become its owner."""
        serializer = OrganizationCreateSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        organization = create_organization(owner=acting_user(request), **serializer.validated_data)
        access = access_to(request.user, organization.slug)
        return created(
            OrganizationSerializer(access.organization).data,
            at=reverse("organization-detail", args=[organization.slug], request=request),
        )


class OrganizationDetailView(ConditionalMixin, OrganizationScopedMixin):
    """One organisation."""

    rights = {"PATCH": "can_manage"}

    @extend_schema(responses=OrganizationSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Read an organisation."""
        return Response(OrganizationSerializer(self.access.organization).data)

    @extend_schema(request=OrganizationUpdateSerializer, responses=OrganizationSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        """Rename an organisation: admins and owners. The slug stays."""
        organization = self.access.organization
        serializer = OrganizationUpdateSerializer(organization, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        unchanged = self.precondition(
            lambda: OrganizationSerializer(access_to(request.user, slug).organization).data
        )
        if serializer.validated_data:
            organization = rename_organization(
                actor=acting_user(request),
                organization=organization,
                precondition=unchanged,
                **serializer.validated_data,
            )
        else:
            unchanged()
        return Response(OrganizationSerializer(organization).data)


class MemberListView(OrganizationScopedMixin, ListModelMixin, GenericAPIView[Membership]):
    """The members of one organisation."""

    queryset = Membership.objects.none()
    serializer_class = MemberSerializer
    rights = {"POST": "can_manage"}

    def get_throttles(self) -> list[BaseThrottle]:
        """Count new members apart from everything else."""
        return [*super().get_throttles(), MemberCreateThrottle()]

    def get_queryset(self) -> QuerySet[Membership]:
        """Return the members in order of joining."""
        return self.access.organization.memberships.select_related("user")

    def get(self, request: Request, slug: str) -> Response:
        """List the members of an organisation."""
        return self.list(request)

    @extend_schema(
        request=MemberCreateSerializer,
        responses={
            201: MemberSerializer,
            409: OpenApiResponse(description="`already_member`"),
        },
        parameters=[LOCATION],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Add an existing user by e-mail address: admins and owners; only owners add owners.

        An address without an active account is a 400 with the code `unknown_user`.
        """
        serializer = MemberCreateSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        membership = add_member(
            actor=acting_user(request),
            organization=self.access.organization,
            **serializer.validated_data,
        )
        return created(
            MemberSerializer(membership).data,
            at=reverse("member-detail", args=[slug, membership.pk], request=request),
        )


class MemberDetailView(ConditionalMixin, OrganizationScopedMixin):
    """One member of one organisation."""

    # Whose role may be changed depends on it, and everybody may leave: the services say so.
    rights = {"PATCH": "can_manage", "DELETE": "can_read"}

    membership: Membership

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Look the member up within the organisation only."""
        super().initial(request, *args, **kwargs)
        members = self.access.organization.memberships.select_related("user")
        self.membership = members.get(pk=kwargs["membership_id"])

    @extend_schema(
        request=MemberUpdateSerializer,
        responses={
            200: MemberSerializer,
            409: OpenApiResponse(description="`last_owner`"),
        },
    )
    def patch(self, request: Request, slug: str, membership_id: int) -> Response:
        """Change a member's role: admins and owners; owners are changed by owners only."""
        self.require(self.access.can_manage_role(self.membership.role))
        serializer = MemberUpdateSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        membership = self.membership
        if serializer.validated_data:
            membership = change_role(
                actor=acting_user(request),
                membership=membership,
                precondition=self._unchanged(),
                **serializer.validated_data,
            )
        else:
            self._unchanged()()
        return Response(MemberSerializer(membership).data)

    @extend_schema(
        responses={204: None, 409: OpenApiResponse(description="`last_owner`")},
    )
    def delete(self, request: Request, slug: str, membership_id: int) -> Response:
        """Remove a member, or leave: everybody may remove themself."""
        remove_member(
            actor=acting_user(request),
            membership=self.membership,
            precondition=self._unchanged(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _unchanged(self) -> Precondition:
        members = Membership.objects.select_related("user")
        return self.precondition(lambda: MemberSerializer(members.get(pk=self.membership.pk)).data)
