"""`manage.py sweep_media`: dry run, limit, and an exit code for whoever runs it."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from gallery import ledger
from gallery.models import Image, MediaFile
from gallery.storage import LocalStorage
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import keys, on_disk, uploaded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def image(organization: Organization, upload: Upload) -> Image:
    return uploaded(organization, upload())


def sweep(*arguments: str) -> str:
    output = StringIO()
    call_command("sweep_media", *arguments, stdout=output)
    return output.getvalue()


def lost_on_the_way(image: Image) -> None:
    """Have the renditions wanted, and nobody at it any more."""
    ledger.queue_warming(image.original_key)
    long_ago = timezone.now() - timedelta(days=1)
    MediaFile.objects.filter(key=image.original_key).update(warming_due=long_ago)


def orphan() -> None:
    Image.objects.all()._raw_delete("default")
    MediaFile.objects.update(state="stale", delete_after=timezone.now())


def test_sweep_media__nothing_to_do__says_so(image: Image) -> None:
    assert sweep() == (
        "0 deleted, 0 in use after all, 0 waiting, 0 failed; 0 images finished, 0 failed; "
        "forgotten: 0 idempotency keys, 0 shares, 0 direct uploads, 0 claims\n"
    )


def test_sweep_media__orphans__are_deleted(image: Image, media_root: Path) -> None:
    orphan()

    assert sweep().startswith("5 deleted")
    assert on_disk(media_root) == keys() == set()


def test_sweep_media__dry_run__names_everything_and_changes_nothing(
    image: Image, media_root: Path
) -> None:
    lost_on_the_way(image)
    stale = MediaFile.objects.exclude(original=None)
    stale.update(state="stale", delete_after=timezone.now())
    before = on_disk(media_root)

    lines = sweep("--dry-run").splitlines()

    assert lines == [
        *(f"would settle {key}" for key in stale.order_by("pk").values_list("key", flat=True)),
        f"would finish gallery.image.file {image.pk}",
    ]
    assert len(sweep("--dry-run", "--limit", "1").splitlines()) == 2
    assert on_disk(media_root) == before == keys()


def test_sweep_media__limit__settles_no_more(image: Image) -> None:
    orphan()

    assert sweep("--limit", "2").startswith("2 deleted")
    assert len(keys()) == 3


@pytest.mark.parametrize("limit", ["0", "-1", "x"])
def test_sweep_media__impossible_limit__is_refused(limit: str) -> None:
    with pytest.raises(CommandError):
        sweep(f"--limit={limit}")


def test_sweep_media__image_left_pending__is_finished_when_its_time_is_over(
    image: Image, media_root: Path
) -> None:
    for file in MediaFile.objects.exclude(original=None):
        file.delete()
    ledger.queue_warming(image.original_key)
    assert "; 0 images finished" in sweep()
    lost_on_the_way(image)

    assert "; 1 images finished, 0 failed" in sweep()
    assert len(keys(state="live")) == 5


@pytest.mark.parametrize("what", ["delete", "finish"])
def test_sweep_media__something_fails__exits_with_1(
    image: Image, media_root: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    if what == "delete":
        orphan()
        monkeypatch.setattr(LocalStorage, "delete", lambda *_: (media_root / "no").unlink())
    else:
        (media_root / image.original_key).write_bytes(b"damaged")
        for file in MediaFile.objects.exclude(original=None):
            file.delete()
        lost_on_the_way(image)

    with pytest.raises(CommandError) as caught:
        sweep()

    assert caught.value.returncode == 1
    if what == "finish":
        assert Image.objects.get().error == "unsupported_format"
