"""What the log says of reference images: one line for each event, by whichever road."""

from __future__ import annotations

import logging
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.exceptions import ReferenceImagesFull
from accounts.models import ReferenceImage, User
from accounts.services import (
    add_reference_image,
    remove_reference_image,
    update_reference_image,
)
from gallery.exceptions import StorageUnavailable, TooLarge, UnsupportedFormat
from tests.accounts.reference_images import KEY, add
from tests.conftest import Upload
from tests.factories import ReferenceImageFactory
from tests.gallery.heart import watched_storage

pytestmark = pytest.mark.django_db(transaction=True)
LOGGER = "accounts.reference_images"
FORGED = "a\r\n2026-11-21 INFO root forged\x1b[31m"


@pytest.fixture(autouse=True)
def _info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, LOGGER)


def lines_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was said, and forget it."""
    lines = [record.getMessage() for record in caplog.records if record.name == LOGGER]
    caplog.clear()
    return lines


def test_log__tells_what_was_created_changed_and_deleted(
    caplog: pytest.LogCaptureFixture, user: User, upload: Upload
) -> None:
    image = add(user, upload, name=FORGED)
    (record,) = [record for record in caplog.records if record.name == LOGGER]
    size = len(upload("a.jpg", (40, 30)).read())
    fields = {"user": user.pk, "id": str(image.pk), "order": 0, "key": image.original_key}
    assert record.levelno == logging.INFO
    assert {name: record.__dict__[name] for name in (*fields, "bytes")} == {**fields, "bytes": size}
    (line,) = lines_of(caplog)
    ours = rf"user={user.pk} id={image.pk} order=(\d) key={KEY}\.jpg bytes={size}"
    assert re.fullmatch(rf"reference_image_created {ours}", line)

    update_reference_image(reference_image=image, order=3, name=FORGED)
    (line,) = lines_of(caplog)
    assert re.fullmatch(rf"reference_image_updated {ours}", line)
    assert "order=3" in line

    remove_reference_image(reference_image=image)
    (line,) = lines_of(caplog)
    assert re.fullmatch(rf"reference_image_deleted {ours}", line)


def test_log__tells_of_both_that_are_swapped(caplog: pytest.LogCaptureFixture, user: User) -> None:
    one, other = (ReferenceImageFactory.create(user=user, order=order) for order in (0, 1))
    update_reference_image(reference_image=one, order=1)

    lines = lines_of(caplog)
    assert [line.split()[0] for line in lines] == ["reference_image_updated"] * 2
    assert {f"id={one.pk} order=1", f"id={other.pk} order=0"} == {
        " ".join(line.split()[2:4]) for line in lines
    }


def test_log__tells_of_what_goes_with_its_user(
    caplog: pytest.LogCaptureFixture, user: User, upload: Upload
) -> None:
    images = [add(user, upload) for _ in range(2)]
    lines_of(caplog)
    user.delete()

    deleted = [line.split()[2] for line in lines_of(caplog)]
    assert sorted(deleted) == sorted(f"id={image.pk}" for image in images)


def test_log__tells_nothing_that_did_not_happen(
    caplog: pytest.LogCaptureFixture, user: User, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = add(user, upload)
    lines_of(caplog)

    def refuse() -> None:
        raise TooLarge

    with pytest.raises(TooLarge):
        update_reference_image(reference_image=image, name="x", precondition=refuse)

    assert lines_of(caplog) == []
    assert ReferenceImage.objects.get().name == ""


def test_log__tells_what_failed_and_what_it_was_about(
    caplog: pytest.LogCaptureFixture, user: User, upload: Upload
) -> None:
    with pytest.raises(UnsupportedFormat):
        add_reference_image(user=user, upload=SimpleUploadedFile(FORGED, b"just text"))
    (record,) = [record for record in caplog.records if record.name == LOGGER]
    assert record.levelno == logging.WARNING
    (line,) = lines_of(caplog)
    pattern = rf"reference_image_failed verb=store user={user.pk} id=\S+ code=unsupported_format.*"
    assert re.fullmatch(pattern, line)

    with watched_storage(fail_at=1, names=("put",)), pytest.raises(StorageUnavailable):
        add_reference_image(user=user, upload=upload())
    (line,) = lines_of(caplog)
    assert "code=storage_unavailable" in line

    ReferenceImageFactory.create_batch(5, user=user)
    with pytest.raises(ReferenceImagesFull):
        add_reference_image(user=user, upload=upload())
    full = f"reference_image_failed verb=add user={user.pk} code=reference_images_full"
    assert lines_of(caplog) == [full]
