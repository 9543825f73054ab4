"""A file that a client sends straight to the storage, before it is an image."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from gallery.querysets import DirectUploadQuerySet


class DirectUpload(models.Model):
    """What a client announced, and where the bytes arrive: unchecked, and served to nobody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.CASCADE, related_name="+"
    )
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    key = models.CharField(max_length=255, unique=True)
    file_name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=32, help_text="What the client says it is.")
    file_size = models.PositiveBigIntegerField(help_text="Bytes, exactly.")
    description = models.JSONField(default=dict, help_text="What is said about the image.")
    parts_name = models.TextField(
        blank=True, help_text="What the bucket calls the upload in parts; empty for one in a piece."
    )
    image = models.ForeignKey(
        "gallery.Image", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    expires_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DirectUploadQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(file_size__gt=0), name="direct_upload_not_empty"),
        ]

    def __str__(self) -> str:
        return self.key
