"""Chainable reads, tenant first; every list is a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone

from orgs.models import Organization

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

    from gallery.models import (
        DirectUpload,
        Image,
        MediaFile,
        PolymorphicImageRelation,
        Share,
    )

    Viewer = AbstractBaseUser | AnonymousUser

ModelType = TypeVar("ModelType", bound=models.Model)


class _LoadsRenditions(models.QuerySet[ModelType]):
    """Rows that can bring renditions along."""

    _loads_renditions = False

    def with_renditions(self) -> Self:
        """Load the ledger rows of all live renditions with one query for the whole result."""
        clone = self.all()
        clone._loads_renditions = True
        return clone

    @staticmethod
    def _with_files(rows: list[Any]) -> list[Any]:
        """Return the instances that the renditions are of."""
        return rows

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]  # private, and not in the stubs
        clone._loads_renditions = self._loads_renditions
        return clone

    def _fetch_all(self) -> None:
        is_first_time = self._result_cache is None
        super()._fetch_all()
        rows: list[Any] = self._result_cache or []
        if is_first_time and self._loads_renditions and rows and isinstance(rows[0], self.model):
            attach_renditions(self._with_files(rows))


class RenditionQuerySet(_LoadsRenditions[ModelType]):
    """Instances that can bring their renditions along."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Store the uploads of `objs`, then insert the rows and record their files.

        Rows that name files which are live already are inserted as they are.

        Raises:
            ValueError: conflicts are to be ignored: the file of a skipped row would be nobody's.
        """
        instances = list(objs)
        if kwargs.get("ignore_conflicts") or kwargs.get("update_conflicts"):
            raise ValueError("Rows with files cannot be created with conflicts ignored.")
        for instance in instances:
            instance.store_assigned_file()
        originals = apps.get_model("gallery", "MediaFile").objects.filter(original=None)
        with transaction.atomic():
            created: list[Any] = super().bulk_create(instances, *args, **kwargs)
            keys = [instance.original_key for instance in created]
            new = originals.filter(key__in=keys).exclude(state="live")
            new_keys = set(new.values_list("key", flat=True))
            for instance in created:
                if instance.original_key in new_keys:
                    instance.settle_files()
        return created

    def update(self, **values: Any) -> int:
        """Update the rows; where files, focal points or visibility change, settle the files too."""
        model: Any = self.model
        if not model.media_fields().intersection(attnames(model, values)):
            return super().update(**values)
        with transaction.atomic():
            rows = self.select_related(None).select_for_update(no_key=True).order_by("pk")
            pks = list(rows.values_list("pk", flat=True))
            changed = super().update(**values)
            for instance in model._base_manager.filter(pk__in=pks).order_by("pk"):
                instance.settle_files()
        return changed

    update.alters_data = True  # type: ignore[attr-defined]  # as Django marks its own


def attnames(model: type[models.Model], names: Iterable[str]) -> set[str]:
    """Return the attributes that hold what is in the columns: `shop_id` for `shop`."""
    by_name = {field.name: field.attname for field in model._meta.concrete_fields}
    return {by_name.get(name, name) for name in names}


class RenditionFile(NamedTuple):
    """What a page needs to know of a file that is made, and no more: there are many on a page."""

    key: str
    rendition: str
    content_type: str
    width: int
    height: int
    size: int


def attach_renditions(instances: Iterable[Any]) -> None:
    """Give each instance its `rendition_files` from the ledger, with one query for all."""
    found: dict[str, dict[str, RenditionFile]] = {
        instance.original_key: {} for instance in instances
    }
    rows = apps.get_model("gallery", "MediaFile").objects.live_renditions_of(found)
    for original_key, *values in rows.values_list("original__key", *RenditionFile._fields):
        file = RenditionFile._make(values)
        found[original_key][file.key] = file
    for instance in instances:
        instance.rendition_files = found[instance.original_key]


_SERVABLE = "WHERE key = %s AND (state = 'live' OR (state = 'stale' AND delete_after > %s))"


class MediaFileQuerySet(models.QuerySet["MediaFile"]):
    """Questions to the ledger."""

    def live_renditions_of(self, original_keys: Iterable[str]) -> Self:
        """Return the live renditions made from the originals with these keys."""
        return self.filter(original__key__in=list(original_keys), state="live")

    def servable(self) -> Self:
        """Return what the media proxy may answer with: live, or stale within its grace period."""
        return self.filter(Q(state="live") | Q(state="stale", delete_after__gt=timezone.now()))

    def servable_one(self, key: str) -> MediaFile | None:
        """Return the file with this key, if it is servable.

        The statement of `servable()`, written out: it is asked for every file of every page, and
        Django takes four times as long to put it together as the database to answer it.
        """
        statement = f"SELECT * FROM {self.model._meta.db_table} {_SERVABLE}"  # noqa: S608
        return next(iter(self.raw(statement, [key, timezone.now()])), None)

    def public_facts(self, key: str) -> tuple[str, int] | None:
        """Return digest and size of a file that is servable and public, None for any other."""
        columns = f"SELECT sha256, size FROM {self.model._meta.db_table}"  # noqa: S608
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(f"{columns} {_SERVABLE} AND visibility = 'public'", [key, now])
            found: tuple[str, int] | None = cursor.fetchone()
        return found

    def live(self, key: str) -> MediaFile | None:
        """Return the live file with this key."""
        return self.filter(key=key, state="live").first()

    def acl_due(self) -> Self:
        """Return those that their bucket may still show to others than the ledger says."""
        return self.filter(acl_due__isnull=False)

    def overdue(self) -> Self:
        """Return the originals whose renditions somebody should have made by now."""
        return self.filter(state="live", warming_due__lte=timezone.now())

    def due(self) -> Self:
        """Return what the sweep may delete now."""
        now = timezone.now()
        may_try = Q(retry_after=None) | Q(retry_after__lte=now)
        return self.filter(may_try, delete_after__lte=now)

    def of_object(self, source: str, object_id: object) -> Self:
        """Return the files of one object's field."""
        return self.filter(source=source, object_id=str(object_id))


class ImageQuerySet(RenditionQuerySet["Image"]):
    """Images, always by tenant first."""

    def visible_to(self, user: Viewer) -> Self:
        """Return the images of every organisation that `user` may read."""
        return self.filter(organization__in=Organization.objects.visible_to(user))

    def in_org(self, organization: Organization) -> Self:
        """Return the images of one organisation."""
        return self.filter(organization=organization)

    def missing_alt(self) -> Self:
        """Return the images that need an alt text and have none."""
        return self.filter(alt_text="", decorative=False)


class RelationQuerySet(_LoadsRenditions["PolymorphicImageRelation"]):
    """Places of images in galleries."""

    def visible_to(self, user: Viewer) -> Self:
        """Return the relations of every organisation that `user` may read."""
        return self.filter(organization__in=Organization.objects.visible_to(user))

    def in_org(self, organization: Organization) -> Self:
        """Return the relations of one organisation."""
        return self.filter(organization=organization)

    def for_object(self, obj: models.Model) -> Self:
        """Return the gallery of one object."""
        return self.in_gallery(ContentType.objects.get_for_model(obj).pk, str(obj.pk))

    def in_gallery(self, content_type_id: int, object_id: str) -> Self:
        """Return the gallery of the object of this type with this key."""
        return self.filter(content_type=content_type_id, object_id=object_id)

    def shown_to(self, user: Viewer) -> Self:
        """Return those with an image that `user` may see: public, or of an organisation of theirs.

        Of an object that anybody may read; `visible_to` is for what members alone may read.
        """
        theirs = Organization.objects.visible_to(user)
        return self.filter(Q(image__visibility="public") | Q(organization__in=theirs))

    def in_order(self) -> Self:
        """Return the relations as an editor arranged them."""
        return self.order_by("order", "pk")

    def with_effective_title(self) -> Self:
        """Annotate `effective_title`, to sort by: the relation's own title, else the image's."""
        own = NullIf("custom_title", models.Value(""))
        return self.annotate(effective_title=Coalesce(own, "image__title"))

    def with_renditions(self) -> Self:
        """Load images along, and their renditions with one more query for the whole result.

        The images by a join: one that is deleted meanwhile is there with its relation, or neither.
        """
        return super(RelationQuerySet, self.select_related("image__organization")).with_renditions()

    @staticmethod
    def _with_files(rows: list[Any]) -> list[Any]:
        return [row.image for row in rows]


class ShareQuerySet(models.QuerySet["Share"]):
    """Rights to see single images."""

    def valid(self) -> Self:
        """Return those that have not expired."""
        return self.filter(expires_at__gt=timezone.now())


class DirectUploadQuerySet(models.QuerySet["DirectUpload"]):
    """Files on their way, always by tenant first."""

    def in_org(self, organization: Organization) -> Self:
        """Return those that will be images of one organisation."""
        return self.filter(organization=organization)

    def made_by(self, user: Viewer) -> Self:
        """Return those of one user: nobody sends another's file."""
        return self.filter(creator=user.pk)

    def unexpired(self) -> Self:
        """Return those that may still be sent and completed."""
        return self.filter(expires_at__gt=timezone.now())


class GalleryQuerySet(models.QuerySet[ModelType]):
    """Objects that can bring their galleries along."""

    def with_gallery(self, *, shown_to: Viewer | None = None) -> Self:
        """Load relations, images and renditions with two more queries for the whole result.

        `obj.gallery.all()`, `obj.cover` and all their URLs then ask nobody. With `shown_to`, they
        have what this user may see: on a page for everybody, `request.user`.
        """
        relations = apps.get_model("gallery", "PolymorphicImageRelation").objects.all()
        if shown_to is not None:
            relations = relations.shown_to(shown_to)
        in_order = relations.in_order().with_renditions()
        return self.prefetch_related(models.Prefetch("gallery", queryset=in_order))
