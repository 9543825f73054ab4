"""The forms of reference images: a picture, a name and a slot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import ReferenceImagesFull, SlotTaken
from accounts.models import MAX_REFERENCE_IMAGES, ReferenceImage, User
from accounts.services import exchanging_slots, free_slot, locked_user, of
from gallery.admin.saving import StoresFileForm
from gallery.exceptions import GalleryError
from gallery.models.widgets import ImageWidget

if TYPE_CHECKING:
    FormBase = forms.ModelForm[ReferenceImage]
    FormSetBase = forms.BaseInlineFormSet[ReferenceImage, User, "ReferenceImageForm"]
else:
    FormBase = forms.ModelForm
    FormSetBase = forms.BaseInlineFormSet


class UnseenImageWidget(ImageWidget):
    """The file and the point of a picture that whoever looks at the form may not see."""

    def decompress(self, value: Any) -> list[Any]:
        """Name no file, as if there were none; the point may stay as it is."""
        return [None, super().decompress(value)[1]]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        self.instance = None
        parts = value if isinstance(value, (list, tuple)) else self.decompress(value)
        return super().get_context(name, parts, attrs)


class ReferenceImageForm(StoresFileForm, FormBase):
    """One reference image; the file is stored while the form is cleaned."""

    order = forms.IntegerField(
        label=_("Slot"),
        required=False,
        min_value=0,
        max_value=MAX_REFERENCE_IMAGES - 1,
        help_text=_("0 to 4; empty: the lowest free one."),
    )

    class Meta:
        model = ReferenceImage
        fields: ClassVar = ["user", "image", "name", "order"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Of the querysets of the admin, which know who looks.
        is_visible = getattr(self.instance, "is_visible", self.instance._state.adding)
        if "image" in self.fields and not is_visible:
            self.fields["image"].widget = UnseenImageWidget()


class SingleReferenceImageForm(ReferenceImageForm):
    """A reference image on a page of its own."""

    def clean(self) -> dict[str, Any]:
        """Choose the slot among those that are free."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        user = cleaned.get("user") or getattr(self.instance, "user", None)
        if user is not None and "order" in cleaned:
            others = of(user).exclude(pk=self.instance.pk)
            try:
                cleaned["order"] = free_slot(others, cleaned["order"])
            except GalleryError as error:
                _refuse(self, error)
        return cleaned


class InlineReferenceImageForm(ReferenceImageForm):
    """One of all the reference images of a user, which may exchange their slots."""

    def _get_validation_exclusions(self) -> set[str]:
        """Leave the slots to the formset: the constraint cannot see what moves along."""
        return {*super()._get_validation_exclusions(), "order"}  # type: ignore[misc]  # Django's own

    @property
    def is_kept(self) -> bool:
        """Whether there is to be a reference image as this form says."""
        said = getattr(self, "cleaned_data", {})
        is_filled = not self.instance._state.adding or self.has_changed()
        return is_filled and not said.get("DELETE")


class ReferenceImageFormSet(FormSetBase):
    """All reference images of a user, saved together under the lock of the user's row."""

    forms: list[InlineReferenceImageForm]  # type: ignore[assignment]  # a property in the stubs

    def clean(self) -> None:
        """Give each a slot of its own: first those that name one, then the lowest free ones."""
        super().clean()
        kept = [form for form in self.forms if form.is_kept and "order" in form.cleaned_data]
        free = list(range(MAX_REFERENCE_IMAGES))
        anywhere = [form for form in kept if form.cleaned_data["order"] is None]
        for form in kept:
            slot = form.cleaned_data["order"]
            if slot in free:
                free.remove(slot)
            elif slot is not None:
                _refuse(form, SlotTaken())
        for form in anywhere:
            if free:
                form.instance.order = free.pop(0)
            else:
                _refuse(form, ReferenceImagesFull())

    def save(self, commit: bool = True) -> Any:
        """Save what was changed; in between, two may be in one slot.

        Raises:
            SlotTaken: somebody was quicker.
        """
        if not self.has_changed():
            return super().save(commit)
        with locked_user(self.instance.pk), exchanging_slots(of(self.instance)):
            return super().save(commit)


def _refuse(form: ReferenceImageForm, error: GalleryError) -> None:
    form.add_error("order", forms.ValidationError(error.message, code=error.code))
