"""Decode what strangers sent in child processes that may die of it."""

from gallery.imaging.bounded.pool import Budget, DecoderPool

__all__ = ["Budget", "DecoderPool"]
