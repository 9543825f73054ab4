"""What can go wrong with organisations and members; every failure has a stable `code`."""

from typing import ClassVar


class OrganizationError(Exception):
    """Carry a stable `code` for programs and a `message` for people."""

    code: ClassVar[str] = "error"
    message: ClassVar[str] = "The request could not be carried out."

    def __init__(self) -> None:
        super().__init__(self.message)


class NotAllowed(OrganizationError):
    """The role of the acting user does not reach this far."""

    code = "permission_denied"
    message = "Your role in this organisation does not allow this."


class InvalidInput(OrganizationError):
    """One `field` of the input cannot be used."""

    field: ClassVar[str]


class SlugRequired(InvalidInput):
    """The name has no letter that a slug could be made of."""

    field = "slug"
    code = "required"
    message = "No slug can be derived from this name: send one."


class SlugTaken(InvalidInput):
    """Another organisation has this slug."""

    field = "slug"
    code = "unique"
    message = "This slug is taken: send another one."


class UnknownUser(InvalidInput):
    """Nobody active has this e-mail address."""

    field = "email"
    code = "unknown_user"
    message = "No active user has this e-mail address."


class Conflict(OrganizationError):
    """The input is fine and the present state forbids it."""


class AlreadyMember(Conflict):
    """The user has a role in the organisation."""

    code = "already_member"
    message = "This user is already a member of the organisation."


class LastOwner(Conflict):
    """Without this owner nobody could manage the organisation."""

    code = "last_owner"
    message = "The last owner cannot leave or step down: make somebody else an owner first."
