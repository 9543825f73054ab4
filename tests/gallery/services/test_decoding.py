"""An upload that breaks its decoder, or finds none, is refused as a whole; the next one is not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import User
from gallery.exceptions import DecodersBusy, OverBudget
from gallery.imaging.bounded import pool
from gallery.imaging.limits import Limits
from gallery.models import Image, MediaFile
from gallery.renditions import decoders as module
from gallery.renditions.decoders import decoders
from gallery.services.uploads import replace_file
from orgs.models import Organization
from tests.accounts.clients import client_of, problem_of
from tests.conftest import Upload
from tests.gallery.api.harness import assert_nothing_stored, stored_files
from tests.gallery.heart import uploaded
from tests.gallery.imaging.bounded.sabotage import TRIGGER, program

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/v1/images/orgs/acme/images/"
BULK_URL = "/api/v1/images/orgs/acme/bulk-upload/"


@pytest.fixture
def client(member: User) -> APIClient:
    client = client_of(member)
    client.raise_request_exception = False
    return client


@pytest.fixture(autouse=True)
def sabotage(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """Have the only decoder of this process die of an upload, and sleep over a probe."""
    settings.GALLERY = {"DECODER_PROCESSES": 1, "DECODER_PATIENCE_SECONDS": 1}
    code = "if len(requests) > 0: os.abort()"
    monkeypatch.setattr(pool, "_PROGRAM", program(code))
    yield
    module._close()


def bad() -> SimpleUploadedFile:
    return SimpleUploadedFile("bad.jpg", TRIGGER)


def sent(client: APIClient, file: SimpleUploadedFile) -> Any:
    return client.post(URL, {"file": file}, format="multipart")


def test_upload__is_422_and_leaves_nothing__when_its_decoder_dies(
    client: APIClient, media_root: Path, upload: Upload
) -> None:
    response = sent(client, bad())

    assert (response.status_code, problem_of(response)["code"]) == (422, "over_budget")
    assert_nothing_stored(media_root)
    response = sent(client, upload())
    assert (response.status_code, response.json()["status"]) == (201, "ready")


@pytest.fixture
def busy() -> Iterator[None]:
    """Hold the only decoder of this process."""

    def hold() -> None:
        with pytest.raises(OverBudget):
            decoders().take_in(TRIGGER, [], limits=Limits())

    with ThreadPoolExecutor(1) as threads:
        held = threads.submit(hold)
        deadline = time.monotonic() + 5
        while not (children := list(decoders()._all)) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.3)
        yield
        for child in children:
            child._process.kill()
        held.result()


def test_upload__is_503_and_leaves_nothing__when_no_decoder_is_free(
    client: APIClient, media_root: Path, upload: Upload, busy: None
) -> None:
    response = sent(client, upload())

    assert (response.status_code, problem_of(response)["code"]) == (503, "decoders_busy")
    assert int(response["Retry-After"]) > 0
    assert_nothing_stored(media_root)
    for child in list(decoders()._all):
        child._process.kill()
    assert sent(client, upload()).status_code == 201


def test_bulk_upload__keeps_the_good_ones__when_one_breaks_its_decoder(
    client: APIClient, media_root: Path, upload: Upload
) -> None:
    files = [upload("a.png"), bad(), upload("c.png")]
    response = client.post(BULK_URL, {"files": files}, format="multipart")

    assert response.status_code == 201
    assert Image.objects.count() == 2
    [failure] = response.json()["errors"]
    assert (failure["index"], failure["code"]) == (1, "over_budget")


def test_replacement__leaves_the_image_as_it_was__when_its_decoder_dies(
    organization: Organization, media_root: Path, upload: Upload
) -> None:
    image = uploaded(organization, upload())
    before = stored_files(media_root), MediaFile.objects.count(), image.original_key
    with pytest.raises(OverBudget):
        replace_file(image=Image.objects.get(pk=image.pk), upload=bad())
    image.refresh_from_db()
    assert (stored_files(media_root), MediaFile.objects.count(), image.original_key) == before


def test_replacement__leaves_the_image_as_it_was__when_no_decoder_is_free(
    organization: Organization, media_root: Path, upload: Upload, request: pytest.FixtureRequest
) -> None:
    image = uploaded(organization, upload())
    before = stored_files(media_root), MediaFile.objects.count(), image.original_key
    request.getfixturevalue("busy")
    with pytest.raises(DecodersBusy):
        replace_file(image=Image.objects.get(pk=image.pk), upload=upload("b.png"))
    image.refresh_from_db()
    assert (stored_files(media_root), MediaFile.objects.count(), image.original_key) == before
