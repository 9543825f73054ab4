"""The shapes of signed URLs and of shares."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gallery.models import Share
from orgs.json_types import JSONTypesMixin

# Ours have 43 characters; longer ones are not worth hashing.
MAX_TOKEN_LENGTH = 128


class TemporaryUrlsSerializer(serializers.Serializer[Any]):
    """Where an image answers without credentials, and until when."""

    url = serializers.CharField(help_text="Of the original.")
    variants = serializers.DictField(child=serializers.CharField())
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text="Null for a public image, which answers for ever."
    )


class ShareRequestSerializer(JSONTypesMixin, serializers.Serializer[Share]):
    """A new share."""

    expires_at = serializers.DateTimeField(
        required=False, help_text="Within a year; in a week unless said otherwise."
    )


class ShareSerializer(serializers.ModelSerializer[Share]):
    """A share without its token, which nobody knows but those whom it was given to."""

    creator = serializers.IntegerField(
        source="creator_id", allow_null=True, help_text="The id of the user who shared it."
    )

    class Meta:
        model = Share
        fields: tuple[str, ...] = ("id", "creator", "created_at", "expires_at")
        read_only_fields = fields


class NewShareSerializer(ShareSerializer):
    """A new share with its token, this once."""

    token = serializers.CharField(
        allow_null=True,
        help_text="Shown once and never kept: null in an answer that is given again.",
    )

    class Meta(ShareSerializer.Meta):
        fields = ("id", "token", "creator", "created_at", "expires_at")
        read_only_fields = fields


class TokenSerializer(JSONTypesMixin, serializers.Serializer[Any]):
    """The token of a share."""

    token = serializers.CharField(max_length=MAX_TOKEN_LENGTH)
