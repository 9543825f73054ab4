"""The admin of organisations, with their members inline: staff see and change only their own.

The classes of Django's admin and forms take no type parameters at run time, only in their stubs.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Model, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest

from orgs.exceptions import LastOwner
from orgs.models import Membership, Organization
from orgs.tenancy import access_to, has_owner


class MembershipFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """The members of one organisation, one owner at least."""

    def clean(self) -> None:
        """Refuse to leave an organisation without an owner."""
        super().clean()
        if any(self.errors):
            return
        kept = [form for form in self.forms if form not in self.deleted_forms]
        if not has_owner(form.cleaned_data.get("role", "") for form in kept):
            raise ValidationError(LastOwner.message, code=LastOwner.code)


class OwnersOnly(admin.options.BaseModelAdmin):  # type: ignore[type-arg]
    """Let staff change and delete what they own; the object is always an organisation."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask for Django's permission and for ownership."""
        return super().has_change_permission(request, obj) and _can_own(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask for Django's permission and for ownership."""
        return super().has_delete_permission(request, obj) and _can_own(request, obj)


class MembershipInline(OwnersOnly, admin.TabularInline):  # type: ignore[type-arg]
    """Members and roles within their organisation."""

    model = Membership
    formset = MembershipFormSet
    autocomplete_fields = ("user",)
    extra = 0
    min_num = 1

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask for Django's permission and for ownership."""
        return super().has_add_permission(request, obj) and _can_own(request, obj)


@admin.register(Organization)
class OrganizationAdmin(OwnersOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Organisations by name."""

    list_display = ("name", "slug", "member_count", "created_at")
    search_fields = ("name", "slug")
    inlines = (MembershipInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        """Return the organisations of this member of staff; all of them for a superuser."""
        organizations = Organization.objects.visible_to(request.user)
        return organizations.annotate(member_count=Count("memberships"))

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Organization | None:
        """Lock the organisation while its members are changed, as the services do."""
        organization = super().get_object(request, object_id, from_field)
        if organization is not None and request.method == "POST":
            Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        return organization

    def get_readonly_fields(
        self, request: HttpRequest, obj: Organization | None = None
    ) -> tuple[str, ...]:
        """Keep the slug once it is public: URLs hold it."""
        return ("slug",) if obj else ()

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Organization | None = None
    ) -> dict[str, Sequence[str]]:
        """Derive the slug of a new organisation from its name."""
        return {} if obj else {"slug": ("name",)}

    @admin.display(ordering="member_count", description="members")
    def member_count(self, organization: Any) -> int:
        """Return how many members there are."""
        count: int = organization.member_count
        return count


def _can_own(request: HttpRequest, organization: Model | None) -> bool:
    if not isinstance(organization, Organization):
        return True
    return access_to(request.user, organization.slug).can_own
