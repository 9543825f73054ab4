"""What is refused as a reference image, and what is sent twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import ReferenceImage, User
from gallery.models import MediaFile
from tests.accounts.clients import field_codes_of, problem_of
from tests.accounts.reference_images import REFERENCES, SOURCE, add, post
from tests.conftest import Upload
from tests.gallery.api.harness import CommittingClient, stored_files

pytestmark = pytest.mark.django_db


def test_upload__bytes_decide_about_the_status(
    client: CommittingClient, upload: Upload, media_root: Path, settings: Any
) -> None:
    picture = upload().read()
    for content, status, code in (
        (b"just text", 415, "unsupported_format"),
        (picture[: len(picture) // 2], 422, "corrupt"),
    ):
        file = SimpleUploadedFile("a.jpg", content)
        response = client.post(REFERENCES, {"image": file}, format="multipart")
        assert (response.status_code, problem_of(response)["code"]) == (status, code)
    settings.GALLERY = {"MAX_UPLOAD_BYTES": len(picture) - 1}
    response = post(client, upload)
    assert (response.status_code, problem_of(response)["code"]) == (413, "too_large")
    assert stored_files(media_root) == []
    assert not MediaFile.objects.exists()


def test_upload__a_form_that_is_wrong_is_400(client: CommittingClient, upload: Upload) -> None:
    empty = SimpleUploadedFile("a.jpg", b"")
    for values, codes in (
        ({"name": "x"}, {"image": "required"}),
        ({"image": "text"}, {"image": "invalid"}),
        ({"image": empty}, {"image": "empty"}),
        ({"image": upload(), "order": "5"}, {"order": "max_value"}),
        ({"image": upload(), "order": "x"}, {"order": "invalid"}),
        ({"image": upload(), "name": "n" * 101}, {"name": "max_length"}),
        ({"image": [upload(), upload()]}, {"image.0": "several_files"}),
    ):
        response = client.post(REFERENCES, values, format="multipart")
        found = field_codes_of(response)
        assert set(found.values()) == set(codes.values()), found
    assert client.post(REFERENCES, {"image": "x"}).status_code == 415


def test_upload__sent_again_with_its_key__is_one(
    client: CommittingClient, user: User, upload: Upload
) -> None:
    first, second = (
        client.post(REFERENCES, {"image": upload()}, format="multipart", HTTP_IDEMPOTENCY_KEY="one")
        for _ in range(2)
    )

    assert first.status_code == second.status_code == 201
    assert second["Idempotency-Replayed"] == "true"
    assert first.json() == second.json()
    assert ReferenceImage.objects.count() == 1


def test_upload__whose_answer_was_not_kept__is_found_again(user: User, upload: Upload) -> None:
    first, second = (add(user, upload, upload_id="7:0") for _ in range(2))

    assert first.pk == second.pk
    assert ReferenceImage.objects.count() == 1
    assert MediaFile.objects.filter(source=SOURCE, original=None).count() == 1
