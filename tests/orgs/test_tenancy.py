"""Who may see and write what, asked without HTTP."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models import Count
from pytest_django import DjangoAssertNumQueries

from orgs.models import Membership, Organization, Role, Viewer
from orgs.tenancy import Access, access_to
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db

RIGHTS = {
    #            read  write  manage own
    Role.OWNER: (True, True, True, True),
    Role.ADMIN: (True, True, True, False),
    Role.MEMBER: (True, True, False, False),
    Role.VIEWER: (True, False, False, False),
    None: (False, False, False, False),
}


def rights_of(access: Access) -> tuple[bool, ...]:
    return (access.can_read, access.can_write, access.can_manage, access.can_own)


@pytest.mark.parametrize("role", RIGHTS)
def test_access__by_role(role: Role | None) -> None:
    access = Access(organization=Organization(), role=role, is_superuser=False)

    assert rights_of(access) == RIGHTS[role]


@pytest.mark.parametrize("role", RIGHTS)
def test_access__of_a_superuser_whatever_the_role(role: Role | None) -> None:
    access = Access(organization=Organization(), role=role, is_superuser=True)

    assert rights_of(access) == (True, True, True, True)


@pytest.mark.parametrize("role", Role)
def test_access_to__a_member(django_assert_num_queries: DjangoAssertNumQueries, role: Role) -> None:
    membership = MembershipFactory.create(role=role)
    MembershipFactory.create(organization=membership.organization, role=Role.OWNER)
    MembershipFactory.create(user=membership.user, role=Role.OWNER)
    with django_assert_num_queries(1):
        access = access_to(membership.user, membership.organization.slug)

    assert access == Access(membership.organization, role, is_superuser=False)


def test_access_to__a_superuser_without_a_role(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    organization = OrganizationFactory.create()
    superuser = UserFactory.create(is_superuser=True)
    with django_assert_num_queries(1):
        access = access_to(superuser, organization.slug)

    assert access == Access(organization, None, is_superuser=True)


@pytest.mark.parametrize("who", ["outsider", "inactive", "inactive superuser", "anonymous"])
def test_access_to__what_is_not_theirs(who: str) -> None:
    organization = OrganizationFactory.create()
    inactive = MembershipFactory.create(
        organization=organization, role=Role.OWNER, user__is_active=False
    ).user
    users: dict[str, Viewer] = {
        "outsider": MembershipFactory.create().user,
        "inactive": inactive,
        "inactive superuser": UserFactory.create(is_superuser=True, is_active=False),
        "anonymous": AnonymousUser(),
    }
    user = users[who]

    with pytest.raises(Organization.DoesNotExist):
        access_to(user, organization.slug)
    assert not Organization.objects.visible_to(user).filter(pk=organization.pk).exists()


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "nope",
        "ACME",
        "acme\x00",
        "\x00",
        "acme\n",
        " acme",
        "ac\ud800me",
        "a" * 65,
        "a" * 10**5,
        "../acme",
        "acme/",
        "%",
        "acm%",
        "acme' OR '1'='1",
        "ácme",
        "\uff11",
    ],
)
def test_access_to__a_slug_that_cannot_be_or_is_missing(slug: str) -> None:
    membership = MembershipFactory.create(organization__slug="acme")

    with pytest.raises(Organization.DoesNotExist):
        access_to(membership.user, slug)


def test_visible_to__counts_and_chains_after_it() -> None:
    membership = MembershipFactory.create(role=Role.VIEWER)
    MembershipFactory.create_batch(2, organization=membership.organization)
    MembershipFactory.create()
    user = membership.user

    organizations = Organization.objects.visible_to(user).with_role_of(user)
    rows = organizations.annotate(members=Count("memberships")).values_list("role", "members")

    assert list(rows) == [("viewer", 3)]


def test_visible_to__a_superuser() -> None:
    OrganizationFactory.create_batch(2)

    assert Organization.objects.visible_to(UserFactory.create(is_superuser=True)).count() == 2


@pytest.mark.parametrize("slug", ["Acme", "-acme", "ac me", "", "acme\n"])
def test_slug__that_the_database_refuses(slug: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Organization.objects.create(name="Acme", slug=slug)


def test_role__that_the_database_refuses() -> None:
    membership = MembershipFactory.create()

    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.update(role="king")
    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipFactory.create(organization=membership.organization, user=membership.user)
