"""Who is making a rendition that somebody asked for, so that others wait for it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class RenditionClaim(models.Model):
    """The right to make one file, until it is there or the time is over."""

    key = models.CharField(max_length=255, unique=True)
    holder = models.CharField(max_length=32, help_text="A random name for the one request.")
    expires_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="rendition_claim_expired")]

    def __str__(self) -> str:
        return self.key
