"""Make the objects that tests start from; what a test depends on, it says itself."""

from typing import Any

from django.utils.text import slugify
from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from accounts.models import MAX_REFERENCE_IMAGES, ReferenceImage, User
from catalog.models import Product
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


class ReferenceImageFactory(DjangoModelFactory[ReferenceImage]):
    """A row without files: for lists and rules, where nobody looks at the picture."""

    class Meta:
        model = ReferenceImage

    user = SubFactory(UserFactory)
    order = Sequence(lambda number: number % MAX_REFERENCE_IMAGES)
    image = Sequence(lambda number: f"reference-images/2026/11/21/{number}.jpg")
    image_width = 40
    image_height = 30

    @classmethod
    def _create(
        cls, model_class: type[ReferenceImage], *args: Any, **fields: Any
    ) -> ReferenceImage:
        """Insert it past `save()`, which asks the ledger for the file."""
        made = model_class(*args, **fields)
        model_class.objects.bulk_create([made])
        return made


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


class ProductFactory(DjangoModelFactory[Product]):
    """A product without pictures."""

    class Meta:
        model = Product

    organization = SubFactory(OrganizationFactory)
    name = Sequence(lambda number: f"Product {number}")
    slug = LazyAttribute(lambda product: slugify(product.name))
