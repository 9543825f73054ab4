"""Register the app with Django."""

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    """Organisations and their members."""

    name = "orgs"
    verbose_name = "Organisations"
