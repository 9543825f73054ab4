"""What a role may do to one image, beyond what it may do in the organisation."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import models

from gallery.models import Image
from orgs.tenancy import Access


def may_delete(access: Access, user: models.Model | AnonymousUser, image: Image) -> bool:
    """Tell whether `user` may delete `image`: their own as a writer, anybody's as a manager."""
    return access.can_manage or (access.can_write and image.creator_id == user.pk)
