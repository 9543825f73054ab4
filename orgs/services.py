"""Change organisations and their members: every verb is atomic and checks the actor's role.

Changes to members are decided under a row lock on the organisation, and the actor's own role is
read again under it: the role that a view saw may be gone by the time the lock is granted.
"""

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from orgs import preconditions
from orgs.exceptions import (
    AlreadyMember,
    LastOwner,
    NotAllowed,
    SlugRequired,
    SlugTaken,
    UnknownUser,
)
from orgs.models import MAX_SLUG_LENGTH, Membership, Organization, Role
from orgs.preconditions import Precondition
from orgs.tenancy import Access, access_to, is_last_owner


@transaction.atomic
def create_organization(
    *, owner: AbstractBaseUser, name: str, slug: str | None = None
) -> Organization:
    """Create an organisation owned by `owner`; without a slug, one is made from the name.

    Raises:
        SlugRequired: the name has no letters or digits that a slug could be made of.
        SlugTaken: another organisation has the slug.
    """
    slug = slug or slugify(name)[:MAX_SLUG_LENGTH].strip("-_")
    if not slug:
        raise SlugRequired
    try:
        with transaction.atomic():
            organization = Organization.objects.create(name=name, slug=slug)
    except IntegrityError as error:
        if Organization.objects.filter(slug=slug).exists():
            raise SlugTaken from error
        raise
    Membership.objects.create(organization=organization, user_id=owner.pk, role=Role.OWNER)
    return organization


@transaction.atomic
def rename_organization(
    *,
    actor: AbstractBaseUser,
    organization: Organization,
    name: str,
    precondition: Precondition = preconditions.none,
) -> Organization:
    """Give the organisation another name; its slug, and so every URL, stays.

    Raises:
        NotAllowed: the actor does not manage the organisation.
    """
    access = _lock(organization, actor)
    if not access.can_manage:
        raise NotAllowed
    precondition()
    access.organization.name = name
    access.organization.save(update_fields=["name"])
    return access.organization


@transaction.atomic
def add_member(
    *, actor: AbstractBaseUser, organization: Organization, email: str, role: Role
) -> Membership:
    """Make the active user with this e-mail address a member.

    There are no invitations, so the manager must learn whether the address has an account: this
    tells anybody who created an organisation, one address at a time. Inactive users count as
    unknown, and the view limits the rate.

    Raises:
        NotAllowed: the actor may not give this role.
        UnknownUser: nobody active has this address.
        AlreadyMember: the user has a role here.
    """
    access = _lock(organization, actor)
    if not access.can_manage_role(role):
        raise NotAllowed
    user = _active_user(email)
    membership, is_created = Membership.objects.get_or_create(
        organization=organization, user_id=user.pk, defaults={"role": role}
    )
    if not is_created:
        raise AlreadyMember
    return membership


@transaction.atomic
def change_role(
    *,
    actor: AbstractBaseUser,
    membership: Membership,
    role: Role,
    precondition: Precondition = preconditions.none,
) -> Membership:
    """Give a member another role.

    Raises:
        NotAllowed: the actor may not give this role, or not take away the present one.
        LastOwner: nobody would own the organisation any more.
        Membership.DoesNotExist: the member has left meanwhile.
    """
    access = _lock(membership.organization, actor)
    current = _reread(membership)
    if not (access.can_manage_role(current.role) and access.can_manage_role(role)):
        raise NotAllowed
    precondition()
    if role != current.role and is_last_owner(current):
        raise LastOwner
    current.role = role
    current.save(update_fields=["role"])
    return current


@transaction.atomic
def remove_member(
    *,
    actor: AbstractBaseUser,
    membership: Membership,
    precondition: Precondition = preconditions.none,
) -> None:
    """Remove a member; everybody may remove themself, which is leaving.

    Raises:
        NotAllowed: the actor may not remove a member of this role.
        LastOwner: nobody would own the organisation any more.
        Membership.DoesNotExist: the member has left meanwhile.
    """
    access = _lock(membership.organization, actor)
    current = _reread(membership)
    if current.user_id != actor.pk and not access.can_manage_role(current.role):
        raise NotAllowed
    precondition()
    if is_last_owner(current):
        raise LastOwner
    current.delete()


def _lock(organization: Organization, actor: AbstractBaseUser) -> Access:
    """Lock the organisation, then read what `actor` may do in it.

    Two statements on purpose: a statement that waited for a lock still sees the memberships as they
    were when it began.
    """
    # No key: uploads that only refer to the organisation need not wait.
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    return access_to(actor, organization.slug)


def _reread(membership: Membership) -> Membership:
    return Membership.objects.select_related("organization", "user").get(pk=membership.pk)


def _active_user(email: str) -> AbstractBaseUser:
    user_model = get_user_model()
    try:
        user = user_model._default_manager.get_by_natural_key(email)
    except user_model.DoesNotExist as error:
        raise UnknownUser from error
    if not user.is_active:
        raise UnknownUser
    return user
