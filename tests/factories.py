"""Make the objects that tests start from; what a test depends on, it says itself."""

from typing import Any

from django.utils.text import slugify
from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from accounts.models import User
from orgs.models import Membership, Organization, Role

PASSWORD = "correct horse battery staple"


class UserFactory(DjangoModelFactory[User]):
    """An active user who can log in with `PASSWORD`."""

    class Meta:
        model = User

    email = Sequence(lambda number: f"user{number}@example.com")
    name = Sequence(lambda number: f"User {number}")
    password = PASSWORD

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        """Go through the manager, which hashes the password."""
        return model_class.objects.create_user(*args, **fields)


class OrganizationFactory(DjangoModelFactory[Organization]):
    """An organisation without members."""

    class Meta:
        model = Organization

    name = Sequence(lambda number: f"Organisation {number}")
    slug = LazyAttribute(lambda organization: slugify(organization.name))


class MembershipFactory(DjangoModelFactory[Membership]):
    """A new user's place in a new organisation, unless given."""

    class Meta:
        model = Membership

    organization = SubFactory(OrganizationFactory)
    user = SubFactory(UserFactory)
    role = Role.MEMBER
