"""What `import_images` is told: which field, whose images, attached to what, described by what."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import FieldDoesNotExist
from django.core.management.base import CommandError, CommandParser
from django.db import models
from django.db.models.constants import LOOKUP_SEP

from gallery.management.backfilling import organization_named
from gallery.models import Image
from gallery.registry import Attachable, attachable_of, leads_to
from gallery.services.import_rows import Plan
from orgs.models import Organization

_TEXTS = ("title", "alt_text", "description")


def add_what(parser: CommandParser) -> None:
    """Declare the options that say what is imported and what becomes of it."""
    parser.add_argument(
        "field",
        metavar="APP.MODEL.FIELD",
        help="The field whose files are imported: Django's ImageField or FileField, or "
        "versatileimagefield's with its focal points.",
    )
    _add_places(parser)
    for option, name in (("title", "title"), ("alt", "alt text"), ("description", "description")):
        parser.add_argument(
            f"--{option}-field", metavar="PATH", help=f"The field that holds the {name}."
        )
    parser.add_argument("--creator", metavar="EMAIL", help="The user who brings them.")
    parser.add_argument(
        "--visibility", choices=Image.Visibility.values, default="public", help="Who may see them."
    )


def _add_places(parser: CommandParser) -> None:
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument(
        "--organization", metavar="SLUG", help="All become images of this organisation."
    )
    whose.add_argument(
        "--organization-path",
        metavar="PATH",
        help="The fields that lead from a row to its organisation, like shop__organization. "
        "Without either option that of the object they are attached to, else the row's own "
        "'organization'.",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--attach", action="store_true", help="Attach each to its row, which has a gallery."
    )
    where.add_argument(
        "--attach-to",
        metavar="PATH",
        help="Attach each to the object that these fields lead to, like product.",
    )
    parser.add_argument(
        "--order-by",
        metavar="FIELD",
        action="append",
        default=[],
        help="In which order they are attached, like position or -created; by primary key unless "
        "given. May be given several times.",
    )


def plan_of(options: dict[str, Any]) -> Plan:
    """Return what the options say.

    Raises:
        CommandError: they name something that there isn't.
    """
    model, files = _file_field(options["field"])
    target_path = "pk" if options["attach"] else options["attach_to"] or ""
    target = _attachable(model, target_path) if target_path else None
    slug, path = options["organization"], options["organization_path"]
    if not slug and not path and not target:
        path = "organization"
        if not leads_to(model, path, Organization):
            raise CommandError(
                "Say whose images they become: --organization or --organization-path."
            )
    if path and _end_of(model, path) is not Organization:
        raise CommandError(f"'{path}' does not lead from {model._meta.label} to an organisation.")
    paths = (options["title_field"], options["alt_field"], options["description_field"])
    texts = {name: path for name, path in zip(_TEXTS, paths, strict=True) if path}
    for each in [*texts.values(), *(name.removeprefix("-") for name in options["order_by"])]:
        _end_of(model, each)
    return Plan(
        model=model,
        field=files,
        organization=organization_named(slug) if slug else None,
        organization_path=path or "",
        target=target,
        target_path=target_path,
        creator=_user(options["creator"]) if options["creator"] else None,
        visibility=options["visibility"],
        texts=texts,
        order=tuple(options["order_by"]),
    )


def _file_field(name: str) -> tuple[type[models.Model], models.FileField]:
    try:
        app_label, model_name, field_name = name.split(".")
        model = apps.get_model(app_label, model_name)
        found = model._meta.get_field(field_name)
    except (ValueError, LookupError, FieldDoesNotExist) as error:
        raise CommandError(f"There is no model field '{name}'.") from error
    if not isinstance(found, models.FileField):
        raise CommandError(f"'{name}' is no field of files.")
    if found.model is Image:
        raise CommandError("These are images of the library already.")
    return model, found


def _attachable(model: type[models.Model], path: str) -> Attachable:
    end = model if path == "pk" else _end_of(model, path)
    attachable = attachable_of(end) if end else None
    if attachable is None:
        label = end._meta.label if end else f"What '{path}' leads to"
        raise CommandError(f"{label} has no gallery: see gallery.register().")
    return attachable


def _end_of(model: type[models.Model], path: str) -> type[models.Model] | None:
    """Return the model that a path of fields ends at; None where it ends at a value.

    Raises:
        CommandError: there are no such fields, or one leads to many objects.
    """
    current: Any = model
    if path == "pk":
        return model
    for name in path.split(LOOKUP_SEP):
        try:
            found = current._meta.get_field(name)
        except (FieldDoesNotExist, AttributeError) as error:
            raise CommandError(f"{model._meta.label} has no '{path}'.") from error
        if found.one_to_many or found.many_to_many:
            raise CommandError(f"'{path}' leads from {model._meta.label} to many objects.")
        current = found.related_model
    end: type[models.Model] | None = current
    return end


def _user(email: str) -> AbstractBaseUser:
    model = get_user_model()
    try:
        return model._default_manager.get_by_natural_key(email)
    except model.DoesNotExist as error:
        raise CommandError(f"There is no user '{email}'.") from error
