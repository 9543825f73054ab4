"""Register the app with Django."""

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save


class AccountsConfig(AppConfig):
    """Users, their tokens and their reference images."""

    name = "accounts"

    def ready(self) -> None:
        """Have every change of a reference image reported, whoever makes it."""
        from accounts import events  # noqa: PLC0415  (needs the models, which are there now)
        from accounts.models import ReferenceImage  # noqa: PLC0415  (likewise)

        post_save.connect(
            events.report_saved, sender=ReferenceImage, dispatch_uid="accounts.report_saved"
        )
        post_delete.connect(
            events.report_deleted, sender=ReferenceImage, dispatch_uid="accounts.report_deleted"
        )
