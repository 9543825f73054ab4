"""`manage.py import_images`: files of other fields become images, each once, and stay."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as PillowImage

from accounts.models import User
from gallery.models import Image, MediaFile
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import assert_nothing_lost, keys, watched_storage
from tests.gallery.ledger.test_races import at_once
from tests.gallery.management.former import (
    LEGACY,
    VERSATILE,
    fail,
    gallery_of,
    legacy,
    old_files,
    run,
    versatile,
)
from tests.testapp.models import Album, LegacyPhoto, VersatilePhoto

pytestmark = pytest.mark.django_db(transaction=True)
ACME = ("--organization", "acme")


@pytest.fixture
def album(organization: Organization) -> Album:
    return Album.objects.create(organization=organization)


def stored(image: Image) -> bytes:
    with image.file.open() as file:
        content: bytes = file.read()
    return content


def test_import__rows_of_djangos_field__become_images_with_their_words(
    organization: Organization, upload: Upload, member: User, media_root: Path
) -> None:
    legacy(upload("a.jpg"), caption="First", alt="A square")
    legacy(upload("b.png"), caption="Second")
    LegacyPhoto.objects.create(picture=None)
    LegacyPhoto.objects.create(picture="")
    files, rows = old_files(), list(LegacyPhoto.objects.values())

    said = run(
        *("import_images", LEGACY, *ACME, "--title-field", "caption", "--alt-field", "alt"),
        *("--creator", member.email, "--visibility", "private"),
    )

    first, second = Image.objects.order_by("pk")
    assert (first.title, first.alt_text, first.file_name) == ("First", "A square", "a.jpg")
    assert (second.title, second.alt_text, second.file_name) == ("Second", "", "b.png")
    assert first.organization == organization
    assert first.creator == member
    assert first.visibility == "private"
    assert first.status == "ready"
    assert [stored(first), stored(second)] == list(files.values())
    total = sum(map(len, files.values()))
    assert said == (
        "2 imported, 0 attached, 0 there already, 0 failed; 4 rows, 2 with a file\n"
        f"{total} bytes read, {total} stored: 2 files as they were, 0 without their metadata\n"
    )
    assert old_files() == files
    assert list(LegacyPhoto.objects.values()) == rows
    assert_nothing_lost(media_root)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("0.3333333333333333x0.67", "0.33x0.67"),
        (" 0.1 x 0.9 ", "0.1x0.9"),
        ("5e-05x1", "0.0x1.0"),
        ("0.5x0.5", "0.5x0.5"),
    ],
    ids=["long", "spaces", "tiny", "middle"],
)
def test_import__focal_point_as_the_library_writes_it__is_the_images(
    written: str, expected: str, organization: Organization, upload: Upload
) -> None:
    versatile(upload("a.jpg"), written, organization=organization)

    run("import_images", VERSATILE)

    image = Image.objects.get()
    assert image.focal_point.ppoi == expected
    assert (image.width, image.height) == (400, 300)
    assert len(keys(original__key=image.original_key, state="live")) == 4


@pytest.mark.parametrize("written", ["9x9", "left", "0.5", "nanx0.5"])
def test_import__no_focal_point__is_centred_and_told(
    written: str, organization: Organization, upload: Upload, capfd: pytest.CaptureFixture[str]
) -> None:
    row = versatile(upload("a.jpg"), written, organization=organization)

    assert "1 imported, 0 attached, 0 there already, 0 failed; 1 centred;" in run(
        "import_images", VERSATILE
    )
    assert Image.objects.get().focal_point.is_center
    assert f"centred testapp.VersatilePhoto {row.pk} versatile/a.jpg" in capfd.readouterr().err


def test_import__again__does_nothing(
    organization: Organization, upload: Upload, album: Album
) -> None:
    for number in range(6):
        legacy(upload(f"{number}.jpg", size=(20, 20)), album=album)
    arguments = ("import_images", LEGACY, "--attach-to", "album")
    run(*arguments)
    images = list(Image.objects.order_by("pk").values())
    files = list(MediaFile.objects.order_by("pk").values())

    with (
        watched_storage() as calls,
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        said = run(*arguments)

    assert said.startswith("0 imported, 0 attached, 6 there already, 0 failed; 6 rows")
    assert calls == []
    assert list(Image.objects.order_by("pk").values()) == images
    assert list(MediaFile.objects.order_by("pk").values()) == files
    assert len(queries) <= 7
    for number in range(6):
        legacy(upload(f"more-{number}.jpg", size=(20, 20)), album=album)
    run(*arguments)
    with CaptureQueriesContext(connection) as more:
        run(*arguments)
    assert len(more) == len(queries)


def test_import__two_rows_with_one_file__are_two_images(
    organization: Organization, upload: Upload
) -> None:
    row = legacy(upload("a.jpg"), caption="One")
    LegacyPhoto.objects.create(picture=row.picture.name, caption="Two")

    run("import_images", LEGACY, *ACME, "--title-field", "caption")

    one, two = Image.objects.order_by("pk")
    assert (one.title, two.title, one.sha256) == ("One", "Two", two.sha256)
    assert one.original_key != two.original_key


def test_import__metadata__is_taken_out_and_nothing_else(
    organization: Organization, upload: Upload
) -> None:
    legacy(upload("a.jpg", comment=b"taken at home"))
    before = next(iter(old_files().values()))

    said = run("import_images", LEGACY, *ACME)

    image = Image.objects.get()
    after = stored(image)
    assert b"taken at home" in before
    assert b"taken at home" not in after
    pixels = [PillowImage.open(BytesIO(data)).tobytes() for data in (before, after)]
    assert pixels[0] == pixels[1]
    assert said.endswith(
        f"{len(before)} bytes read, {len(after)} stored: 0 files as they were, "
        "1 without their metadata\n"
    )
    assert run("import_images", LEGACY, *ACME, "--verify").startswith("1 verified, 0 failed")


def test_import__dry_run__reads_rows_only_and_changes_nothing(
    organization: Organization, upload: Upload, album: Album
) -> None:
    done = legacy(upload("a.jpg"), album=album)
    run("import_images", LEGACY, *ACME)
    row = LegacyPhoto.objects.create(picture="legacy/not-there.jpg", album=album)
    files = list(MediaFile.objects.order_by("pk").values())

    with watched_storage() as calls:
        said = run("import_images", LEGACY, "--attach-to", "album", "--dry-run")

    assert said == (
        f"would attach testapp.LegacyPhoto {done.pk} legacy/a.jpg\n"
        f"would import testapp.LegacyPhoto {row.pk} legacy/not-there.jpg\n"
        "1 would be imported, 1 would be attached, 0 there already, 0 failed; "
        "2 rows, 2 with a file\n"
    )
    assert calls == []
    assert list(MediaFile.objects.order_by("pk").values()) == files
    assert gallery_of(album) == []


@pytest.mark.parametrize("size", ["1", "2", "500"])
def test_import__attached_in_an_order__keeps_it_and_the_first_is_the_cover(
    size: str, upload: Upload, album: Album
) -> None:
    for place, caption in ((3, "c"), (1, "a"), (2, "b"), (2, "b again")):
        legacy(upload(f"{caption}.jpg"), album=album, caption=caption, place=place)

    run(
        *("import_images", LEGACY, "--attach-to", "album", "--order-by", "place"),
        *("--title-field", "caption", "--batch-size", size),
    )

    assert gallery_of(album) == [("a", True), ("b", False), ("b again", False), ("c", False)]


def test_import__attached_to_rows_themselves__with_their_organisation(
    organization: Organization, upload: Upload
) -> None:
    row = versatile(upload("a.jpg"), "0.3x0.7", organization=organization)

    run("import_images", VERSATILE, "--attach")

    image = Image.objects.get()
    assert image.organization == organization
    assert image.focal_point.ppoi == "0.3x0.7"
    relation = image.relations.get()
    assert (relation.object_id, relation.own_focal_point) == (str(row.pk), None)
    assert VersatilePhoto.objects.get().image.name == "versatile/a.jpg"


def test_import__imported_without_a_gallery__is_attached_later(
    organization: Organization, upload: Upload, album: Album
) -> None:
    legacy(upload("a.jpg"), album=album)
    run("import_images", LEGACY, *ACME)

    assert run("import_images", LEGACY, "--attach-to", "album").startswith(
        "0 imported, 1 attached, 0 there already"
    )
    assert Image.objects.get().relations.get().is_cover


def test_import__limit__counts_what_there_was_to_do(
    organization: Organization, upload: Upload
) -> None:
    for number in range(3):
        legacy(upload(f"{number}.jpg", size=(20, 20)))

    run("import_images", LEGACY, *ACME, "--limit", "1")
    assert run("import_images", LEGACY, *ACME, "--limit", "1").startswith(
        "1 imported, 0 attached, 1 there already"
    )
    assert Image.objects.count() == 2


def test_import__two_at_once__import_each_file_once(
    organization: Organization, upload: Upload, album: Album, media_root: Path
) -> None:
    for number in range(4):
        legacy(upload(f"{number}.jpg", size=(20, 20)), album=album)

    said = at_once(*[lambda: run("import_images", LEGACY, "--attach-to", "album")] * 2)

    assert all("0 failed" in each for each in said)

    assert Image.objects.count() == album.gallery.count() == 4
    assert_nothing_lost(media_root)


def test_verify__old_and_stored_files__are_compared(
    organization: Organization, upload: Upload, media_root: Path
) -> None:
    good, damaged = legacy(upload("a.jpg")), legacy(upload("b.jpg"))
    run("import_images", LEGACY, *ACME)
    missing = legacy(upload("c.jpg"))
    image = Image.objects.get(file_name="b.jpg")
    (media_root / image.original_key).write_bytes(b"damaged")

    said, errors, code = fail("import_images", LEGACY, *ACME, "--verify")

    size = len(old_files()[str(good.picture.name)])
    assert said == (
        "1 verified, 2 failed; 3 rows, 3 with a file\n"
        f"{size} bytes read, {size} stored: 1 files as they were, 0 without their metadata\n"
    )
    assert errors == [
        f"failed testapp.LegacyPhoto {damaged.pk} legacy/b.jpg differs",
        f"failed testapp.LegacyPhoto {missing.pk} legacy/c.jpg not_imported",
    ]
    assert code == 1
    assert Image.objects.count() == 2
