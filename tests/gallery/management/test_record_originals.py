"""`manage.py record_originals`: a model's own image fields become ours, and its files stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from PIL import Image as PillowImage

from gallery.models import MediaFile
from gallery.renditions.sources import model_sources
from gallery.services import recording
from tests.conftest import Upload
from tests.gallery.heart import keys, on_disk, watched_storage
from tests.gallery.management.former import fail, put, run
from tests.testapp.models import KeptPhoto, KeptVersatilePhoto

pytestmark = pytest.mark.django_db(transaction=True)

PHOTO, VERSATILE = "testapp.keptphoto.image", "testapp.keptversatilephoto.photo"
BEFORE, OURS, CHECKED = (
    *("0004_legacy_photos", "0005_kept_photos_are_ours", "0006_kept_photos_are_checked"),
)

Migrate = Callable[[str], Any]


@pytest.fixture
def migrate() -> Iterator[Migrate]:
    """Return a function that migrates the tables and returns the models of that time."""

    def to(name: str) -> Any:
        executor = MigrationExecutor(connection)
        executor.migrate([("testapp", name)])
        return executor.loader.project_state([("testapp", name)]).apps

    to(BEFORE)
    try:
        yield to
    finally:
        KeptPhoto.objects.all()._raw_delete("default")
        KeptVersatilePhoto.objects.all()._raw_delete("default")
        to(CHECKED)


def kept(file: SimpleUploadedFile, point: str = "0.5x0.5", name: str = "") -> KeptVersatilePhoto:
    """Return a row whose file the gallery does not know; without sizes, as the library may."""
    key = name or f"versatile/{file.name}"
    put(key, file)
    row = KeptVersatilePhoto(photo=key, ppoi=point)
    KeptVersatilePhoto.objects.bulk_create([row])
    return KeptVersatilePhoto.objects.get(pk=row.pk)


def test_record__djangos_field_changed_in_place__keeps_keys_and_bytes(
    migrate: Migrate, upload: Upload, media_root: Path
) -> None:
    former = migrate(BEFORE).get_model("testapp", "KeptPhoto")
    exif = PillowImage.Exif()
    exif[0x0112] = 6  # lies on its side
    put("uploads/a.jpg", upload("a.jpg", exif=exif))
    put("uploads/b.png", upload("b.png", size=(50, 60)))
    former.objects.create(image="uploads/a.jpg")
    former.objects.create(image="uploads/b.png")
    former.objects.create(image="")
    before = {key: (media_root / key).read_bytes() for key in on_disk(media_root)}

    migrate(OURS)
    said = run("record_originals", PHOTO)
    migrate(CHECKED)

    total = sum(map(len, before.values()))
    assert said == f"2 recorded ({total} bytes), 0 failed; 2 looked at\n"
    a, b, empty = KeptPhoto.objects.order_by("pk")
    assert (a.original_key, a.original_size, a.focal_point.is_center) == (
        *("uploads/a.jpg", (300, 400), True),
    )
    assert (b.original_key, b.original_size) == ("uploads/b.png", (50, 60))
    assert (empty.original_key, empty.image_width) == ("", None)
    assert {key: (media_root / key).read_bytes() for key in before} == before
    assert keys(state="live") == on_disk(media_root)
    assert keys(original__isnull=False) == {
        f"uploads/{each}_{name}.webp" for each in "ab" for name in ("square", "wide")
    }
    a.focal_point = a.focal_point.from_fractions(0.3, 0.7)
    a.save()
    b.delete()
    assert "uploads/a_square-30x70.webp" in on_disk(media_root)
    assert "uploads/b.png" not in on_disk(media_root)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("0.333333x0.67", "0.33x0.67"),
        ("0.1 x 0.9", "0.1x0.9"),
        ("5e-05x1", "0.0x1.0"),
        ("0.5x0.5", "0.5x0.5"),
        ("9x9", "0.5x0.5"),
    ],
    ids=["long", "spaces", "tiny", "middle", "none"],
)
def test_record__the_librarys_field_changed_in_place__has_our_focal_point(
    written: str,
    expected: str,
    migrate: Migrate,
    upload: Upload,
    capfd: pytest.CaptureFixture[str],
) -> None:
    former = migrate(BEFORE).get_model("testapp", "KeptVersatilePhoto")
    put("versatile/a.jpg", upload("a.jpg"))
    former.objects.bulk_create([former(photo="versatile/a.jpg", width=1, height=1)])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE testapp_keptversatilephoto SET ppoi = %s", [written])

    migrate(OURS)
    said = run("record_originals", VERSATILE)
    migrate(CHECKED)

    row = KeptVersatilePhoto.objects.get()
    assert (row.focal_point.ppoi, row.original_size) == (expected, (400, 300))
    point = "" if expected == "0.5x0.5" else f"-{row.focal_point}"
    assert keys() == {
        *("versatile/a.jpg", f"versatile/a_square{point}.webp", "versatile/a_wide.webp"),
    }
    is_lost = written == "9x9"
    assert ("1 centred" in said) == is_lost
    assert ("'9x9' is no focal point" in capfd.readouterr().err) == is_lost


def test_record__again__does_nothing(upload: Upload) -> None:
    for number in range(3):
        kept(upload(f"{number}.jpg", size=(20, 20)))
    run("record_originals")
    files = list(MediaFile.objects.order_by("pk").values())

    with watched_storage() as calls:
        said = run("record_originals")

    assert said == "0 recorded (0 bytes), 0 failed; 3 looked at\n"
    assert calls == []
    assert list(MediaFile.objects.order_by("pk").values()) == files
    assert run("warm_renditions").startswith("0 files made")


def test_record__pages__are_a_constant_number_of_queries(
    upload: Upload, django_assert_num_queries: Any
) -> None:
    for number in range(5):
        kept(upload(f"{number}.jpg", size=(20, 20)))
    source = model_sources()[VERSATILE]

    with django_assert_num_queries(3 * 2 + 1):
        pages = list(recording.pages(source, size=2))

    assert [size for size, _ in pages] == [2, 2, 1]


def test_record__files_that_are_none__are_named_and_others_recorded(
    upload: Upload, media_root: Path
) -> None:
    rows = [
        kept(SimpleUploadedFile("text.jpg", b"no picture")),
        kept(SimpleUploadedFile("cut.jpg", upload().read()[:2000])),
        kept(upload("gone.jpg")),
        kept(upload("far.jpg"), name=f"versatile/{'x' * 240}.jpg"),
    ]
    (media_root / "versatile/gone.jpg").unlink()
    kept(upload("good.jpg"))

    said, errors, code = fail("record_originals", VERSATILE)

    assert errors == [
        f"failed {VERSATILE} {row.pk} {row.original_key} {reason}"
        for row, reason in zip(
            rows,
            ("unsupported_format", "corrupt", "original_gone", "invalid_key"),
            strict=True,
        )
    ]
    assert said.endswith("4 failed; 5 looked at\n")
    assert code == 1
    assert keys(original=None) == {"versatile/good.jpg"}


@pytest.mark.parametrize("how", ["other-ending", "in-the-way", "of-another"])
def test_record__renditions_would_be_called_like_others__is_refused(
    how: str, upload: Upload, media_root: Path
) -> None:
    first, second = "versatile/a.jpg", "versatile/a.png"
    kept(upload("a.jpg"))
    if how == "other-ending":
        row = kept(upload("a.png"))
    elif how == "in-the-way":
        put("versatile/b_wide.webp", upload("b.webp"))
        row = kept(upload("b.jpg"))
    else:
        run("record_originals")
        row = kept(upload("x.webp"), name="versatile/a_wide.webp")
    content = (media_root / row.original_key).read_bytes()

    _, [error], _ = fail("record_originals")

    assert error.endswith(f"{row.original_key} key_taken")
    assert keys(original=None) == {first}
    assert (media_root / row.original_key).read_bytes() == content
    assert second not in keys()


def test_record__two_rows_with_one_file__share_it(upload: Upload, media_root: Path) -> None:
    first = kept(upload("a.jpg"))
    second = kept(upload("a.jpg"))

    assert run("record_originals").startswith("2 recorded")
    assert run("record_originals").startswith("0 recorded")
    assert keys(original=None) == {"versatile/a.jpg"}
    first.delete()
    assert "versatile/a.jpg" in on_disk(media_root)
    second.delete()
    assert on_disk(media_root) == set()


def test_record__dry_run_and_limit__do_no_more(upload: Upload) -> None:
    rows = [kept(upload(f"{number}.jpg", size=(20, 20))) for number in range(3)]

    said = run("record_originals", VERSATILE, "--dry-run", "--limit", "1")

    assert said == (
        f"would record {VERSATILE} {rows[0].pk} versatile/0.jpg\n"
        "1 would be recorded, 0 failed; 3 looked at\n"
    )
    assert keys() == set()
    assert run("record_originals", "--limit", "2").startswith("2 recorded")
    assert keys(original=None) == {"versatile/0.jpg", "versatile/1.jpg"}


def test_record__no_such_source__says_which_there_are(db: None) -> None:
    with pytest.raises(CommandError, match=r"no source 'nope'; there are: .*testapp\.keptphoto"):
        run("record_originals", "nope")
