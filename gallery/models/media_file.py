"""The ledger of storage: one row for every stored file, whoever owns it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from gallery.querysets import MediaFileQuerySet


class MediaFile(models.Model):
    """One stored file, an original or a rendition, from before it is put until it is gone.

    pending: announced; the file may be there, half there or not. Nothing refers to it yet.
    live: used by its object. stale: no longer used; answers until `delete_after`, then swept.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        LIVE = "live"
        STALE = "stale"

    class Warming(models.TextChoices):
        """Of an original: whether its renditions are made."""

        PENDING = "pending"
        READY = "ready"
        FAILED = "failed"

    class Visibility(models.TextChoices):
        PUBLIC = "public"
        PRIVATE = "private"

    key = models.CharField(max_length=255, unique=True)
    state = models.CharField(max_length=7, choices=State, default=State.PENDING)
    delete_after = models.DateTimeField(null=True, blank=True)
    retry_after = models.DateTimeField(
        null=True, blank=True, help_text="The storage failed to delete it; not again before this."
    )
    original = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="renditions"
    )
    rendition = models.CharField(max_length=64, blank=True, help_text="Empty for an original.")
    fingerprint = models.CharField(
        max_length=64, blank=True, help_text="The size key the rendition was made with."
    )
    source = models.CharField(max_length=120, help_text="The field it belongs to.")
    object_id = models.CharField(max_length=64, blank=True, help_text="Empty while pending.")
    visibility = models.CharField(max_length=7, choices=Visibility, default=Visibility.PRIVATE)
    content_type = models.CharField(max_length=32)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    file_name = models.CharField(
        max_length=255, blank=True, help_text="What its uploader called it; empty for a rendition."
    )
    acl_due = models.DateTimeField(
        null=True, blank=True, help_text="Its bucket is to be told who may see it, since then."
    )
    warming = models.CharField(
        max_length=7,
        choices=Warming,
        blank=True,
        help_text="Of an original: how far its renditions are. Empty where nothing is due.",
    )
    warming_attempts = models.PositiveSmallIntegerField(default=0)
    warming_error = models.CharField(
        max_length=64, blank=True, help_text="Why the last attempt failed: a stable code."
    )
    warming_due = models.DateTimeField(
        null=True, blank=True, help_text="When the sweep may begin what nobody has finished."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = MediaFileQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["pending", "live", "stale"]), name="media_file_state_known"
            ),
            models.CheckConstraint(
                condition=Q(visibility__in=["public", "private"]),
                name="media_file_visibility_known",
            ),
            models.CheckConstraint(
                condition=Q(state="live", delete_after=None)
                | (~Q(state="live") & Q(delete_after__isnull=False)),
                name="media_file_only_live_is_kept",
            ),
            models.CheckConstraint(
                condition=Q(original=None, rendition="")
                | (Q(original__isnull=False) & ~Q(rendition="")),
                name="media_file_rendition_has_original",
            ),
            models.CheckConstraint(
                condition=Q(warming__in=["", "pending", "ready", "failed"]),
                name="media_file_warming_known",
            ),
            # Of what is on its way, unchecked, nobody knows how large it is.
            models.CheckConstraint(
                condition=~Q(state="live") | Q(width__gt=0, height__gt=0, size__gt=0),
                name="media_file_not_empty",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["source", "object_id"], name="media_file_by_object"),
            models.Index(
                fields=["delete_after"],
                condition=Q(delete_after__isnull=False),
                name="media_file_to_sweep",
            ),
            models.Index(
                fields=["warming_due"],
                condition=Q(warming_due__isnull=False),
                name="media_file_to_warm",
            ),
            models.Index(
                fields=["acl_due"], condition=Q(acl_due__isnull=False), name="media_file_acl_due"
            ),
            models.Index(
                fields=["source", "id"], condition=Q(original=None), name="media_file_originals"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_original(self) -> bool:
        """Whether this is the file somebody uploaded, not one made from it."""
        return self.original_id is None
