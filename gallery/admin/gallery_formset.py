"""All forms of one gallery: whose images they may name, and how they are saved together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib.contenttypes.forms import BaseGenericInlineFormSet
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from gallery.admin.gallery_forms import SAID_HERE, GalleryForm
from gallery.admin.gallery_page import GalleryPage
from gallery.conf import gallery_settings
from gallery.imaging.focal_point import FocalPoint
from gallery.models import Image
from gallery.registry import attachable_of
from gallery.services.arranging import Place, arrange_gallery
from gallery.services.locked_gallery import Placement
from orgs.models import Organization, Viewer
from orgs.tenancy import access_to

if TYPE_CHECKING:
    FormSetBase = BaseGenericInlineFormSet[Any, Any]
else:
    FormSetBase = BaseGenericInlineFormSet

LAST = 2**31
"""Where a place without a number goes."""


class GalleryFormSet(FormSetBase):
    """The images of one object: saved by one service, in one transaction, under one lock."""

    user: Viewer
    """Who is editing."""
    page: GalleryPage
    """What the page's script is told."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.new_objects: list[Any] = []
        self.changed_objects: list[Any] = []
        self.deleted_objects: list[Any] = []

    @classmethod
    def get_default_prefix(cls) -> str:
        """Return a short one: there is one gallery on a page."""
        return "gallery"

    def get_queryset(self) -> Any:
        """Return the relations in order with all that the cards show, with two queries."""
        if not hasattr(self, "_queryset"):
            relations: Any = super().get_queryset()
            self._queryset = relations.in_order().with_renditions()
        return self._queryset

    def add_fields(self, form: Any, index: int | None) -> None:
        """Add Django's own; the hidden key asks the database for nothing, card by card."""
        super().add_fields(form, index)
        form.suggest_url = self.page.suggest_url
        key = form.instance.pk
        form.fields["id"] = forms.IntegerField(
            required=False, initial=key, widget=forms.HiddenInput
        )

    @property
    def cards(self) -> list[GalleryForm]:
        """The forms, by what they really are."""
        return cast("list[GalleryForm]", self.forms)

    @property
    def shown(self) -> list[GalleryForm]:
        """Those of images that were in the gallery when the editor opened the page."""
        return cast("list[GalleryForm]", self.initial_forms)

    @property
    def added(self) -> list[GalleryForm]:
        """Those of new images, and empty places."""
        return cast("list[GalleryForm]", self.extra_forms)

    @cached_property
    def organization(self) -> Organization | None:
        """Whose the object is, by what the form of the object says."""
        attachable = attachable_of(type(self.instance))
        return attachable.organization_of(self.instance) if attachable else None

    @property
    def kept(self) -> list[GalleryForm]:
        """The forms of images that are to be in the gallery, in the order that they say."""
        filled = [form for form in self.cards if not form.is_removed and _is_filled(form)]
        return sorted(filled, key=_place_of)

    @property
    def in_order(self) -> list[GalleryForm]:
        """All forms as the page shows them: in the order that the editor gave them."""
        return sorted(self.cards, key=_place_of) if self.is_bound else self.cards

    def clean(self) -> None:
        """Hold the new images to the organisation, and the gallery to one cover and its limit."""
        super().clean()
        self._find_picked()
        self._require_organization()
        self._require_one_cover()
        limit = gallery_settings().max_per_object
        if len(self.kept) > limit:
            message = ngettext("At most %d image.", "At most %d images.", limit) % limit
            raise ValidationError(message, code="gallery_full")

    def _find_picked(self) -> None:
        """Resolve the ids of all new places with one query; unknown and foreign look the same."""
        forms_by_id: dict[int, GalleryForm] = {}
        taken = {form.instance.image_id for form in self.shown}
        taken -= {form.instance.image_id for form in self.shown if form.is_removed}
        for form in self.added:
            image_id = getattr(form, "cleaned_data", {}).get("image_id")
            if form.is_removed or not image_id or form.picked:
                continue
            if image_id in taken or image_id in forms_by_id:
                form.add_error(
                    "image_id", ValidationError(_("It is in the gallery already."), code="twice")
                )
            else:
                forms_by_id[image_id] = form
        mine = Image.objects.filter(pk__in=forms_by_id)
        if self.organization:
            mine = mine.in_org(self.organization)
        images = {image.pk: image for image in mine.visible_to(self.user).with_renditions()}
        for image_id, form in forms_by_id.items():
            form.picked = images.get(image_id)
            if form.picked is None:
                form.add_error(
                    "image_id",
                    ValidationError(_("There is no such image in the library."), code="unknown"),
                )

    def _require_organization(self) -> None:
        if not any(form.has_changed() for form in self.cards):
            return
        organization = self.organization
        if organization is None:
            raise ValidationError(
                _("Without an organisation there is no gallery."), code="no_organization"
            )
        try:
            is_writable = access_to(self.user, organization.slug).can_write
        except Organization.DoesNotExist:
            is_writable = False
        if not is_writable:
            raise ValidationError(
                _("You may not change galleries of this organisation."), code="forbidden"
            )
        for form in self.shown:
            if form.is_removed or form.is_new:
                continue  # the latter is an error already: somebody took it out
            if form.instance.organization_id != organization.pk:
                form.add_error(
                    None,
                    ValidationError(_("It belongs to another organisation."), code="foreign"),
                )

    def _require_one_cover(self) -> None:
        """Let a new cover take the place of the old one; two new ones contradict each other."""
        new = [
            form
            for form in self.kept
            if form.cleaned_data.get("is_cover") and "is_cover" in form.changed_data
        ]
        for form in new if len(new) > 1 else []:
            form.add_error("is_cover", ValidationError(_("Choose one cover."), code="two_covers"))

    def save(self, commit: bool = True) -> list[Any]:
        """Apply everything with one service; the object is saved by now."""
        kept, removed = self.kept, [form for form in self.shown if form.is_removed]
        touched = [form for form in kept if form.is_new or form.changed_data]
        if not touched and not removed:
            return []
        self.deleted_objects = [form.instance for form in removed]
        relations = arrange_gallery(
            obj=self.instance,
            places=[self._place(form) for form in kept],
            detached=[form.instance.image_id for form in removed],
            is_reordered=self._is_reordered(kept),
        )
        for form, relation in zip(kept, relations, strict=True):
            if form.is_new:
                self.new_objects.append(relation)
            elif form.changed_data:
                self.changed_objects.append((relation, form.changed_data))
        return relations

    def _place(self, form: GalleryForm) -> Place:
        image = form.image
        assert image is not None  # noqa: S101  (a form without one is not valid)
        if image._state.adding:
            image.creator_id = self.user.pk
        return Place(image, _placement(form), form.is_new)

    @staticmethod
    def _is_reordered(kept: Sequence[GalleryForm]) -> bool:
        """Tell whether the editor's order is another than that of the database and then the new."""
        before = sorted(kept, key=_former_place_of)
        return [id(form) for form in before] != [id(form) for form in kept]


def _is_filled(form: GalleryForm) -> bool:
    return not form.is_new or form.has_changed()


def _place_of(form: GalleryForm) -> int:
    """Return where the form wants its image; what is not a number stays where it was."""
    order = getattr(form, "cleaned_data", {}).get("order")
    if order is None:
        return _former_place_of(form)
    return int(order)


def _former_place_of(form: GalleryForm) -> int:
    return LAST if form.former_place is None else form.former_place


def _placement(form: GalleryForm) -> Placement:
    """Return what the editor changed: what others changed meanwhile stays."""
    said, changed = form.cleaned_data, set(form.changed_data)
    placement: dict[str, Any] = {name: said[name] for name in SAID_HERE if name in changed}
    if "is_cover" in changed:
        placement["is_cover"] = said["is_cover"]
    if "focal_point" in changed:
        text = said["focal_point"]
        placement["focal_point"] = FocalPoint.parse(text) if text else None
    return cast("Placement", placement)  # by the names of the fields
