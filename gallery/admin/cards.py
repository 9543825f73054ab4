"""What a card of the admin's gallery shows of one image."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gallery.models import Image, PolymorphicImageRelation
from gallery.models.widgets import PickerPicture
from gallery.renditions.picker import picker_picture
from gallery.renditions.urls import original_url

if TYPE_CHECKING:
    from gallery.admin.gallery_forms import GalleryForm

THUMBNAIL_WIDTH = 150
"""Pixels that the picture of a card should have across."""


class Card:
    """One card: the image, and what is shown of it before anything is typed."""

    def __init__(self, form: GalleryForm) -> None:
        self.form = form
        self.image: Image | None = form.image if form.image and form.image.pk else None
        if self.image is not None:
            form.fields["focal_point"].widget.picture = self._picture(self.image)

    def _picture(self, image: Image) -> PickerPicture:
        """Return what the focal point is picked on; an empty one is the image's own."""
        found = picker_picture(image, rendition_set=self.relation.rendition_set)
        url = self.form.suggest_url.replace("/0/", f"/{image.pk}/")
        return replace(found, inherited=image.focal_point, suggest_url=url)

    @property
    def relation(self) -> PolymorphicImageRelation:
        """Its place, which a new card does not have yet."""
        relation = self.form.instance
        if self.form.is_new and self.image:
            relation.image = self.image
        return relation

    @property
    def name(self) -> str:
        """The title here, else what the file was called."""
        if self.image is None:
            return ""
        return self.relation.title or str(self.image)

    @property
    def is_missing_alt(self) -> bool:
        """Whether the image needs words here and has none."""
        return self.image is not None and self.relation.is_missing_alt

    @property
    def is_decorative(self) -> bool:
        """Whether it says nothing here."""
        return self.image is not None and self.relation.decorative

    @property
    def thumbnail(self) -> str:
        """The URL of a small picture."""
        return "" if self.image is None else thumbnail_of(self.relation)


def thumbnail_of(relation: PolymorphicImageRelation) -> str:
    """Return the URL of the smallest made picture that is large enough, crops before others.

    Of those of the library while none is made for this place. Asks nobody where
    `with_renditions()` was used.
    """
    here, in_library = (
        [each for each in shown.renditions() if each.file] for shown in (relation, relation.image)
    )
    made = here or in_library
    enough = [each for each in made if each.width >= THUMBNAIL_WIDTH] or made
    enough.sort(key=lambda each: (not each.spec.follows_focal_point, each.width))
    return enough[0].url if enough else original_url(relation.image)
