"""Forms with files in the admin: the files first, then everything else in one transaction.

Files are stored outside transactions, so that a rollback cannot lose track of them. The admin
saves within one, begun before it has looked at the form; here it begins when the form is good.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect

from gallery.exceptions import GalleryError
from gallery.models import HasRenditions

if TYPE_CHECKING:
    AdminBase = admin.ModelAdmin[Any]
    FormBase = forms.ModelForm[Any]
else:
    AdminBase = object
    FormBase = object


class StoresFileForm(FormBase):
    """A form whose instance has an image: put this before `ModelForm`.

    The file is stored while the form is cleaned, so that a picture that is refused is an error at
    its field. When the form is not saved after all, the sweep takes the file away.
    """

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own hook, without a type
        # What is to be deleted brings nothing.
        if self.errors or self.cleaned_data.get("DELETE"):
            return
        try:
            self.instance.store_assigned_file()
        except GalleryError as error:
            name = self.instance.image_field
            field = name if name in self.fields else None
            self.add_error(field, forms.ValidationError(error.message, code=error.code))


def storing(form: type[forms.ModelForm[Any]], model: Any) -> type[forms.ModelForm[Any]]:
    """Return a form like `form` that stores the image of its instance, if `model` has one."""
    if not issubclass(model, HasRenditions) or issubclass(form, StoresFileForm):
        return form
    return type(form.__name__, (StoresFileForm, form), {})


class FilesFirstMixin(AdminBase):
    """A `ModelAdmin` whose form, or one of whose inlines, takes files: put this before it."""

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Have the object's own image stored, if it has one."""
        if issubclass(self.model, HasRenditions):
            kwargs["form"] = storing(kwargs.get("form", self.form), self.model)
        return super().get_form(request, obj, change=change, **kwargs)

    @method_decorator(csrf_protect)
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show and save the form; a transaction begins with `save_model`.

        Where somebody was quicker nothing is saved, and a message says what is so by now.
        """
        try:
            with ExitStack() as saving:
                request._gallery_saving = saving  # type: ignore[attr-defined]
                return self._changeform_view(request, *args, **kwargs)  # type: ignore[no-any-return, attr-defined]
        except GalleryError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Begin the transaction that ends with the response."""
        saving: ExitStack = request._gallery_saving  # type: ignore[attr-defined]
        saving.enter_context(transaction.atomic())
        super().save_model(request, obj, form, change)
