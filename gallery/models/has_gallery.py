"""What gives any model a gallery: `gallery.register(Model)`, or the `HasGallery` mixin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib.contenttypes.fields import GenericRelation
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.signals import class_prepared, post_delete, post_save
from django.dispatch import receiver

from gallery import registry
from gallery.conf import AS_CONFIGURED, UploadLimits
from gallery.models.gallery import Gallery, abandon, use_rendition_set
from gallery.querysets import GalleryQuerySet

if TYPE_CHECKING:
    from gallery.models.relation import PolymorphicImageRelation

RELATIONS = "gallery"
"""The name under which objects have their relations."""


class GalleryRelation(GenericRelation):
    """The relations of an object, in order, to read and prefetch. Services change them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("gallery.PolymorphicImageRelation", **kwargs)

    def bulk_related_objects(self, objs: Any, using: str | None = None) -> Any:
        """Keep Django from deleting the relations before the object is gone.

        One attached in between would be left behind. `_detach_all` comes after it.
        """
        none = self.remote_field.model._base_manager.none()
        return cast("Any", none)


def cover_of(obj: Any) -> PolymorphicImageRelation | None:
    """Return the cover of an object's gallery, else its first relation; None when it is empty.

    Without a query where `with_gallery()` loaded the relations.
    """
    relations = getattr(obj, RELATIONS)
    if RELATIONS in getattr(obj, "_prefetched_objects_cache", {}):
        loaded = list(relations.all())
        return next((each for each in loaded if each.is_cover), loaded[0] if loaded else None)
    found = relations.with_renditions().order_by("-is_cover", "order", "pk")
    return cast("PolymorphicImageRelation | None", found.first())


def register(model: type[models.Model], **options: Any) -> None:
    """Do what `gallery.register` says."""
    # A child of a registered model has inherited both names.
    inherits = any(_has_relation(base) for base in model.__mro__)
    taken = [name for name in (RELATIONS, "cover") if hasattr(model, name) and not inherits]
    if taken:
        raise ImproperlyConfigured(f"{model._meta.label} already has {taken[0]!r}.")
    if not registry.add(registry.Attachable(model, **options)):
        return
    if not _has_relation(model):
        GalleryRelation().contribute_to_class(model, RELATIONS)
        cast("Any", model).cover = property(cover_of)
    _watch(model)


def _has_relation(model: Any) -> bool:
    options = getattr(model, "_meta", None)
    return any(
        isinstance(field, GalleryRelation) for field in getattr(options, "private_fields", ())
    )


class HasGallery(models.Model):
    """A model whose objects have galleries, registered by being declared.

    ```python
    class Product(HasGallery):
        organization = models.ForeignKey("orgs.Organization", on_delete=models.PROTECT)
    ```
    """

    gallery_organization: ClassVar[registry.OrganizationOf] = "organization"
    """Whose an object is: see `register`."""
    gallery_rendition_set: ClassVar[registry.RenditionSetOf] = ""
    """The renditions that images have in its gallery: see `register`."""
    gallery_upload_limits: ClassVar[UploadLimits] = AS_CONFIGURED
    """What may be uploaded into its gallery: see `register`."""
    gallery_key_prefix: ClassVar[str] = ""
    """Where uploads into its gallery lie: see `register`."""

    gallery = GalleryRelation()
    objects = GalleryQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def cover(self) -> PolymorphicImageRelation | None:
        """The cover of the gallery, else its first relation; None when it is empty."""
        return cover_of(self)


@receiver(class_prepared)
def _register_declared(sender: type[models.Model], **_: object) -> None:
    """Register models of ours, and follow proxies, whose deletions Django reports as theirs."""
    if sender._meta.proxy and registry.attachable_of(sender):
        _watch(sender)
    elif issubclass(sender, HasGallery) and not sender._meta.proxy:
        register(
            sender,
            organization=sender.gallery_organization,
            rendition_set=sender.gallery_rendition_set,
            upload_limits=sender.gallery_upload_limits,
            key_prefix=sender.gallery_key_prefix,
        )


def _watch(model: type[models.Model]) -> None:
    post_delete.connect(_detach_all, sender=model, dispatch_uid=f"{model!r}.gallery")
    post_save.connect(_follow, sender=model, dispatch_uid=f"{model!r}.gallery")
    for proxy in model.__subclasses__():
        if getattr(proxy, "_meta", None) and proxy._meta.proxy:
            _watch(proxy)


def _follow(instance: models.Model, *, created: bool, **_: object) -> None:
    """Give the images in the gallery of a saved object the renditions that they have there now."""
    attachable = registry.attachable_of(type(instance))
    if attachable and callable(attachable.rendition_set) and not created:
        use_rendition_set(Gallery.of(instance), attachable.rendition_set_of)


def _detach_all(instance: models.Model, **_: object) -> None:
    abandon(Gallery.of(instance))
