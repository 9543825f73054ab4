"""Direct uploads to a disk: announce, send, complete; what is refused, and what is left behind."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import User
from gallery import ledger
from gallery.models import DirectUpload, Image, MediaFile
from gallery.services import direct_uploads
from gallery.services.uploads import upload_image
from orgs.models import Organization
from tests.accounts.clients import client_of, field_codes_of, problem_of
from tests.conftest import Upload
from tests.gallery.api.direct import (
    SAID,
    UPLOADS,
    announce,
    assert_over,
    bytes_of,
    complete,
    facts,
    located,
    send,
    sent,
)
from tests.gallery.api.harness import CommittingClient, picture_at, stored_files
from tests.gallery.heart import age, assert_nothing_lost, keys, watched_storage
from tests.gallery.ledger.test_races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(committing_client: CommittingClient) -> APIClient:
    return committing_client


# --- the way it is meant ------------------------------------------------------------------------


def test_announce__says_how_to_send_it_and_stores_nothing(
    client: APIClient, member: User, media_root: Path, organization: Organization
) -> None:
    response: Any = client.post(UPLOADS, facts(b"12345", **SAID))

    said = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"http://testserver{UPLOADS}{said['id']}/"
    assert list(said) == [
        *("id", "method", "url", "fields", "headers", "parts", "image", "expires_at")
    ]
    assert said["url"].startswith(f"{UPLOADS}{said['id']}/file/?expires=")
    assert (said["method"], said["headers"]) == ("PUT", {"Content-Type": "image/jpeg"})
    assert (said["fields"], said["parts"], said["image"]) == ({}, [], None)
    row = MediaFile.objects.get()
    upload = DirectUpload.objects.get()
    assert (row.key, row.state, row.size) == (f"incoming/{said['id']}", "pending", 5)
    assert row.delete_after == upload.expires_at + timedelta(hours=1)
    assert (upload.creator, upload.organization) == (member, organization)
    assert stored_files(media_root) == []
    assert client.get(response["Location"]).json() == said


def test_complete__makes_what_a_usual_upload_makes(
    client: APIClient, images_url: str, media_root: Path, upload: Upload
) -> None:
    data = located(upload)
    instructions = sent(client, data, file_name="a b.JPG", **SAID)
    done = complete(client, instructions)

    form = {**SAID, "focal_point": '{"x": 0.29, "y": 0.57}'}
    file = SimpleUploadedFile("a b.JPG", data, "image/jpeg")
    usual = client.post(images_url, {"file": file, **form}, format="multipart")
    assert (done.status_code, usual.status_code) == (201, 201)
    # Read again: their renditions were made when both were answered.
    image, other = (client.get(each["Location"]).json() for each in (done, usual))
    assert done["Location"] == f"http://testserver{images_url}{image['id']}/"
    its_own = {"id", "url", "variants", "object_key", "created_at", "updated_at", "renditions"}
    assert {name for name in image if image[name] != other[name]} == its_own
    assert {name: image[name] for name in SAID} == SAID
    assert len(other["renditions"]) == 4
    for name, made in other["renditions"].items():
        assert {**image["renditions"][name], "url": ""} == {**made, "url": ""}
    assert (image["width"], image["height"]) == (30, 40)
    assert not picture_at(media_root, image["url"]).getexif().get_ifd(0x8825)
    assert client.get(f"{UPLOADS}{instructions['id']}/").json()["image"] == image["id"]
    assert not list(media_root.glob("incoming/*"))
    assert_nothing_lost(media_root)


def test_complete__says_nothing_of_what_was_not_said(client: APIClient, upload: Upload) -> None:
    image = complete(client, sent(client, bytes_of(upload))).json()

    assert (image["title"], image["visibility"]) == ("", "public")
    assert image["focal_point"] == {"x": 0.5, "y": 0.5}
    assert image["file_name"] == "photo.jpg"


def test_complete__believes_the_bytes_and_not_what_was_announced(
    client: APIClient, upload: Upload
) -> None:
    data = upload("a.png", (40, 30)).read()
    image = complete(client, sent(client, data, file_name="a.gif")).json()

    assert image["content_type"] == "image/png"
    assert image["object_key"].endswith(".png")


def test_complete__before_the_file_is_there__is_409_and_may_be_tried_again(
    client: APIClient, upload: Upload
) -> None:
    data = bytes_of(upload)
    instructions = announce(client, data)
    early = complete(client, instructions)

    assert (early.status_code, problem_of(early)["code"]) == (409, "upload_incomplete")
    assert send(instructions, data).status_code == 204
    assert complete(client, instructions).status_code == 201


def test_complete__twice__is_one_image(client: APIClient, media_root: Path, upload: Upload) -> None:
    instructions = sent(client, bytes_of(upload))
    first = complete(client, instructions)
    files = stored_files(media_root)
    again = complete(client, instructions)
    # As if the process had died right after it had made the image.
    DirectUpload.objects.update(image=None)
    once_more = complete(client, instructions)

    assert [each.status_code for each in (first, again, once_more)] == [201] * 3
    assert again.json() == once_more.json()
    assert first["Location"] == again["Location"] == once_more["Location"]
    assert Image.objects.count() == 1
    assert stored_files(media_root) == files


@pytest.mark.django_db(transaction=True)
def test_complete__at_once__is_one_image(
    client: APIClient, member: User, media_root: Path, upload: Upload
) -> None:
    for _ in range(3):
        instructions = sent(client, bytes_of(upload))
        Image.objects.all().delete()
        answers = at_once(*[lambda: complete(client_of(member), instructions)] * 3)  # noqa: B023

        assert [each.status_code for each in answers] == [201] * 3, answers
        assert len({each.json()["id"] for each in answers}) == 1
        assert Image.objects.count() == 1
    age()
    ledger.sweep()
    assert_nothing_lost(media_root)
    assert keys(original=None) == set(Image.objects.values_list("file", flat=True))


def test_complete__while_somebody_deletes_the_image__is_404_and_makes_no_other(
    client: APIClient, media_root: Path, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upload_and_lose(**values: Any) -> Image:
        image = upload_image(**values)
        Image.objects.get(pk=image.pk).delete()
        return image

    monkeypatch.setattr(direct_uploads, "upload_image", upload_and_lose)
    data = bytes_of(upload)
    instructions = sent(client, data)

    assert complete(client, instructions).status_code == 404
    assert_over(client, instructions, data)
    assert_nothing_lost(media_root)


def test_complete__while_the_disk_fails__is_503_and_may_be_tried_again(
    client: APIClient, upload: Upload
) -> None:
    client.raise_request_exception = False
    instructions = sent(client, bytes_of(upload))
    for name in ("stat", "read", "put"):
        with watched_storage(fail_at=1, names=(name,)) as calls:
            answer = complete(client, instructions)
        assert calls == [name]
        assert (answer.status_code, problem_of(answer)["code"]) == (503, "storage_unavailable")

    with watched_storage(fail_at=1, names=("delete",)):
        assert complete(client, instructions).status_code == 201  # the sweep deletes it


def test_complete__of_an_image_that_was_deleted__is_404(
    client: APIClient, media_root: Path, upload: Upload
) -> None:
    data = bytes_of(upload)
    instructions = sent(client, data)
    client.delete(complete(client, instructions)["Location"])

    assert_over(client, instructions, data)
    age()
    ledger.sweep()
    assert (keys(), stored_files(media_root)) == (set(), [])


def test_keys__announced_and_completed_again_it_is_one_upload(
    client: APIClient, upload: Upload
) -> None:
    data = bytes_of(upload)
    first, again = (
        client.post(UPLOADS, facts(data), headers={"idempotency-key": "a"}) for _ in range(2)
    )
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert (DirectUpload.objects.count(), MediaFile.objects.count()) == (1, 1)

    assert send(first.json(), data).status_code == 204
    answers = [complete(client, first.json(), headers={"idempotency-key": "b"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert Image.objects.count() == 1


# --- what is refused ----------------------------------------------------------------------------


NONSENSE: dict[str, list[Any]] = {
    "file_size": [0, -1, 2**63, 1.5, "5", True, None, [], 1e300, "9" * 2000],
    "file_name": ["", "a" * 255, 5, None, "\0.jpg", {}, "\ud800.jpg"],
    "content_type": ["", "a" * 33, 5, None, "a\0"],
    "title": ["a" * 256, 5, None, "\0", "\udfff"],
    "description": ["a" * 10_001],
    "visibility": ["secret", "", None, 1],
    "decorative": ["yes", None, 1],
    "focal_point": [{"x": x, "y": 0} for x in (2, True, "1", None, 1e400)] + [[], "x", None],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in NONSENSE.items() for value in values]
)
def test_announce__of_nonsense__is_400_and_records_nothing(
    client: APIClient, field: str, value: Any
) -> None:
    # By hand: the client's own encoder writes neither lone surrogates nor infinity.
    body = json.dumps(facts(b"12345", **{field: value})).replace("Infinity", "1e400")
    response: Any = client.generic("POST", UPLOADS, body, content_type="application/json")

    assert list(field_codes_of(response)) == [field]
    assert not DirectUpload.objects.exists()
    assert not MediaFile.objects.exists()


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"file_size": 25 * 1024 * 1024 + 1}, 413, "too_large"),
        ({"file_size": 2**63 - 1}, 413, "too_large"),
        ({"content_type": "image/svg+xml"}, 415, "unsupported_format"),
        ({"content_type": "text/html"}, 415, "unsupported_format"),
        ({"content_type": "image/jpeg\r\nX: y"}, 415, "unsupported_format"),
    ],
)
def test_announce__of_what_is_hopeless__is_refused_at_once(
    client: APIClient, said: dict[str, Any], status: int, code: str
) -> None:
    response: Any = client.post(UPLOADS, facts(b"12345", **said))

    assert (response.status_code, problem_of(response)["code"]) == (status, code)
    assert not MediaFile.objects.exists()


@pytest.mark.parametrize(
    "body", ["[]", "5", "null", "{", "[" * 100_000, '{"file_size": NaN}', "9" * 5000]
)
def test_announce__of_what_is_no_object__is_400(client: APIClient, body: str) -> None:
    response: Any = client.generic("POST", UPLOADS, body, content_type="application/json")

    assert response.status_code == 400
    assert problem_of(response)


def test_announce__counts_as_an_upload(client: APIClient, settings: Any) -> None:
    settings.GALLERY = {**settings.GALLERY, "UPLOAD_RATE": "1/hour"}
    announce(client, b"12345")
    response: Any = client.post(UPLOADS, facts(b"12345"))

    assert (response.status_code, problem_of(response)["code"]) == (429, "throttled")
    assert MediaFile.objects.count() == 1


def test_announce__by_a_viewer_is_403_and_elsewhere_404(
    viewer: User, outsider: User, organization: Organization
) -> None:
    for user, status in ((viewer, 403), (outsider, 404), (None, 401)):
        response: Any = client_of(user).post(UPLOADS, facts(b"12345"))
        assert response.status_code == status
    assert not MediaFile.objects.exists()
