"""Where organisations answer, below `/api/v1/`."""

from django.urls import path

from orgs.views import (
    MemberDetailView,
    MemberListView,
    OrganizationDetailView,
    OrganizationListView,
)

urlpatterns = [
    path("orgs/", OrganizationListView.as_view(), name="organization-list"),
    # str and not slug: what is not a slug gets the 404 of a missing organisation, from one place.
    path("orgs/<str:slug>/", OrganizationDetailView.as_view(), name="organization-detail"),
    path("orgs/<str:slug>/members/", MemberListView.as_view(), name="member-list"),
    path(
        "orgs/<str:slug>/members/<int:membership_id>/",
        MemberDetailView.as_view(),
        name="member-detail",
    ),
]
