"""Who may see a stored file that is not for everybody."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from gallery.models import HasRenditions, Image, MediaFile, Share
from gallery.renditions.sources import ModelSource, sources
from gallery.signing import Voucher, VoucherKind
from orgs.models import Viewer


def may_see(user: Viewer, file: MediaFile) -> bool:
    """Tell whether `user` may see a private file: its source has the rule, and nobody else.

    `HasRenditions.private_to` says it of models: the members of its organisation see an image.
    """
    if not user.is_active:
        return False
    source = sources().get(file.source)
    if source is None:
        return False
    if isinstance(source, ModelSource):
        return _is_among(source.model, user, file.object_id)
    original = file.original or file
    return source.may_see(user, original.key)


def is_vouched_for(voucher: Voucher, file: MediaFile) -> bool:
    """Tell whether whoever vouches for a request may still see a private file themselves.

    So a signed URL ends with the membership of who asked for it, and with the share it came from.
    """
    try:
        if voucher.kind is VoucherKind.share:
            shares = Share.objects.valid().filter(pk=voucher.pk, image__pk=file.object_id)
            return file.source == Image.image_field_object().source and shares.exists()
        user = get_user_model()._default_manager.filter(pk=voucher.pk).first()
    except (ValueError, ValidationError, OverflowError):
        return False  # no primary key looks like that
    return user is not None and may_see(user, file)


def _is_among(model: type[HasRenditions], user: Viewer, object_id: str) -> bool:
    try:
        return model.private_to(user).filter(pk=object_id).exists()
    except (ValueError, ValidationError, OverflowError):
        return False  # no primary key looks like that
