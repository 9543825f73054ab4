"""Models of somebody else's app that carry images, in as few lines as that takes."""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from versatileimagefield.fields import PPOIField, VersatileImageField

import gallery
from gallery.models import HasGallery, HasRenditions, ImageMixin, MediaFile
from gallery.models.fields import FocalPointField, ImageField, ppoi_constraint
from orgs.models import Organization, Viewer
from tests.testapp.storage import PrivateStorage


class Photo(ImageMixin):
    """A photo with a UUID for its key, and renditions of its own."""

    rendition_set = "photos"
    key_prefix = "testapp/photos"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=40, blank=True)

    class Meta(ImageMixin.Meta):
        app_label = "testapp"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PhotoProxy(Photo):
    """The same rows under another name."""

    class Meta:
        app_label = "testapp"
        proxy = True


class Portrait(ImageMixin):
    """A picture that is its user's alone."""

    rendition_set = "photos"
    key_prefix = "testapp/portraits"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)

    class Meta(ImageMixin.Meta):
        app_label = "testapp"

    def __str__(self) -> str:
        return f"portrait {self.pk}"

    def media_visibility(self) -> str:
        return MediaFile.Visibility.PRIVATE

    @classmethod
    def private_to(cls, user: Viewer) -> models.QuerySet[Self]:
        return cls._base_manager.filter(user=user.pk)


class Album(HasGallery):
    """A gallery by the mixin, whose organisation is a field."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    name = models.CharField(max_length=40, blank=True)

    class Meta:
        app_label = "testapp"

    def __str__(self) -> str:
        return self.name


class AlbumProxy(Album):
    """The same albums under another name."""

    class Meta:
        app_label = "testapp"
        proxy = True


class Page(models.Model):
    """A gallery by registration, with a text for its key, in the organisation of its album."""

    slug = models.CharField(max_length=40, primary_key=True)
    album = models.ForeignKey(Album, on_delete=models.CASCADE)

    class Meta:
        app_label = "testapp"

    def __str__(self) -> str:
        return self.slug


gallery.register(Page, organization="album__organization")


def organization_of_card(card: Card) -> Organization | None:
    """Return the organisation of the card's album; a card without one is nobody's."""
    return card.album.organization if card.album else None


class Card(HasGallery):
    """A gallery with a UUID for its key, whose organisation is computed."""

    gallery_organization = organization_of_card

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    album = models.ForeignKey(Album, null=True, on_delete=models.CASCADE)

    class Meta:
        app_label = "testapp"

    def __str__(self) -> str:
        return str(self.id)


class Note(models.Model):
    """A model without a gallery."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)

    class Meta:
        app_label = "testapp"

    def __str__(self) -> str:
        return str(self.pk)


@gallery.rendition_set("posters", depends_on=["kind", "album", "level"])
def poster_renditions(poster: Poster) -> str | list[tuple[str, str]]:
    """Return what one poster is shown with."""
    if poster.kind == "wide":
        return [("banner", "webp_crop__60x20-q60"), ("broad", "webp_fit__90x90-q60")]
    if poster.album_id is not None or poster.level is not None:
        return [("small", "webp_fit__20x20-q60")]
    return "photos"


class Poster(ImageMixin):
    """An image whose renditions are computed from its fields."""

    rendition_set = "posters"
    key_prefix = "testapp/posters"

    kind = models.CharField(max_length=40, blank=True)
    album = models.ForeignKey(Album, null=True, blank=True, on_delete=models.SET_NULL)
    level = models.IntegerField(null=True, blank=True)
    name = models.CharField(max_length=40, blank=True)

    class Meta(ImageMixin.Meta):
        app_label = "testapp"

    def __str__(self) -> str:
        return self.name


def set_of_kind(shop: Shop | Stall) -> str:
    """Return the set that images have there, which the object names itself."""
    return shop.kind


class Shop(HasGallery):
    """A gallery by the mixin, with renditions of its own."""

    gallery_rendition_set = set_of_kind

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    kind = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=40, blank=True)

    class Meta:
        app_label = "testapp"

    def __str__(self) -> str:
        return self.name


class Stall(models.Model):
    """A gallery by registration, with renditions of its own."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    kind = models.CharField(max_length=40, blank=True)

    class Meta:
        app_label = "testapp"

    def __str__(self) -> str:
        return self.kind


gallery.register(Stall, organization="organization", rendition_set=set_of_kind)


class LegacyPhoto(models.Model):
    """A picture by Django's own field, in a storage of its own, which is yet to be imported."""

    album = models.ForeignKey(Album, null=True, blank=True, on_delete=models.CASCADE)
    picture = models.ImageField(upload_to="legacy", storage=PrivateStorage(), null=True, blank=True)
    caption = models.CharField(max_length=400, blank=True)
    alt = models.TextField(blank=True)
    place = models.IntegerField(default=0)

    class Meta:
        app_label = "testapp"

    def __str__(self) -> str:
        return self.caption


class VersatilePhoto(models.Model):
    """A picture by the library's own fields, on an object that has a gallery by now."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    image = VersatileImageField(
        upload_to="versatile", blank=True, width_field="width", height_field="height",
        ppoi_field="ppoi",
    )  # fmt: skip
    ppoi = PPOIField(max_length=64)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        app_label = "testapp"

    def __str__(self) -> str:
        return str(self.pk)


gallery.register(VersatilePhoto, organization="organization")


class KeptPhoto(ImageMixin):
    """Was a picture by Django's own field, and became ours in place."""

    rendition_set = "photos"
    key_prefix = "testapp/kept"

    class Meta(ImageMixin.Meta):
        app_label = "testapp"

    def __str__(self) -> str:
        return str(self.pk)


class KeptVersatilePhoto(HasRenditions):
    """Was a picture by the library's own fields, whose names it keeps."""

    image_field = "photo"
    rendition_set = "photos"
    key_prefix = "testapp/kept-versatile"

    photo = ImageField(ppoi_field="ppoi", width_field="width", height_field="height", blank=True)
    ppoi = FocalPointField()
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        app_label = "testapp"
        constraints: ClassVar = [ppoi_constraint("ppoi", name="kept_versatile_photo_point")]

    def __str__(self) -> str:
        return str(self.pk)
