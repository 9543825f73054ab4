"""Translate HTTP into services and back."""
