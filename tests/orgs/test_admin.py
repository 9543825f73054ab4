"""The admin of organisations: staff see and change only what they own."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from orgs.models import Membership, Organization, Role
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory

URL = "/admin/orgs/organization/"

pytestmark = pytest.mark.django_db


def staff_client(user: User) -> Client:
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="orgs"))
    client = Client()
    client.force_login(user)
    return client


def form_of(
    organization: Organization | None, *rows: dict[str, Any], name: str = "New"
) -> dict[str, Any]:
    """Return what the change form posts, one row for each membership."""
    kept = [row for row in rows if "id" in row]
    form: dict[str, Any] = {
        "name": name,
        "slug": "new",
        "memberships-TOTAL_FORMS": len(rows),
        "memberships-INITIAL_FORMS": len(kept),
    }
    for index, row in enumerate(rows):
        form |= {f"memberships-{index}-{field}": value for field, value in row.items()}
        if organization is not None:
            form[f"memberships-{index}-organization"] = organization.pk
    return form


def row_of(membership: Membership, **changes: Any) -> dict[str, Any]:
    row = {"id": membership.pk, "user": membership.user.pk, "role": membership.role}
    return {**row, **changes}


def test_superuser__sees_all_and_creates_one_with_an_owner() -> None:
    OrganizationFactory.create(name="Acme")
    client = staff_client(UserFactory.create(is_superuser=True))
    user = UserFactory.create()

    assert "Acme" in client.get(URL).content.decode()
    assert client.get(f"{URL}add/").status_code == 200
    response = client.post(f"{URL}add/", form_of(None, {"user": user.pk, "role": "owner"}))

    assert response.status_code == 302
    assert Membership.objects.get().organization.slug == "new"


@pytest.mark.parametrize("rows", [[], [{"role": "admin"}]], ids=["no member", "no owner"])
def test_organization__without_an_owner_is_refused(rows: list[dict[str, Any]]) -> None:
    client = staff_client(UserFactory.create(is_superuser=True))
    rows = [{**row, "user": UserFactory.create().pk} for row in rows]
    response = client.post(f"{URL}add/", form_of(None, *rows))

    assert response.status_code == 200
    assert not Organization.objects.exists()


@pytest.mark.parametrize("changes", [{"role": "viewer"}, {"DELETE": "on"}])
def test_last_owner__cannot_be_taken_away(changes: dict[str, str]) -> None:
    owner = MembershipFactory.create(role=Role.OWNER)
    viewer = MembershipFactory.create(organization=owner.organization, role=Role.VIEWER)
    client = staff_client(UserFactory.create(is_superuser=True))
    form = form_of(owner.organization, row_of(owner, **changes), row_of(viewer))
    response = client.post(f"{URL}{owner.organization.pk}/change/", form)

    assert response.status_code == 200
    assert "last owner" in response.content.decode()
    owner.refresh_from_db()
    assert owner.role == "owner"


def test_owner_on_the_staff__changes_their_own_and_keeps_the_slug() -> None:
    owner = MembershipFactory.create(role=Role.OWNER, organization__slug="acme")
    viewer = MembershipFactory.create(organization=owner.organization, role=Role.VIEWER)
    client = staff_client(owner.user)
    form = form_of(owner.organization, row_of(owner), row_of(viewer, role="admin"))
    response = client.post(f"{URL}{owner.organization.pk}/change/", form)

    assert response.status_code == 302
    viewer.refresh_from_db()
    assert viewer.role == "admin"
    assert (viewer.organization.name, viewer.organization.slug) == ("New", "acme")


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER, Role.VIEWER])
def test_staff__cannot_change_what_they_do_not_own(role: Role) -> None:
    membership = MembershipFactory.create(role=role)
    owner = MembershipFactory.create(organization=membership.organization, role=Role.OWNER)
    client = staff_client(membership.user)
    url = f"{URL}{membership.organization.pk}/"
    form = form_of(owner.organization, row_of(owner), row_of(membership, role="owner"))

    assert client.get(f"{url}change/").status_code == 200  # to read
    assert client.post(f"{url}change/", form).status_code == 403
    assert client.post(f"{url}delete/", {"post": "yes"}).status_code == 403


def test_staff__cannot_see_other_organizations() -> None:
    foreign = MembershipFactory.create(organization__name="Foreign", role=Role.OWNER)
    client = staff_client(MembershipFactory.create(role=Role.OWNER).user)

    assert "Foreign" not in client.get(URL).content.decode()
    response = client.get(f"{URL}{foreign.organization.pk}/change/")
    assert response.status_code == 302  # to the index, with a message
    assert "Foreign" not in client.get(response["Location"]).content.decode()
