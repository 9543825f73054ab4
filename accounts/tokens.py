"""Decide whose a token is: a token is worth no more than its user is at this moment."""

from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import Token
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.models import User


def user_of(token: Token) -> User:
    """Return the active user a valid token was made for.

    The library checks this when a token is used for a request; when one is refreshed it lets the
    look-up of a deleted user fail and does not notice a changed password, and when one is verified
    it does not look at the user at all.

    Raises:
        TokenError: the user is gone or inactive, or has changed the password since.
    """
    user = User.objects.filter(pk=token.get(api_settings.USER_ID_CLAIM), is_active=True).first()
    if user is None:
        raise TokenError("No active account found for the given token.")
    if api_settings.CHECK_REVOKE_TOKEN:
        password_then = token.get(api_settings.REVOKE_TOKEN_CLAIM, "")
        if not constant_time_compare(password_then, get_md5_hash_password(user.password)):
            raise TokenError("The password was changed after this token was made.")
    return user
