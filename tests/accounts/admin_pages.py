"""Fill in the admin's pages of users and their reference images."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import ReferenceImage, User
from tests.factories import ReferenceImageFactory


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(user: User) -> str:
    return f"/admin/accounts/user/{user.pk}/change/"


class UserForm:
    """What the page of a user sends."""

    def __init__(self, user: User) -> None:
        flags = dict.fromkeys(("is_active", "is_staff", "is_superuser"), "on")
        self.data: dict[str, Any] = {
            "email": user.email,
            "name": user.name,
            **{name: on for name, on in flags.items() if getattr(user, name)},
        }
        images = list(ReferenceImage.objects.filter(user=user))
        for number, image in enumerate(images):
            self.say(
                number,
                id=image.pk,
                user=user.pk,
                image_1=image.focal_point.ppoi,
                name=image.name,
                order=image.order,
            )
        self.data["reference_images-INITIAL_FORMS"] = len(images)
        self.data["reference_images-TOTAL_FORMS"] = len(images)

    def say(self, number: int, **values: Any) -> None:
        """Fill in fields of one slot's form."""
        self.data |= {f"reference_images-{number}-{name}": each for name, each in values.items()}

    def add(self, **values: Any) -> None:
        """Fill in one more."""
        self.say(self.data["reference_images-TOTAL_FORMS"], **values)
        self.data["reference_images-TOTAL_FORMS"] += 1


def meanwhile_somebody_takes_the_first_slot(monkeypatch: pytest.MonkeyPatch, user: User) -> None:
    """Let somebody be quicker than a form, after it was found to be good."""
    store = ReferenceImage.store_assigned_file

    def store_slowly(image: ReferenceImage) -> bool:
        is_stored = store(image)
        if is_stored:
            ReferenceImageFactory.create(user=user, order=0, name="quicker")
        return is_stored

    monkeypatch.setattr(ReferenceImage, "store_assigned_file", store_slowly)
