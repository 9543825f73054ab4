"""The admin of users: Django's own, with an e-mail address in place of the user name.

The classes of Django's admin and forms take no type parameters at run time, only in their stubs.
"""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.http import HttpRequest

from accounts.admin.reference_images import ReferenceImageInline
from accounts.models import User
from gallery.admin.saving import FilesFirstMixin

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class UserCreateForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """A new user with an e-mail address and a password."""

    class Meta:
        model = User
        fields = ("email", "name")


class UserEditForm(UserChangeForm):  # type: ignore[type-arg]
    """A user's own facts and rights."""

    class Meta:
        model = User
        fields = ("email", "name", "password", "is_active", *RIGHTS)


@admin.register(User)
class UserAdmin(FilesFirstMixin, DjangoUserAdmin):  # type: ignore[type-arg]
    """Users by e-mail address; only superusers hand out rights or change other superusers."""

    form = UserEditForm
    inlines = [ReferenceImageInline]
    add_form = UserCreateForm
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Rights", {"fields": ("is_active", *RIGHTS)}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),
    )

    def get_inlines(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        """Show reference images when there is a user to have them."""
        return list(self.inlines) if obj else []

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Keep staff who may edit users from making superusers of themselves."""
        is_superuser = bool(getattr(request.user, "is_superuser", False))
        return self.readonly_fields if is_superuser else (*self.readonly_fields, *RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Keep other staff from taking over a superuser by changing their password."""
        return super().has_change_permission(request, obj) and _outranks(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Keep other staff from deleting a superuser."""
        return super().has_delete_permission(request, obj) and _outranks(request, obj)


def _outranks(request: HttpRequest, user: Any) -> bool:
    return user is None or not user.is_superuser or bool(getattr(request.user, "is_superuser", 0))
