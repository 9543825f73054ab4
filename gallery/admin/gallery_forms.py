"""The forms of one gallery in the admin: plain fields, which the page's script makes into cards."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from gallery.admin.cards import Card
from gallery.exceptions import GalleryError
from gallery.models import Image, PolymorphicImageRelation
from gallery.models.form_fields import FocalPointFormField

if TYPE_CHECKING:
    FormBase = forms.ModelForm[PolymorphicImageRelation]
else:
    FormBase = forms.ModelForm

SAID_HERE = ("custom_title", "custom_alt_text", "custom_description", "custom_decorative")


class _DecorativeSelect(forms.NullBooleanSelect):
    """Three answers, the first of which leaves it to the image."""

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs)
        self.choices = [
            ("unknown", _("As in the library")),
            ("true", _("Decorative here")),
            ("false", _("Not decorative here")),
        ]


class GalleryForm(FormBase):
    """One image of a gallery, or an empty place for one more."""

    image_id = forms.IntegerField(
        label=_("Image"),
        required=False,
        min_value=1,
        max_value=models.BigIntegerField.MAX_BIGINT,  # beyond which databases fail
        help_text=_("Its id in the library."),
    )
    upload = forms.FileField(label=_("or a new file"), required=False)
    order = forms.IntegerField(label=_("Place"), required=False, min_value=0)
    focal_point = FocalPointFormField(label=_("Focal point here"), required=False)

    instance: PolymorphicImageRelation
    picked: Image | None = None
    """The image to attach: of the library, or a new one whose file is stored."""
    suggest_url = ""
    """Who suggests focal points, with 0 in the place of the image's id; empty if nobody can."""

    class Meta:
        model = PolymorphicImageRelation
        fields: ClassVar = ["is_cover", "order", *SAID_HERE]
        labels: ClassVar = {
            "is_cover": _("Cover"),
            "custom_title": _("Title here"),
            "custom_alt_text": _("Alt text here"),
            "custom_description": _("Description here"),
            "custom_decorative": _("Decorative"),
        }
        help_texts: ClassVar = {"custom_decorative": "", "is_cover": ""}
        widgets: ClassVar = {
            "custom_alt_text": forms.Textarea(attrs={"rows": 2}),
            "custom_description": forms.Textarea(attrs={"rows": 3}),
            "custom_decorative": _DecorativeSelect,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        point = self.instance.own_focal_point
        self.initial["focal_point"] = point.ppoi if point else ""
        # The right value of an empty place is what the script says, or none.
        if self.instance._state.adding:
            self.initial.pop("order", None)
        else:
            # What the editor saw goes along: what others changed since is not theirs.
            for name in ("is_cover", "order", "focal_point", *SAID_HERE):
                self.fields[name].show_hidden_initial = True
        for name in ("custom_alt_text", "custom_description"):
            self.fields[name].widget.attrs["class"] = "vLargeTextField"
        self.fields["custom_title"].widget.attrs["class"] = "vTextField"

    @property
    def is_new(self) -> bool:
        """Whether this brings an image to the gallery."""
        return self.instance._state.adding

    @property
    def is_removed(self) -> bool:
        """Whether the editor takes this out of the gallery, or gives it up."""
        return self.is_bound and bool(getattr(self, "cleaned_data", {}).get("DELETE"))

    @property
    def former_place(self) -> int | None:
        """Where the image was when the editor opened the page; None for a new one."""
        seen = self.data.get(self.add_initial_prefix("order"), self.initial.get("order"))
        try:
            place: int | None = self.fields["order"].to_python(seen)
        except ValidationError:
            return None
        return place

    @property
    def image(self) -> Image | None:
        """The image that this is about, as far as one is known."""
        return self.picked if self.is_new else self.instance.image

    def said_here(self) -> list[tuple[str, forms.BoundField]]:
        """Return the fields of what is said about the image in this gallery."""
        return [(name, self[name]) for name in SAID_HERE]

    @cached_property
    def card(self) -> Card:
        """What the page shows of the image."""
        return Card(self)

    def clean(self) -> dict[str, Any]:
        """Insist that a new place has an image: of the library or a file."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("DELETE"):
            return said
        if self.is_new and said.get("id") is not None:
            raise ValidationError(_("Somebody took this image out of the gallery."), code="gone")
        if self.is_new and not self.errors and not (said.get("image_id") or said.get("upload")):
            self.add_error("image_id", ValidationError(_("Choose an image."), code="required"))
        return said

    def validate_unique(self) -> None:
        """Ask the database nothing, card by card: the service and its lock see to it."""

    def validate_constraints(self) -> None:
        """Likewise."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own hook, without a type
        upload = self.cleaned_data.get("upload")
        if self.errors or not upload or not self.is_new or self.is_removed:
            return
        # Stored here so that a refusal is this card's; the row is saved with the gallery.
        image = Image(file=upload)
        try:
            image.store_assigned_file()
        except GalleryError as error:
            self.add_error("upload", ValidationError(error.message, code=error.code))
        else:
            self.picked = image
