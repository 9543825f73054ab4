"""The app of products."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Products and their galleries."""

    name = "catalog"
