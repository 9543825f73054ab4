"""The user: a person who logs in with an e-mail address, and their reference images."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.constraints import BaseConstraint
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.events import failures_reported
from gallery.exceptions import GalleryError
from gallery.models import ImageMixin, MediaFile
from orgs.models import Viewer

MAX_REFERENCE_IMAGES = 5


class UserManager(BaseUserManager["User"]):
    """Create users, and find them by e-mail address whatever its case."""

    def get_by_natural_key(self, email: str | None) -> User:
        """Return the user with this e-mail address, in any case.

        Raises:
            User.DoesNotExist: there is none.
        """
        # The database lowers both sides, as it does for the unique index that answers this.
        wanted = Lower(models.Value(email or ""))
        return self.alias(lower_email=Lower("email")).get(lower_email=wanted)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Store a new user; without a password they cannot log in with one."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Store a new user who may do everything."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an e-mail address to log in with and a name to be shown by."""

    # unique says it of the exact text, which Django asks of the field people log in with; the
    # constraint below says it of every spelling.
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=150, blank=True)
    is_staff = models.BooleanField(
        "staff status", default=False, help_text="May log in to this admin site."
    )
    is_active = models.BooleanField(
        "active",
        default=True,
        help_text="Take this away instead of deleting the user. Their tokens stop working at once.",
    )
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering: ClassVar[list[str]] = ["email"]
        constraints: ClassVar[list[BaseConstraint]] = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique_in_any_case",
                violation_error_message="A user with this e-mail address already exists.",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        """Store the domain in lower case, where case never means anything."""
        super().clean()
        self.email = type(self).objects.normalize_email(self.email)

    def get_full_name(self) -> str:
        """Return how to show this person."""
        return self.name or self.email

    def get_short_name(self) -> str:
        """Return how the admin greets this person."""
        return self.get_full_name()


class ReferenceImage(ImageMixin):
    """One of the few pictures of a user, in a slot of its own, for nobody's eyes but theirs."""

    rendition_set = "reference"
    key_prefix = "reference-images"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reference_images")
    name = models.CharField(max_length=100, blank=True)
    order = models.PositiveSmallIntegerField(help_text="Its slot, 0 to 4.")
    # Databases look at each row of a statement by itself, and SQLite at no other time: without this
    # two rows could not exchange their slots.
    is_moving = models.BooleanField(
        default=False,
        editable=False,
        help_text="Its slot counts for nobody: within the transaction that exchanges slots only.",
    )
    upload_id = models.CharField(
        max_length=40,
        null=True,
        blank=True,
        unique=True,
        editable=False,
        help_text="The request that brought it, so that it is not brought twice.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(ImageMixin.Meta):
        ordering: ClassVar[list[str]] = ["order"]
        constraints: ClassVar[list[BaseConstraint]] = [
            *ImageMixin.Meta.constraints,
            models.CheckConstraint(
                condition=Q(order__gte=0, order__lt=MAX_REFERENCE_IMAGES),
                name="reference_image_order_in_range",
            ),
            # With the range above, this also keeps a sixth one out.
            models.UniqueConstraint(
                fields=["user", "order"],
                condition=Q(is_moving=False),
                name="reference_image_order_unique",
                violation_error_message="Another reference image is in this slot.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"Reference image {self.order}"

    def media_visibility(self) -> str:
        """Keep the files from everybody but `private_to`."""
        return MediaFile.Visibility.PRIVATE

    @classmethod
    def private_to(cls, user: Viewer) -> models.QuerySet[Self]:
        """Return the user's own: no superuser sees those of others."""
        return cls._base_manager.filter(user=user.pk)

    def store_assigned_file(self) -> bool:
        """Store an upload that was assigned and not saved yet, as everywhere; report a failure."""
        with failures_reported("store", (GalleryError,), user=self.user_id, id=self.pk):
            return super().store_assigned_file()
