"""What can be done to many images at once from their list in the admin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gallery.admin.forms import AltTextForm
from gallery.admin.organizations import writable_organizations
from gallery.exceptions import GalleryError
from gallery.models import Image
from gallery.services.editing import update_image
from gallery.services.warming import warm_image

if TYPE_CHECKING:
    AdminBase = admin.ModelAdmin[Image]
else:
    AdminBase = object

MAX_ALT_TEXTS = 100
"""Cards on one page of alt texts."""
ALT_TEXTS = "admin/gallery/image/alt_texts.html"


class ImageActions(AdminBase):
    """Actions that touch what the user may change by role, and say what they left alone."""

    actions = ("warm", "make_public", "make_private", "write_alt_texts")

    @admin.action(permissions=["change"], description=gettext_lazy("Make renditions again"))
    def warm(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Have made what is missing: here, or by a worker."""
        done = self._each(request, queryset, lambda image: warm_image(image=image))
        failed = [image for image in done if image.status == Image.Status.FAILED]
        pending = [image for image in done if image.status == Image.Status.PENDING]
        for image in failed:
            said = {"image": image, "error": image.error}
            messages.error(request, _("%(image)s: no renditions (%(error)s).") % said)
        if pending:
            message = ngettext("%d image is queued.", "%d images are queued.", len(pending))
            messages.info(request, message % len(pending))
        ready = len(done) - len(failed) - len(pending)
        if ready:
            message = ngettext(
                "%d image has all its renditions.", "%d images have all their renditions.", ready
            )
            messages.success(request, message % ready)

    @admin.action(permissions=["change"], description=gettext_lazy("Make public"))
    def make_public(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Let everybody see them."""
        self._show(request, queryset, Image.Visibility.PUBLIC)

    @admin.action(permissions=["change"], description=gettext_lazy("Make private"))
    def make_private(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Keep them to their organisation."""
        self._show(request, queryset, Image.Visibility.PRIVATE)

    @admin.action(permissions=["change"], description=gettext_lazy("Write alt texts"))
    def write_alt_texts(
        self, request: HttpRequest, queryset: QuerySet[Image]
    ) -> HttpResponse | None:
        """Ask for the words of each on one page, and save those that changed."""
        images = self._changeable(request, queryset)
        if len(images) > MAX_ALT_TEXTS:
            message = _("Choose at most %d images at a time.") % MAX_ALT_TEXTS
            messages.error(request, message)
            return None
        is_sent = "save_alt_texts" in request.POST
        forms = [
            AltTextForm(
                request.POST if is_sent else None, instance=image, prefix=f"image-{image.pk}"
            )
            for image in images
        ]
        if not images or (is_sent and all([form.is_valid() for form in forms])):  # noqa: C419  (every one is to show its errors)
            self._save_alt_texts(request, forms)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Alt texts"),
            "opts": self.opts,
            "media": self.media,
            "forms": forms,
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, ALT_TEXTS, context)

    def _save_alt_texts(self, request: HttpRequest, forms: Sequence[AltTextForm]) -> None:
        changed = {form.instance.pk: form for form in forms if form.changed_data}
        images = Image.objects.filter(pk__in=changed).select_related("organization")

        def save(image: Image) -> Image:
            form = changed[image.pk]
            said = {name: form.cleaned_data[name] for name in form.changed_data}
            return update_image(image=image, **said)

        done = self._each(request, images, save)
        message = ngettext("%d alt text is saved.", "%d alt texts are saved.", len(done))
        messages.success(request, message % len(done))

    def _show(self, request: HttpRequest, queryset: QuerySet[Image], visibility: str) -> None:
        others = queryset.exclude(visibility=visibility)
        done = self._each(
            request, others, lambda image: update_image(image=image, visibility=visibility)
        )
        message = ngettext(
            "%(count)d image is %(visibility)s now.",
            "%(count)d images are %(visibility)s now.",
            len(done),
        )
        messages.success(request, message % {"count": len(done), "visibility": visibility})

    def _each(
        self,
        request: HttpRequest,
        queryset: QuerySet[Image],
        change: Callable[[Image], Image],
    ) -> list[Image]:
        """Change one image after the other; return those that were, and say why others were not."""
        done = []
        for image in self._changeable(request, queryset):
            try:
                done.append(change(image))
            except Image.DoesNotExist:
                continue  # somebody deleted it meanwhile
            except GalleryError as error:
                messages.error(request, f"{image}: {error.message}")
        return done

    def _changeable(self, request: HttpRequest, queryset: QuerySet[Image]) -> list[Image]:
        """Return what the user may change, and say what else was chosen."""
        images = list(queryset.select_related("organization"))
        writable = writable_organizations(request)
        others = [image for image in images if image.organization_id not in writable]
        if others:
            message = ngettext(
                "You may not change %(count)d image: %(names)s.",
                "You may not change %(count)d images: %(names)s.",
                len(others),
            )
            names = ", ".join(str(image) for image in others[:5])
            messages.warning(request, message % {"count": len(others), "names": names})
        return [image for image in images if image.organization_id in writable]
