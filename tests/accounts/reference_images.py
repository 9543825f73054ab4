"""What the tests of reference images share."""

from __future__ import annotations

from typing import Any

from accounts.models import ReferenceImage, User
from accounts.services import add_reference_image
from gallery.models import MediaFile
from tests.conftest import Upload
from tests.gallery.api.harness import committed

REFERENCES = "/api/v1/me/reference-images/"
SOURCE = "accounts.referenceimage.image"
KEY = r"reference-images/\d{4}/\d\d/\d\d/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def add(user: User, upload: Upload, **said: Any) -> ReferenceImage:
    """Give a user one more reference image, with its renditions."""
    with committed():
        return add_reference_image(user=user, upload=upload("a.jpg", (40, 30)), **said)


def slots_of(user: User) -> dict[str, int]:
    """Return the slot of each of a user's reference images, by name."""
    return dict(ReferenceImage.objects.filter(user=user).values_list("name", "order"))


def files_of(image: ReferenceImage) -> dict[str, MediaFile]:
    """Return the ledger's rows of one by rendition; the original has no name."""
    return {file.rendition: file for file in MediaFile.objects.of_object(SOURCE, image.pk)}


def post(client: Any, upload: Upload, **values: Any) -> Any:
    """Send a new one."""
    return client.post(REFERENCES, {"image": upload(), **values}, format="multipart")
