"""Signed URLs of private images, and share links for people without an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from gallery.conf import gallery_settings
from gallery.exceptions import InvalidExpiry, ShareNotFound
from gallery.models import HasRenditions, Image, MediaFile, Share
from gallery.models.share import hash_of, new_token
from gallery.renditions.urls import variant_keys, variants
from gallery.services.uploads import lock_image
from gallery.signing import Voucher, VoucherKind, expiry, media_query
from gallery.storage import media_storage
from orgs import preconditions
from orgs.preconditions import Precondition

LONGEST_SHARE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class TemporaryUrls:
    """Where an image and its renditions answer, and until when; None for as long as they exist."""

    variants: dict[str, str]
    expires_at: datetime | None

    @property
    def url(self) -> str:
        """That of the original."""
        return self.variants["original"]


def urls_for(*, image: HasRenditions, user: AbstractBaseUser) -> TemporaryUrls:
    """Return URLs of an image, of whatever model, that need no credentials.

    Those of a private image are signed in the name of `user`: they answer for a while, and for no
    longer than the user may see the image.
    """
    if image.media_visibility() == MediaFile.Visibility.PUBLIC:
        return TemporaryUrls(variants(image), None)
    voucher = Voucher(VoucherKind.user, str(user.pk))
    return _signed(image, voucher, expiry(gallery_settings().signed_seconds))


def share_image(
    *, image: Image, creator: AbstractBaseUser, expires_at: datetime | None = None
) -> tuple[Share, str]:
    """Return a new share of `image` and its token, which is not kept and never shown again.

    Raises:
        InvalidExpiry: it would have ended already, or in more than a year.
        Image.DoesNotExist: somebody deleted it meanwhile.
    """
    now = timezone.now()
    until = expires_at or now + timedelta(seconds=gallery_settings().share_seconds)
    if not now < until <= now + LONGEST_SHARE:
        raise InvalidExpiry
    token = new_token()
    with transaction.atomic():
        # Or somebody may delete it at this moment.
        lock_image(image)
        share = Share.objects.create(
            image=image,
            creator=cast("Any", creator),
            token_hash=hash_of(token),
            expires_at=until,
        )
    return share, token


def revoke_share(
    *, image: Image, share_id: int, precondition: Precondition = preconditions.none
) -> None:
    """End a share at once, with every URL that it gave.

    Raises:
        ShareNotFound: the image has none with this id.
    """
    precondition()
    deleted, _ = Share.objects.filter(image=image, pk=share_id).delete()
    if not deleted:
        raise ShareNotFound


def resolve_share(*, token: str) -> TemporaryUrls:
    """Return URLs of the image that `token` is for, signed in the name of its share.

    Raises:
        ShareNotFound: there is no such token, or it has expired or was revoked.
    """
    shares = Share.objects.valid().select_related("image__organization")
    share = shares.filter(token_hash=hash_of(token)).first()
    if share is None:
        raise ShareNotFound
    until = min(expiry(gallery_settings().signed_seconds), int(share.expires_at.timestamp()))
    return _signed(share.image, Voucher(VoucherKind.share, str(share.pk)), until)


def _signed(image: HasRenditions, voucher: Voucher, expires: int) -> TemporaryUrls:
    def sign(key: str) -> str:
        query = media_query(key, voucher=voucher, expires=expires)
        return f"{media_storage().url(key)}?{query}"

    signed = {name: sign(key) for name, key in variant_keys(image).items()}
    return TemporaryUrls(signed, datetime.fromtimestamp(expires, tz=UTC))
