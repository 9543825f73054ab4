"""`verify_storage`: what is missing, damaged or nobody's is said, and mended where that can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

import gallery
from gallery import ledger
from gallery.exceptions import StorageUnavailable
from gallery.models import Image, MediaFile
from gallery.renditions import key_source
from gallery.storage import LocalStorage, StoredFile
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import age, assert_nothing_lost, keys, on_disk, uploaded
from tests.gallery.renditions.adoption import keep, make_all
from tests.testapp.models import Photo

pytestmark = pytest.mark.django_db(transaction=True)
ID = "0a6e7c1e-5a4b-4f0e-9d0c-3f1b2a4c5d6e"
UNKNOWN = f"images/2026/01/31/{ID}.jpg"


@pytest.fixture
def image(organization: Organization, upload: Upload) -> Image:
    return uploaded(organization, upload(size=(800, 600)))


def verify(*options: str) -> tuple[int, list[str]]:
    """Return the exit code and the lines."""
    out = StringIO()
    try:
        call_command("verify_storage", *options, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


def rendition_of(image: Image) -> MediaFile:
    return MediaFile.objects.get(original__key=image.original_key, rendition="sm")


def put(media_root: Path, key: str, content: bytes = b"12345") -> None:
    path = media_root / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_verify__nothing_wrong__says_so(image: Image, upload: Upload, media_root: Path) -> None:
    Photo.objects.create(image=upload("photo.png"))
    for options in ((), ("--deep",), ("--fix", "--deep"), ("--fix", "--dry-run")):
        assert verify(*options) == (0, ["all well; 0 of 0 mended"])
    assert_nothing_lost(media_root)


def test_verify__pending_and_stale_files__are_in_order(image: Image, media_root: Path) -> None:
    MediaFile.objects.filter(rendition="sm").update(state="stale", delete_after="2099-01-01T00:00Z")
    MediaFile.objects.filter(rendition="md").update(
        state="pending", delete_after="2099-01-01T00:00Z"
    )
    (media_root / rendition_of(image).key).unlink()

    assert verify()[0] == 0


def lose(media_root: Path, key: str) -> None:
    (media_root / key).unlink()


def shorten(media_root: Path, key: str) -> None:
    (media_root / key).write_bytes((media_root / key).read_bytes()[:-1])


def corrupt(media_root: Path, key: str) -> None:
    content = (media_root / key).read_bytes()
    (media_root / key).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


DAMAGE: list[tuple[Callable[[Path, str], None], str, str, tuple[str, ...]]] = [
    (lose, "missing", "file_missing", ()),
    (shorten, "wrong_size", "file_damaged", ()),
    (corrupt, "wrong_checksum", "file_damaged", ("--deep",)),
]


@pytest.mark.parametrize(("damage", "kind", "code", "options"), DAMAGE)
def test_verify__a_damaged_rendition__is_made_again(
    image: Image, media_root: Path, damage: Any, kind: str, code: str, options: tuple[str, ...]
) -> None:
    file = rendition_of(image)
    content = (media_root / file.key).read_bytes()
    damage(media_root, file.key)

    assert verify(*options) == (1, [f"{kind} {file.key}", f"1 {kind}; 0 of 1 mended"])
    said = f"{kind} {file.key} (would be mended)"
    assert verify(*options, "--fix", "--dry-run") == (1, [said, f"1 {kind}; 0 of 1 mended"])
    assert MediaFile.objects.get(pk=file.pk).state == "live"

    assert verify(*options, "--fix") == (
        0,
        [f"{kind} {file.key} mended", f"1 {kind}; 1 of 1 mended"],
    )
    assert (media_root / file.key).read_bytes() == content
    assert verify("--deep") == (0, ["all well; 0 of 0 mended"])
    image.refresh_from_db()
    assert image.status == "ready"
    assert_nothing_lost(media_root)


@pytest.mark.parametrize(("damage", "kind", "code", "options"), DAMAGE)
def test_verify__a_lost_original__is_said_each_time_and_shown_on_its_image(
    image: Image, media_root: Path, damage: Any, kind: str, code: str, options: tuple[str, ...]
) -> None:
    damage(media_root, image.original_key)
    for _ in range(2):
        assert verify(*options, "--fix") == (
            1,
            [f"{kind} {image.original_key} not mended", f"1 {kind}; 0 of 1 mended"],
        )
        image.refresh_from_db()
        assert (image.status, image.error) == ("failed", code)
    assert len(keys(state="live")) == 5  # what was made of it still answers


def test_verify__a_file_nobody_knows__is_deleted_after_its_grace(
    image: Image, media_root: Path
) -> None:
    put(media_root, UNKNOWN)
    assert verify() == (1, [f"unknown {UNKNOWN}", "1 unknown; 0 of 1 mended"])
    assert verify("--fix", "--dry-run")[0] == 1
    assert not keys(key=UNKNOWN)

    assert verify("--fix") == (0, [f"unknown {UNKNOWN} mended", "1 unknown; 1 of 1 mended"])
    assert verify("--fix") == (0, ["all well; 0 of 0 mended"])
    ledger.sweep()
    assert UNKNOWN in on_disk(media_root)
    age(key=UNKNOWN)
    ledger.sweep()
    assert UNKNOWN not in on_disk(media_root)
    assert_nothing_lost(media_root)


def test_verify__a_file_that_was_sent_and_has_no_row__is_deleted_too(media_root: Path) -> None:
    key = f"incoming/{ID}"
    put(media_root, key)

    assert verify("--fix")[1][0] == f"unknown {key} mended"


def test_verify__an_image_whose_row_was_lost__has_one_again(image: Image, media_root: Path) -> None:
    before = MediaFile.objects.get(key=image.original_key)
    MediaFile.objects.exclude(original=None).delete()
    before.delete()
    code, lines = verify("--fix")

    assert code == 0
    assert f"unrecorded {image.original_key} mended" in lines
    after = MediaFile.objects.get(key=image.original_key)
    for name in ("state", "object_id", "visibility", "width", "height", "size", "sha256"):
        assert getattr(after, name) == getattr(before, name)
    assert after.content_type == before.content_type
    assert len(keys(state="live")) == 5
    assert verify("--deep")[0] == 0


@pytest.mark.parametrize(
    "key",
    ["images/readme.txt", "images/2026/01/31/logo.jpg", f"images/{ID}.jpg", "incoming/x"],
)
def test_verify__a_file_that_we_cannot_have_put_there__is_left_alone(
    media_root: Path, key: str
) -> None:
    put(media_root, key)

    assert verify("--fix") == (0, [f"foreign {key}", "1 foreign; 0 of 0 mended"])
    assert key in on_disk(media_root)
    assert not keys()


def test_verify__other_folders_and_registered_sources__are_not_ours(
    media_root: Path, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_source, "_key_sources", {})
    keep(media_root, upload, "images/banners/a.jpg", "elsewhere/b.jpg")
    gallery.register_source("banners", keys="images/banners/")
    assert verify("--fix") == (0, ["all well; 0 of 0 mended"])
    make_all("banners")
    assert verify("--fix", "--deep") == (0, ["all well; 0 of 0 mended"])

    (media_root / "images/banners/a.jpg").unlink()
    assert verify() == (1, ["missing images/banners/a.jpg", "1 missing; 0 of 1 mended"])


def test_verify__the_storage_does_not_answer__changes_nothing(
    image: Image, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (media_root / rendition_of(image).key).unlink()

    def fail(*_: Any, **__: Any) -> StoredFile:
        raise TimeoutError

    monkeypatch.setattr(LocalStorage, "stat", fail)
    before = list(MediaFile.objects.order_by("pk").values())

    with pytest.raises(CommandError, match="TimeoutError"):
        call_command("verify_storage", "--fix", stdout=StringIO())
    assert list(MediaFile.objects.order_by("pk").values()) == before


# --- while others are at it ---------------------------------------------------------------------


def test_verify__what_comes_and_goes_meanwhile__is_not_wrong(
    organization: Organization, upload: Upload, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = uploaded(organization, upload())
    walk = LocalStorage.walk

    def walk_while_others_work(self: LocalStorage, folder: str) -> Any:
        listed = list(walk(self, folder))
        if folder == "images/":
            image.delete()
            uploaded(organization, upload("new.png"))
        yield from listed

    monkeypatch.setattr(LocalStorage, "walk", walk_while_others_work)
    assert verify("--fix", "--deep") == (0, ["all well; 0 of 0 mended"])


def test_mend__a_rendition_that_was_made_anew_meanwhile__stays(
    image: Image, media_root: Path
) -> None:
    file = rendition_of(image)
    (media_root / file.key).unlink()
    found = list(ledger.verify(["images/"], sources=[]))
    assert verify("--fix")[0] == 0
    MediaFile.objects.filter(key=file.key).update(sha256="0" * 64)
    content = (media_root / file.key).read_bytes()
    for each in found:
        ledger.mend(each)

    assert (media_root / file.key).read_bytes() == content
    assert keys(key=file.key, state="live")


def test_mend__a_file_that_was_announced_meanwhile__keeps_its_row(
    image: Image, media_root: Path
) -> None:
    put(media_root, UNKNOWN)
    [finding] = ledger.verify(["images/"], sources=[])
    row = MediaFile.objects.get(key=image.original_key)
    MediaFile.objects.filter(pk=row.pk).update(key=UNKNOWN)
    ledger.mend(finding)

    assert MediaFile.objects.get(key=UNKNOWN).state == "live"


def test_verify__asks_the_ledger_once_for_many_files(
    image: Image, organization: Organization, upload: Upload
) -> None:
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert (
                list(ledger.verify(["images/", "incoming/"], sources=["gallery.image.file"])) == []
            )
        counts.append(len(queries))
        for number in range(3):
            uploaded(organization, upload(f"{number}.png"))
    assert counts[0] == counts[1] == 3  # the files; the rows, until there are no more


def test_verify__raises_when_a_folder_cannot_be_listed(
    image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Iterator[StoredFile]:
        raise PermissionError

    monkeypatch.setattr(LocalStorage, "walk", fail)
    with pytest.raises(StorageUnavailable):
        list(ledger.verify(["images/"], sources=[]))
