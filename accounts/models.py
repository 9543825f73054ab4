"""The user: a person who logs in with an e-mail address."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.constraints import BaseConstraint
from django.db.models.functions import Lower
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    """Create users, and find them by e-mail address whatever its case."""

    def get_by_natural_key(self, email: str | None) -> "User":
        """Return the user with this e-mail address, in any case.

        Raises:
            User.DoesNotExist: there is none.
        """
        # The database lowers both sides, as it does for the unique index that answers this.
        wanted = Lower(models.Value(email or ""))
        return self.alias(lower_email=Lower("email")).get(lower_email=wanted)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Store a new user; without a password they cannot log in with one."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
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
