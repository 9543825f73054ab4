"""An organisation always keeps an owner, also when two leave at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.models import User
from orgs.exceptions import NotAllowed
from orgs.models import Membership, Role
from orgs.services import change_role, remove_member
from tests.accounts.clients import client_of, problem_of
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def url_of(membership: Membership) -> str:
    return f"/api/v1/orgs/{membership.organization.slug}/members/{membership.pk}/"


@pytest.fixture
def owner() -> Membership:
    """Return the one owner of an organisation with other members."""
    membership = MembershipFactory.create(role=Role.OWNER)
    MembershipFactory.create(organization=membership.organization, role=Role.ADMIN)
    return membership


def test_last_owner__cannot_leave(owner: Membership) -> None:
    response = client_of(owner.user).delete(url_of(owner))

    assert response.status_code == 409
    assert problem_of(response)["code"] == "last_owner"
    assert Membership.objects.filter(pk=owner.pk).exists()


@pytest.mark.parametrize("role", ["admin", "member", "viewer"])
def test_last_owner__cannot_step_down(owner: Membership, role: str) -> None:
    response = client_of(owner.user).patch(url_of(owner), {"role": role})

    assert response.status_code == 409
    assert problem_of(response)["code"] == "last_owner"
    owner.refresh_from_db()
    assert owner.role == "owner"


def test_last_owner__stays_owner_when_told_so_again(owner: Membership) -> None:
    response = client_of(owner.user).patch(url_of(owner), {"role": "owner"})

    assert response.status_code == 200


def test_last_owner__cannot_be_removed_by_a_superuser(owner: Membership) -> None:
    client = client_of(UserFactory.create(is_superuser=True))

    assert client.delete(url_of(owner)).status_code == 409
    assert client.patch(url_of(owner), {"role": "viewer"}).status_code == 409


def test_last_owner__may_leave_after_handing_over(owner: Membership) -> None:
    MembershipFactory.create(role=Role.OWNER)  # of another organisation: does not count
    client = client_of(owner.user)
    heir = Membership.objects.get(organization=owner.organization, role=Role.ADMIN)

    assert client.patch(url_of(heir), {"role": "owner"}).status_code == 200
    assert client.delete(url_of(owner)).status_code == 204


def test_services__read_the_actors_role_again_under_the_lock(owner: Membership) -> None:
    """What a view read may be old by the time the lock is granted."""
    demoted = MembershipFactory.create(organization=owner.organization, role=Role.OWNER)
    old_view_of_owner = Membership.objects.get(pk=owner.pk)
    change_role(actor=owner.user, membership=demoted, role=Role.MEMBER)

    with pytest.raises(NotAllowed):
        change_role(actor=demoted.user, membership=old_view_of_owner, role=Role.MEMBER)


def test_services__notice_that_a_member_has_left(owner: Membership) -> None:
    gone = MembershipFactory.create(organization=owner.organization)
    old_view = Membership.objects.get(pk=gone.pk)
    gone.delete()

    with pytest.raises(Membership.DoesNotExist):
        remove_member(actor=owner.user, membership=old_view)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_attempt", range(5))
def test_two_owners__leaving_at_once_cannot_both_succeed(_attempt: int) -> None:
    first = MembershipFactory.create(role=Role.OWNER)
    second = MembershipFactory.create(organization=first.organization, role=Role.OWNER)
    barrier = Barrier(2)

    def leave(membership: Membership, user: User) -> int:
        client = client_of(user)
        url = url_of(membership)
        barrier.wait()
        try:
            status: int = client.delete(url).status_code
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        racers = [pool.submit(leave, one, one.user) for one in (first, second)]
        assert sorted(racer.result() for racer in racers) == [204, 409]
    owners = Membership.objects.filter(organization=first.organization, role=Role.OWNER)
    assert owners.count() == 1
