"""Who may have a file: everybody, or those whom its source names and those they vouch for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.core.signals import setting_changed
from django.http import HttpRequest
from django.utils.module_loading import import_string

from gallery.conf import gallery_settings
from gallery.media.headers import is_private
from gallery.models import MediaFile
from gallery.services.visibility import is_vouched_for, may_see
from gallery.signing import media_query, media_voucher
from gallery.storage import media_storage
from orgs.models import Viewer


def session_user(request: HttpRequest) -> Viewer:
    """Return the user of Django's session."""
    return request.user


def is_allowed(request: HttpRequest, file: MediaFile, *, key: str) -> bool:
    """Tell whether whoever makes this request may have a file.

    Args:
        request: with credentials or a signature, where it needs them.
        file: the row that has the rule: the file's own, or the original it will be made from.
        key: what the request is for, and what a signature must be for.
    """
    if not is_private(file):
        return True
    voucher = media_voucher(key, request.GET)
    if voucher is not None and is_vouched_for(voucher, file):
        return True
    return may_see(_visitor_function()(request), file)


def original_url(request: HttpRequest, original: MediaFile, *, instead_of: str) -> str:
    """Return where an original answers whoever may have the rendition that they asked for."""
    url = media_storage().url(original.key)
    voucher = media_voucher(instead_of, request.GET)
    if voucher is None or not is_private(original):
        return url
    expires = int(request.GET["expires"])
    return f"{url}?{media_query(original.key, voucher=voucher, expires=expires)}"


@cache
def _visitor_function() -> Callable[[HttpRequest], Viewer]:
    function: Callable[[HttpRequest], Viewer] = import_string(gallery_settings().visitor)
    return function


def _forget(*, setting: str, **_: object) -> None:
    if setting == "GALLERY":
        _visitor_function.cache_clear()


setting_changed.connect(_forget, dispatch_uid="gallery.media.access")
