"""What is to be imported: the rows of any model with a file field, and what is known of each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.functions import Cast

from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image, MediaFile, PolymorphicImageRelation
from gallery.registry import Attachable
from gallery.services.former_files import focal_point_in
from orgs.models import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which files are imported, whose images they become, and where these are attached."""

    model: type[models.Model]
    """Whose rows are gone through."""
    field: models.FileField
    """The field of files; with versatileimagefield's, its focal points come along."""
    organization: Organization | None = None
    """Whose they all become."""
    organization_path: str = ""
    """Else the look-up path from a row to its organisation; empty with `target` alone."""
    target: Attachable | None = None
    """The model whose objects they are attached to; None for not at all."""
    target_path: str = "pk"
    """The look-up path from a row to that object; `"pk"` for the row itself."""
    creator: AbstractBaseUser | None = None
    visibility: str = MediaFile.Visibility.PUBLIC
    texts: Mapping[str, str]
    """From fields of `Image` to look-up paths in a row."""
    order: tuple[str, ...] = ()
    """By which fields rows come one after the other; by their keys if empty."""

    def upload_id(self, pk: object, name: str) -> str:
        """Return what the upload of this row's file is called, in every run."""
        place = f"{self.field.model._meta.label_lower}.{self.field.name}:{pk}:{name}"
        # Of 40 characters, and not like those of requests, which begin with a number.
        return f"import-{hashlib.sha256(place.encode()).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class ImportedImage:
    """What there is already of an earlier run."""

    pk: int
    organization_id: int
    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One row with a file, and what is known of it without looking into the storage."""

    pk: Any
    name: str
    """What the field calls the file."""
    point: str | None
    """What the column of the focal point holds."""
    upload_id: str
    organization: Organization | None
    target_id: Any
    texts: dict[str, str]
    image: ImportedImage | None
    is_attached: bool
    """Whether `image` is where it is to be attached; also where nothing is."""

    @property
    def is_done(self) -> bool:
        """Whether an earlier run did everything."""
        return self.image is not None and self.is_attached

    @property
    def focal_point(self) -> FocalPoint:
        """Where crops centre; the middle where nobody can read what the row says."""
        return focal_point_in(self.point) or FocalPoint.CENTER

    @property
    def lost_point(self) -> str:
        """What the row has that is no focal point."""
        return "" if focal_point_in(self.point) else str(self.point)


_Row = dict[str, Any]


def count(plan: Plan) -> tuple[int, int]:
    """Return how many rows there are, and how many of them have a file."""
    return plan.model._base_manager.count(), _with_file(plan).count()


def candidates(plan: Plan, size: int) -> Iterator[list[Candidate]]:
    """Yield rows with a file, `size` at a time, with a constant number of queries each time."""
    for page in _pages(plan, size):
        yield _known(plan, page)


def _with_file(plan: Plan) -> models.QuerySet[Any]:
    name = plan.field.name
    return plan.model._base_manager.exclude(**{name: ""}).exclude(**{name: None})


def _pages(plan: Plan, size: int) -> Iterator[list[_Row]]:
    """Go through the rows without a cursor, which must not be open while others write."""
    rows = _with_file(plan)
    if plan.order:
        # The one thing that grows with the number of rows: their keys.
        pks = list(rows.order_by(*plan.order, "pk").values_list("pk", flat=True))
        for start in range(0, len(pks), size):
            wanted = pks[start : start + size]
            found = {row["pk"]: row for row in _values(plan, rows.filter(pk__in=wanted))}
            yield [found[pk] for pk in wanted if pk in found]
        return
    last: dict[str, Any] = {}
    while page := _values(plan, rows.order_by("pk").filter(**last)[:size]):
        yield page
        last = {"pk__gt": page[-1]["pk"]}


def _values(plan: Plan, rows: models.QuerySet[Any]) -> list[_Row]:
    """Read columns and make no objects: somebody's model may open files, or refuse a value."""
    nothing = models.Value(None, output_field=models.TextField())
    ppoi = getattr(plan.field, "ppoi_field", None)
    path = plan.organization_path
    columns: dict[str, Any] = {
        "pk": "pk",
        "name": plan.field.name,
        "point": Cast(ppoi, models.TextField()) if ppoi else nothing,
        "organization": path or nothing,
        "target": plan.target_path if plan.target else nothing,
        **{f"text {name}": path for name, path in plan.texts.items()},
    }
    return [
        dict(zip(columns, values, strict=True)) for values in rows.values_list(*columns.values())
    ]


def _known(plan: Plan, page: Sequence[_Row]) -> list[Candidate]:
    """Add what the library knows of these rows."""
    upload_ids = [plan.upload_id(row["pk"], row["name"]) for row in page]
    fields = ("pk", "organization_id", "file", "file_size", "sha256")
    found = Image.objects.filter(upload_id__in=upload_ids).values_list("upload_id", *fields)
    images = {upload_id: ImportedImage(*values) for upload_id, *values in found}
    organizations = Organization.objects.in_bulk(
        {row["organization"] for row in page} - {None} if plan.organization_path else ()
    )
    attached = _attached(plan, page, images) if plan.target else None
    made = []
    for row, upload_id in zip(page, upload_ids, strict=True):
        image = images.get(upload_id)
        place = (str(row["target"]), image.pk if image else None)
        texts = {name: row[f"text {name}"] for name in plan.texts}
        made.append(
            Candidate(
                pk=row["pk"],
                name=row["name"],
                point=row["point"],
                upload_id=upload_id,
                organization=plan.organization or organizations.get(row["organization"]),
                target_id=row["target"],
                texts={name: "" if text is None else str(text) for name, text in texts.items()},
                image=image,
                is_attached=attached is None or place in attached,
            )
        )
    return made


def _attached(
    plan: Plan, page: Sequence[_Row], images: Mapping[str, ImportedImage]
) -> set[tuple[str, int | None]]:
    """Return which of these images are attached to which objects."""
    target = cast("Attachable", plan.target)
    relations = PolymorphicImageRelation.objects.filter(
        content_type=ContentType.objects.get_for_model(target.model),
        object_id__in={str(row["target"]) for row in page},
        image__in=[image.pk for image in images.values()],
    )
    return set(relations.values_list("object_id", "image_id"))
