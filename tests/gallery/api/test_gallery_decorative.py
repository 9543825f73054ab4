"""What says nothing in one gallery may say something in another."""

from __future__ import annotations

import pytest

from gallery.models import Image
from gallery.services import attachments
from tests.gallery.api.conftest import LIBRARY
from tests.gallery.api.harness import CommittingClient
from tests.testapp.models import Album

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("in_library", "here", "words", "shown"),
    [
        (False, None, "", "boats"),
        (False, True, "", None),
        (False, True, "words", None),
        (True, None, "", None),
        # Somebody wrote words for this place: here it says something.
        (True, None, "words", "words"),
        (True, False, "", "boats"),
    ],
)
def test_patch__decorative__is_of_this_use_alone(
    committing_client: CommittingClient,
    album: Album,
    album_url: str,
    ids: list[int],
    in_library: bool,
    here: bool | None,
    words: str,
    shown: str | None,
) -> None:
    attachments.attach(obj=album, image=Image.objects.get(pk=ids[0]))
    library = f"{LIBRARY}/images/{ids[0]}/"
    committing_client.patch(library, {"alt_text": "boats", "decorative": in_library}, format="json")
    said = {"custom_decorative": here, "custom_alt_text": words}
    url = f"{album_url}{ids[0]}/"
    assert committing_client.patch(url, said, format="json").status_code == 200
    body = committing_client.get(f"{url}?expand=picture").json()

    assert (body["custom_decorative"], body["decorative"]) == (here, shown is None)
    assert body["alt_text"] == body["picture"]["img"]["alt"] == (shown or "")
    assert committing_client.get(library).json()["decorative"] is in_library
